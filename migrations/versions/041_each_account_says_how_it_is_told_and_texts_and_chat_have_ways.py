"""Each account says how it is told, and text messages and chat have ways out.

Revision: 041
Follows: 040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "041"
down_revision = "040"
branch_labels = None
depends_on = None

_CHANNELS = ("in_app", "email", "text", "chat")
_OFF = ("failing", "by_link", "by_reply")


def _word(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "outside_way",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("kind", _word(_CHANNELS, "kind"), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("url", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("off_why", _word(("by_hand", "failing"), "off_why"), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("tried_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("tried_well", sa.Boolean(), nullable=True),
        sa.Column("inbound_digest", sa.String(length=64), nullable=True),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_outside_way_made_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_way")),
        sa.UniqueConstraint("inbound_digest", name=op.f("uq_outside_way_inbound_digest")),
    )
    op.create_table(
        "telling_pref",
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("hour", sa.Time(), nullable=False),
        sa.Column("days", sa.String(length=7), nullable=False),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("by_text", sa.Boolean(), nullable=False),
        sa.Column("by_chat", sa.Boolean(), nullable=False),
        sa.Column("each_by_itself", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("phone", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("phone_digest", sa.String(length=64), nullable=False),
        sa.Column("chat_name", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("email_off", _word(_OFF, "email_off"), nullable=True),
        sa.Column("text_off", _word(_OFF, "text_off"), nullable=True),
        sa.Column("email_failures", sa.Integer(), nullable=False),
        sa.Column("text_failures", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_telling_pref_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_telling_pref")),
    )
    op.create_index(op.f("ix_telling_pref_phone_digest"), "telling_pref", ["phone_digest"])


def downgrade() -> None:
    op.drop_table("telling_pref")
    op.drop_table("outside_way")
