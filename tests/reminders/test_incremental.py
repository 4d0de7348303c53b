"""Looking only at some people tells what looking at everybody tells, whatever is done and whenever it is looked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, unscoped
from coachdesk.db import writing
from coachdesk.reminders import deriving, facts, looking, marking, planning
from coachdesk.reminders.hearers import told_of
from coachdesk.reminders.models import LedgerEntry
from tests.cast import MONDAY, Cast
from tests.reminders.life import EASTERN, Life

PACES = (0, 15, 15, 60, 600, 1800, 3600, 7200, 5 * 3600)
"""Seconds between two acts; none at all is two at the same moment."""


def _ledger(session: Any) -> tuple[set[str], set[str]]:
    """Return the keys of what is due by the ledger, and of everything in it."""
    rows = sa.select(LedgerEntry.key, LedgerEntry.over_at)
    found = session.execute(unscoped(rows, because="a test")).all()
    return {key for key, over_at in found if over_at is None}, {key for key, _over_at in found}


def _nothing_is_left(session: Any, now: dt.datetime) -> None:
    """A look at everybody finds nothing more to tell, nothing that is over, and nobody's message of the day."""
    look = looking.look_at(session, marking.list_everybody(session), now=now)
    due, _all = _ledger(session)
    ready = look.ready(now).keys()
    assert ready <= due, "something was not told"
    assert due <= look.dues.keys(), "something that is over still stands"
    assert planning._to_consider(session, deriving.map_readers(session).values(), now=now) == {}
    _what_lies_ahead_is_not_missed(session, now)
    session.rollback()


def _what_lies_ahead_is_not_missed(session: Any, now: dt.datetime) -> None:
    """Planning leaves unread what cannot fall due by today; nothing that is told today is among it."""
    here = now.astimezone(EASTERN)
    whole, by_today = (
        [
            {
                (due.key, str(due.why), due.at, due.way)
                for due in told_of(known.facts, here.date(), [SYSTEM.id], now=here)
            }
            for known in facts.list_known(session, replace(SYSTEM, now=now), until=until)
        ]
        for until in (None, here.date() + dt.timedelta(days=1))
    )
    assert by_today == whole


@pytest.mark.parametrize("seed", range(2))
def test_a_look_at_some_leaves_nothing_for_a_look_at_everybody(session, cast: Cast, seed):
    staff = [cast.dana, cast.imani, cast.ruth]
    life, now = Life(session, staff, [cast.marcus, cast.lena, cast.aisha], seed=seed), MONDAY
    scopes = Counter[bool]()
    for _each in range(70):
        life.act(now)
        now += dt.timedelta(seconds=life.draw.choice(PACES))
        with writing():
            scopes[marking.find_scope(session, now=now).is_whole] += 1
            session.rollback()
            planning.plan(session, now=now)
        _nothing_is_left(session, now)
    assert scopes[False] > 12, "it was never looked at some alone"
    assert len(set(life.done)) > 8, "too little happened"
