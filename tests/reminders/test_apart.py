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
from coachdesk.db import db, writing
from coachdesk.notify import GO, Channel, Delivery
from coachdesk.reminders import choosing, coming, planning, service
from coachdesk.reminders.models import LedgerEntry, PlanMark, TellingPref
from coachdesk.reminders.prefs import USUAL
from coachdesk.safety.lines import RING
from coachdesk.visits import service as visits
from tests.cast import MONDAY, TODAY, ZONE
from tests.gateway import add_way

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


@pytest.mark.parametrize("lost", ["a number", "the days"])
def test_a_reader_whose_choices_cannot_be_read_is_told_and_so_is_everybody_else(session, cast, reminded, lost):
    chosen = replace(USUAL, channels=frozenset({Channel.EMAIL, Channel.TEXT}), phone="+15550102030", hour=dt.time(7))
    add_way(session, cast, "json://127.0.0.1:9/send?:to={to}")
    choosing.choose(session, cast.dana, chosen, version=1, now=MONDAY)
    session.commit()
    if lost == "a number":
        _spoil(session, "telling_pref", "phone", "user_id", cast.dana.id)
    else:
        session.execute(sa.update(TellingPref).values(days="often"))
        session.commit()
    read = choosing.map_prefs(session)[cast.dana.id]
    assert read == (replace(chosen, channels=USUAL.channels, phone="") if lost == "a number" else USUAL)
    _plan(session, MORNING)
    assert _mailed(session) == [cast.email("dana"), cast.email("imani")]
    theirs = sa.select(Delivery).where(Delivery.recipient_id == cast.dana.id, Delivery.channel == Channel.EMAIL)
    mail = session.scalars(theirs).one()
    assert planning.still_wanted(session, mail, MORNING) is GO


def test_where_reminders_cannot_be_planned_the_rest_is_and_it_is_said(app, session, cast, clock):
    clock.move(days=400)
    _plan(session, clock.now())
    app.extensions["coachdesk"].has_planned = True
    session.execute(sa.update(PlanMark).values(seen=5))
    session.commit()
    clock.move(minutes=1)
    with writing(), pytest.raises(TypeError):
        scheduler.plan(app)
    assert RING in {row.text for row in session.scalars(sa.select(Delivery))}
