"""The trail is sealed, and ordered by the person an entry names.

Revision: 017
Follows: 016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db
from coachdesk.audit import create_triggers, drop_triggers

revision = "017"
down_revision = "016"
branch_labels = None
depends_on = None

_ENTRIES = ("audit_entry", "audit_person")


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_mark", sa.String(length=16), nullable=False),
        sa.Column("people_mark", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_seal_entry_id_audit_entry")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
    )
    # The column is filled once, from the people an entry names; nothing was sealed before.
    drop_triggers(op.get_bind(), _ENTRIES)
    op.add_column("audit_entry", sa.Column("client_id", coachdesk.db.Key(), nullable=True))
    op.execute(
        "UPDATE audit_entry SET client_id = (SELECT p.client_id FROM audit_person p WHERE p.entry_id = audit_entry.id) "
        "WHERE (SELECT count(*) FROM audit_person p WHERE p.entry_id = audit_entry.id) = 1"
    )
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.create_index("ix_audit_entry_all", "audit_entry", ["at", "event", "actor_role", "actor_id", "client_id"])
    op.create_index("ix_audit_entry_client", "audit_entry", ["client_id", "at"])
    op.drop_index("ix_audit_entry_event", table_name="audit_entry")
    op.create_index("ix_audit_entry_event", "audit_entry", ["event", "at", "actor_role", "actor_id", "client_id"])
    create_triggers(op.get_bind(), (*_ENTRIES, "audit_seal"))


def downgrade() -> None:
    drop_triggers(op.get_bind(), (*_ENTRIES, "audit_seal"))
    op.drop_index("ix_audit_entry_event", table_name="audit_entry")
    op.create_index("ix_audit_entry_event", "audit_entry", ["event", "at"])
    op.drop_index("ix_audit_entry_client", table_name="audit_entry")
    op.drop_index("ix_audit_entry_all", table_name="audit_entry")
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.drop_column("audit_entry", "client_id")
    op.drop_table("audit_seal")
    create_triggers(op.get_bind(), _ENTRIES)
