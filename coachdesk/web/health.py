"""Is the process alive, and is it ready: two addresses for those who run it, without sign-in and without detail."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app, jsonify

from coachdesk.db import db
from coachdesk.web.house import now
from coachdesk.web.models import Heartbeat
from coachdesk.web.room import Room

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

room = Room("health", __name__)
MISSED_AFTER = dt.timedelta(minutes=2)
STALLED_AFTER = dt.timedelta(minutes=5)
"""So long without a sign of the scheduler, and the pages say that nothing is sent."""
SCHEDULER, BEGUN = "scheduler", "coachdesk_begun"
"""The second is where an application keeps when it began: before that nobody expects to have seen the scheduler."""


@room.get("/healthz", public=True)
def alive() -> ResponseReturnValue:
    """Answer as long as the process does."""
    return jsonify(alive=True)


@room.get("/readyz", public=True)
def ready() -> ResponseReturnValue:
    """Answer 200 where database, schema and scheduler are as they should be, else 503 and which is not."""
    found = {"database": _database_answers()}
    found["schema"] = found["database"] and _schema_is_at_head()
    found["scheduler"] = found["schema"] and is_beating(db.session, SCHEDULER, now=now())
    return jsonify(found), 200 if all(found.values()) else 503


def beat(session: Any, part: str, *, now: dt.datetime) -> None:
    """Say that a part is alive; the caller commits."""
    if not session.execute(sa.update(Heartbeat).where(Heartbeat.part == part).values(seen_at=now)).rowcount:
        session.add(Heartbeat(part=part, seen_at=now))


def is_beating(session: Any, part: str, *, now: dt.datetime) -> bool:
    """Say whether a part was seen within the last two minutes."""
    seen = session.scalar(select_seen(part))
    return bool(seen and now - seen < MISSED_AFTER)


def select_seen(part: str) -> Any:
    """Select when a part was last seen alive; nothing where it never was."""
    return sa.select(Heartbeat.seen_at).where(Heartbeat.part == part)


def stalled_since(seen: dt.datetime | None, begun: dt.datetime, *, now: dt.datetime) -> dt.datetime | None:
    """Return since when a part has stood still, if it does; `begun` counts where it was never seen."""
    last = seen or begun
    return last if now - last > STALLED_AFTER else None


def find_stalled() -> dt.datetime | None:
    """Return since when nothing is sent, where the scheduler stands still."""
    return stalled_since(db.session.scalar(select_seen(SCHEDULER)), current_app.extensions[BEGUN], now=now())


def _database_answers() -> bool:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return False
    return True


def _schema_is_at_head() -> bool:
    head = ScriptDirectory(str(current_app.extensions["migrate"].directory)).get_heads()
    return set(MigrationContext.configure(db.session.connection()).get_current_heads()) == set(head)
