"""What cannot be read about one person or for one reader keeps nobody else from being told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.clients.models import Client
from coachdesk.clock import moment_of
from coachdesk.db import InvalidToken, db, writing
from coachdesk.notify import Channel, Delivery
from coachdesk.reminders import choosing, coming, planning, service
from coachdesk.reminders.models import LedgerEntry, PlanMark
from coachdesk.reminders.prefs import USUAL
from coachdesk.safety.lines import RING
from coachdesk.visits import service as visits
from tests.cast import MONDAY, TODAY, ZONE

EASTERN = ZoneInfo(ZONE)
SEALED = "sealed with a key that is gone"
DAY = dt.timedelta(days=1)
MORNING = moment_of(TODAY + DAY, dt.time(8, 0, 30), EASTERN)


def _mailed(session) -> list[str]:
    session.rollback()
    return sorted(session.scalars(sa.select(Delivery.address).where(Delivery.channel == Channel.EMAIL)))


def _plan(session, now) -> None:
    with writing():
        planning.plan(session, now=now)
        session.commit()


def _spoil(session, table: str, column: str, key: str, value) -> None:
    held = db.metadata.tables[table]
    session.execute(
        sa.update(held).where(held.c[key] == value).values({held.c[column]: sa.literal_column(f"'{SEALED}'")})
    )
    session.commit()
    session.expunge_all()


@pytest.fixture
def reminded(session, cast):
    """Dana and Imani each have something that is told tomorrow morning."""
    _plan(session, MONDAY)
    for coach, person in ((cast.dana, cast.marcus), (cast.imani, cast.aisha)):
        service.set_reminder(session, coach, person, text="Ring", due_on=TODAY, hour=None, zone=EASTERN, now=MONDAY)
    session.commit()
    _plan(session, MONDAY)
    assert _mailed(session) == []


def test_what_was_told_to_one_reader_and_cannot_be_read_keeps_nobody_from_their_morning(session, cast, reminded):
    _spoil(session, "ledger_entry", "why", "recipient_id", cast.dana.id)
    _plan(session, MORNING)
    assert _mailed(session) == [cast.email("dana"), cast.email("imani")]
    assert session.scalar(sa.select(PlanMark.at)) == MORNING


def test_a_record_that_cannot_be_read_keeps_no_other_person_from_being_looked_at(session, cast):
    for coach, person in ((cast.dana, cast.marcus), (cast.dana, cast.lena)):
        service.set_reminder(
            session, coach, person, text="Ring", due_on=TODAY, hour=dt.time(10), zone=EASTERN, now=MONDAY
        )
    session.commit()
    _spoil(session, "reminder", "text", "client_id", cast.marcus)
    _plan(session, MONDAY + dt.timedelta(hours=1))
    told = set(session.scalars(sa.select(LedgerEntry.client_id)))
    assert cast.lena in told
    assert cast.marcus not in told


def test_what_nobody_needs_of_an_account_keeps_nobody_untold(session, cast, reminded):
    _spoil(session, "user_account", "work_phone", "id", cast.omar.id)
    _plan(session, MORNING)
    assert _mailed(session) == [cast.email("dana"), cast.email("imani")]


def _ask_for_mail(session, cast, name: str) -> None:
    person, by = cast.people[name], cast.chris if name == "hana" else cast.dana
    agreed = {"may_email": True, "email": cast.email(name)}
    session.execute(sa.update(Client).where(Client.id == person).values(**agreed))
    wanted = replace(USUAL, channels=frozenset({Channel.EMAIL}))
    choosing.choose(session, cast.accounts[name], wanted, version=1, now=MONDAY)
    visits.plan_visit(session, by, person, planned_on=TODAY + DAY, hour=None, today=TODAY, now=MONDAY)
    session.commit()


@pytest.mark.parametrize("spoiled", ["marcus", "hana"])
def test_a_person_of_whom_something_cannot_be_read_keeps_no_other_from_their_mail(session, cast, spoiled):
    for name in ("marcus", "hana"):
        _ask_for_mail(session, cast, name)
    _spoil(session, "visit", "place", "client_id", cast.people[spoiled])
    with writing():
        assert coming.tell_people(session, now=MONDAY) == 1
        assert coming.tell_people(session, now=MONDAY) == 0
    assert _mailed(session) == [cast.email(name) for name in ("hana", "marcus") if name != spoiled]


def test_where_reminders_cannot_be_planned_the_rest_is_and_it_is_said(app, session, cast, clock):
    choosing.choose(session, cast.dana, USUAL, version=1, now=MONDAY)
    session.commit()
    _spoil(session, "telling_pref", "phone", "user_id", cast.dana.id)
    clock.move(days=400)
    with writing(), pytest.raises(InvalidToken):
        scheduler.plan(app)
    assert not app.extensions["coachdesk"].has_planned
    assert RING in {row.text for row in session.scalars(sa.select(Delivery))}
