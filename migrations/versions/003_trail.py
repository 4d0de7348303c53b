"""The trail of acts and reads is only ever added to.

Revision: 003
Follows: 002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.audit import create_triggers, drop_triggers

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None

_TABLES = ("audit_entry", "audit_person")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", coachdesk.db.Moment(), nullable=False),
        sa.Column("actor_id", coachdesk.db.Key(), nullable=True),
        sa.Column(
            "actor_role",
            sa.Enum(
                "coach",
                "supervisor",
                "client",
                "administrator",
                "system",
                name="actor_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=True),
        sa.Column("subject_id", coachdesk.db.Key(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_actor", ["actor_id", "at"], unique=False)
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_entry_event", ["event", "at"], unique=False)

    op.create_table(
        "audit_person",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_person_entry_id_audit_entry")),
        sa.PrimaryKeyConstraint("entry_id", "client_id", name=op.f("pk_audit_person")),
    )
    with op.batch_alter_table("audit_person", schema=None) as batch_op:
        batch_op.create_index("ix_audit_person_client", ["client_id", "entry_id"], unique=False)
    create_triggers(op.get_bind(), _TABLES)


def downgrade() -> None:
    drop_triggers(op.get_bind(), _TABLES)
    with op.batch_alter_table("audit_person", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_person_client")

    op.drop_table("audit_person")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_event")
        batch_op.drop_index("ix_audit_entry_at")
        batch_op.drop_index("ix_audit_entry_actor")

    op.drop_table("audit_entry")
