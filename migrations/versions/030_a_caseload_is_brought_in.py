"""A caseload that is brought in: its table until it is confirmed, whom it became, and their last contact of before.

Revision: 030
Follows: 029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "030"
down_revision = "029"
branch_labels = None
depends_on = None

_KEY, _MOMENT = coachdesk.db.Key(), coachdesk.db.Moment()


def _word(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "caseload_import",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("made_by", _KEY, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("coach_id", _KEY, nullable=False),
        sa.Column("file_name", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("day_order", _word("day_first", "month_first", name="day_order"), nullable=True),
        sa.Column("cells", coachdesk.db.EncryptedJson(), nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_caseload_import_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["user_account.id"], name=op.f("fk_caseload_import_coach_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseload_import")),
    )
    op.create_index("ix_caseload_import_maker", "caseload_import", ["made_by", "made_at"])
    op.create_table(
        "imported_person",
        sa.Column("client_id", _KEY, nullable=False),
        sa.Column("import_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_imported_person_client_id_client")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["caseload_import.id"], name=op.f("fk_imported_person_import_id_caseload_import")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_imported_person")),
    )
    op.create_index(op.f("ix_imported_person_import_id"), "imported_person", ["import_id"])
    with op.batch_alter_table("client") as batch:
        batch.add_column(sa.Column("contact_before_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("client") as batch:
        batch.drop_column("contact_before_on")
    op.drop_table("imported_person")
    op.drop_table("caseload_import")
