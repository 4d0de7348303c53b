"""What matters to a person: cards in their words, who helps, days they marked; the agreement's review reminds.

Revision: 022
Follows: 021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "022"
down_revision = "021"
branch_labels = None
depends_on = None

_BEFORE = (
    "safety_concern",
    "contact_due",
    "attempt_follow_up",
    "help_asked",
    "talk_asked",
    "by_hand",
    "step_due",
    "goal_review",
    "referral_waiting",
    "review_waiting",
    "outreach",
)
_NOW = (*_BEFORE, "agreement_review")


def _word(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _item(table: str, *columns: sa.Column) -> None:
    """Make a table of things written down about a person that are taken away by ending them."""
    op.create_table(
        table,
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        *columns,
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column("ended_by", coachdesk.db.Key(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f(f"fk_{table}_client_id_client")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f(f"fk_{table}_made_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_client_id"), table, ["client_id"])


def _change_rules(after: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in after)
    with op.batch_alter_table("ledger_entry") as batch:
        batch.drop_constraint(op.f("ck_ledger_entry_rule"), type_="check")
        batch.create_check_constraint(op.f("ck_ledger_entry_rule"), f"rule IN ({listed})")


def upgrade() -> None:
    _item(
        "supporter",
        sa.Column("name", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("relation", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("helps", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("reach", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("touch", _word("yes", "lost", "no", name="touch"), nullable=True),
    )
    _item(
        "milestone",
        sa.Column("marked_on", sa.Date(), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("celebrate", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("in_portal", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "about_card",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("client_id", coachdesk.db.Key(), nullable=False),
        sa.Column("kind", _word("vision", "strengths", "lost", "agreement", name="kind"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("in_portal", sa.Boolean(), nullable=False),
        sa.Column("written_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("written_by", coachdesk.db.Key(), nullable=False),
        sa.CheckConstraint("review_on IS NULL OR review_on >= agreed_on", name=op.f("ck_about_card_days")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_about_card_client_id_client")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["user_account.id"], name=op.f("fk_about_card_written_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_about_card")),
        sa.UniqueConstraint("client_id", "kind", "number", name=op.f("uq_about_card_client_id_kind_number")),
    )
    op.create_index("ix_about_card_review", "about_card", ["review_on"])
    _change_rules(_NOW)


def downgrade() -> None:
    # The older schema has no rule for them; a review that was told goes with what hangs on it.
    told = sa.table("ledger_entry", sa.column("id", coachdesk.db.Key()), sa.column("rule", sa.String))
    gone = sa.select(told.c.id).where(told.c.rule == "agreement_review")
    for name in ("ledger_delivery", "ledger_act"):
        hung = sa.table(name, sa.column("entry_id", coachdesk.db.Key()))
        op.get_bind().execute(sa.delete(hung).where(hung.c.entry_id.in_(gone)))
    op.get_bind().execute(sa.delete(told).where(told.c.rule == "agreement_review"))
    _change_rules(_BEFORE)
    for table in ("about_card", "milestone", "supporter"):
        op.drop_table(table)
