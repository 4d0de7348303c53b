"""Further ways to reach a person, each with its own rule, a birth day, and records that are of the same person.

Revision: 021
Follows: 020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.db import keys

revision = "021"
down_revision = "020"
branch_labels = None
depends_on = None

_SEALED = ("birth_day", "best_hours", "others_answer")


def _word(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _widen_person()
    op.create_table(
        "contact_point",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("kind", _word("phone", "email", "other", name="kind"), nullable=False),
        sa.Column("value", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("label", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("may_call", sa.Boolean(), nullable=False),
        sa.Column("may_text", sa.Boolean(), nullable=False),
        sa.Column("may_voicemail", sa.Boolean(), nullable=False),
        sa.Column("may_email", sa.Boolean(), nullable=False),
        sa.Column("say_who", sa.Boolean(), nullable=False),
        sa.Column("note", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("ended_by", coachdesk.db.Key(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_contact_point_client_id_client")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_contact_point_made_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index(op.f("ix_contact_point_client_id"), "contact_point", ["client_id"])
    op.create_index(op.f("ix_contact_point_digest"), "contact_point", ["digest"])
    op.create_table(
        "person_link",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("other_id", coachdesk.db.Key(), nullable=False),
        sa.Column("started_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("started_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("ended_by", coachdesk.db.Key(), nullable=True),
        sa.CheckConstraint("client_id <> other_id", name=op.f("ck_person_link_two")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_person_link_client_id_client")),
        sa.ForeignKeyConstraint(["other_id"], ["client.id"], name=op.f("fk_person_link_other_id_client")),
        sa.ForeignKeyConstraint(
            ["started_by"], ["user_account.id"], name=op.f("fk_person_link_started_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_link")),
    )
    op.create_index(
        "ix_person_link_now",
        "person_link",
        ["client_id", "other_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_person_link_other", "person_link", ["other_id", "ended_at"])


def _widen_person() -> None:
    """Add what nobody was asked yet: nothing is agreed about naming us, and every new word is empty, sealed."""
    with op.batch_alter_table("client", schema=None) as batch_op:
        for name in _SEALED:
            batch_op.add_column(sa.Column(name, coachdesk.db.EncryptedText(), nullable=True))
        batch_op.add_column(sa.Column("birth_digest", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("say_who", sa.Boolean(), nullable=False, server_default=sa.false()))
    people = sa.table("client", *(sa.column(name, sa.Text) for name in _SEALED))
    op.get_bind().execute(sa.update(people).values({name: keys().seal("") for name in _SEALED}))
    with op.batch_alter_table("client", schema=None) as batch_op:
        for name in _SEALED:
            batch_op.alter_column(name, existing_type=coachdesk.db.EncryptedText(), nullable=False)
        batch_op.alter_column("birth_digest", existing_type=sa.String(length=64), server_default=None)
        batch_op.alter_column("say_who", existing_type=sa.Boolean(), server_default=None)
        batch_op.create_index(batch_op.f("ix_client_birth_digest"), ["birth_digest"], unique=False)


def downgrade() -> None:
    op.drop_table("person_link")
    op.drop_table("contact_point")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_birth_digest"))
        for name in (*_SEALED, "birth_digest", "say_who"):
            batch_op.drop_column(name)
