"""Episodes of coaching with their levels and pauses; everybody who is here has one that began with them.

Revision: 027
Follows: 026
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "027"
down_revision = "026"
branch_labels = None
depends_on = None

_KEY, _MOMENT = coachdesk.db.Key(), coachdesk.db.Moment()
_ENDINGS = ("completed", "own_choice", "moved_away", "other_support", "lost_touch", "died", "other")
_OPEN = sa.text("closed_at IS NULL")
_NOW = sa.text("ended_at IS NULL")


def _word(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "episode",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("client_id", _KEY, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("opened_by", _KEY, nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_by", _KEY, nullable=True),
        sa.Column("ending", _word(*_ENDINGS, name="ending_word"), nullable=True),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (ending IS NULL)", name=op.f("ck_episode_ending")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_episode_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
    )
    op.create_index(
        "ix_episode_open", "episode", ["client_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_episode_person", "episode", ["client_id", "opened_on"])
    op.create_table(
        "level_period",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("client_id", _KEY, nullable=False),
        sa.Column("level", _word("full", "check_ins", name="level"), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("started_by", _KEY, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_level_period_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level_period")),
    )
    op.create_index(
        "ix_level_period_now", "level_period", ["client_id"], unique=True, sqlite_where=_NOW, postgresql_where=_NOW
    )
    op.create_table(
        "pause",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("client_id", _KEY, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("words", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", _KEY, nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", _KEY, nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_pause_days")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_pause_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index("ix_pause_person", "pause", ["client_id", "from_on"])
    _begin(op.get_bind())


def _begin(bind: sa.Connection) -> None:
    """Open an episode of full coaching for everybody, from the day they began."""
    person = sa.table(
        "client",
        sa.column("id", _KEY),
        sa.column("working_since", sa.Date),
        sa.column("created_at", _MOMENT),
        sa.column("created_by", _KEY),
    )
    episode = sa.table(
        "episode",
        *(sa.column(name, kind) for name, kind in (
            ("id", _KEY), ("client_id", _KEY), ("opened_on", sa.Date()), ("opened_at", _MOMENT), ("opened_by", _KEY),
            ("words", coachdesk.db.EncryptedText()),
        )),
    )  # fmt: skip
    level = sa.table(
        "level_period",
        *(sa.column(name, kind) for name, kind in (
            ("id", _KEY), ("client_id", _KEY), ("level", sa.String()), ("started_on", sa.Date()),
            ("started_at", _MOMENT), ("started_by", _KEY),
        )),
    )  # fmt: skip
    for key, since, at, by in bind.execute(sa.select(person)).all():
        bind.execute(
            sa.insert(episode).values(
                id=uuid.uuid4(), client_id=key, opened_on=since, opened_at=at, opened_by=by, words=""
            )
        )
        bind.execute(
            sa.insert(level).values(
                id=uuid.uuid4(), client_id=key, level="full", started_on=since, started_at=at, started_by=by
            )
        )


def downgrade() -> None:
    for table in ("pause", "level_period", "episode"):
        op.drop_table(table)
