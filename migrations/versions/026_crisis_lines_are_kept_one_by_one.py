"""Crisis lines are kept one by one: of a country, rung by somebody, ended and not thrown away; worries have a clock.

Revision: 026
Follows: 025
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "026"
down_revision = "025"
branch_labels = None
depends_on = None

_CLOCKS = (("danger_minutes", "15"), ("worry_minutes", "240"), ("line_days", "180"))
_LINE = sa.table(
    "crisis_line",
    sa.column("country", sa.String),
    sa.column("made_on", sa.Date),
    sa.column("ended_at", coachdesk.db.Moment),
)
_HOUSE = sa.table(
    "organisation",
    sa.column("country", sa.String),
    sa.column("zone", sa.String),
    sa.column("created_at", coachdesk.db.Moment),
)


def upgrade() -> None:
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        for name, usual in _CLOCKS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=usual))
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        for name, _usual in _CLOCKS:
            batch_op.alter_column(name, existing_type=sa.Integer(), server_default=None)
    with op.batch_alter_table("crisis_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("country", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("made_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("verified_by", coachdesk.db.Key(), nullable=True))
        batch_op.add_column(sa.Column("ended_at", coachdesk.db.Moment(), nullable=True))
        batch_op.add_column(sa.Column("ended_by", coachdesk.db.Key(), nullable=True))
        for name in ("verified_by", "ended_by"):
            batch_op.create_foreign_key(op.f(f"fk_crisis_line_{name}_user_account"), "user_account", [name], ["id"])
    _say_of_which_country()
    with op.batch_alter_table("crisis_line", schema=None) as batch_op:
        batch_op.alter_column("version", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("country", existing_type=sa.String(length=2), nullable=False)
        batch_op.alter_column("made_on", existing_type=sa.Date(), nullable=False)
        batch_op.create_index("ix_crisis_line_offered", ["country", "ended_at", "position"], unique=False)


def _say_of_which_country() -> None:
    connection = op.get_bind()
    house = connection.execute(sa.select(_HOUSE)).first()
    country, made_on = ("", dt.date(2026, 1, 1))
    if house is not None:
        country, made_on = house.country, house.created_at.astimezone(ZoneInfo(house.zone)).date()
    connection.execute(sa.update(_LINE).values(country=country, made_on=made_on))


def downgrade() -> None:
    connection = op.get_bind()
    # The older schema offers every line it holds: those that ended, or are another country's, must not come back.
    house = sa.select(_HOUSE.c.country).scalar_subquery()
    connection.execute(sa.delete(_LINE).where(sa.or_(_LINE.c.ended_at.is_not(None), _LINE.c.country != house)))
    with op.batch_alter_table("crisis_line", schema=None) as batch_op:
        batch_op.drop_index("ix_crisis_line_offered")
        for name in ("ended_by", "verified_by"):
            batch_op.drop_constraint(op.f(f"fk_crisis_line_{name}_user_account"), type_="foreignkey")
        for name in ("ended_by", "ended_at", "verified_by", "made_on", "country", "version"):
            batch_op.drop_column(name)
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        for name, _usual in reversed(_CLOCKS):
            batch_op.drop_column(name)
