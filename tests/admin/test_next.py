"""What would go out next, as an administrator reads it: to whom, how, when and why; and that it then does."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.audit import Event, record
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import Channel, Delivery, DeliveryState
from coachdesk.reminders import foreseen, planning, service
from tests.cast import MONDAY, TODAY, ZONE


def _works_out(session, clock) -> None:
    foreseen.keep(session, now=clock.now(), ways=tuple(Channel))


def test_what_would_go_out_says_to_whom_how_when_and_why_and_writes_no_message(reader, session, cast, clock):
    clock.set(moment_of(TODAY + dt.timedelta(days=1), dt.time(20), ZoneInfo(ZONE)))
    _works_out(session, clock)
    admin = reader("admin")
    assert "Nothing would go out" in admin.opens("/admin/reminders/next").main
    page = admin.opens("/admin/reminders/next?until=day")
    assert page.rows == [
        f"Wed 25 Nov, 8:00 am {name} a reminder{n} By e-mail"
        for name, n in (("Chris Bell", ""), ("Dana Osei", " (2)"), ("Imani Moss", ""))
    ]
    assert len(page.queries) <= 8
    for words in ("Marcus", "Lena", "Hana", "Aisha", "/people/"):
        assert words not in page.main
    assert session.scalars(sa.select(Delivery)).all() == []


def test_what_is_shown_is_what_then_goes_out_and_is_shown_no_more(reader, session, cast, clock):
    clock.set(moment_of(TODAY + dt.timedelta(days=1), dt.time(20), ZoneInfo(ZONE)))
    _works_out(session, clock)
    admin = reader("admin")
    shown = len(admin.opens("/admin/reminders/next?until=day").rows)
    clock.set(moment_of(TODAY + dt.timedelta(days=2), dt.time(8), ZoneInfo(ZONE)))
    with writing():
        planning.plan(session, now=clock.now())
    assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == shown
    session.execute(sa.update(Delivery).values(state=DeliveryState.SENT, sent_at=clock.now()))
    session.commit()
    assert "Nothing would go out" in reader("admin").opens("/admin/reminders/next?until=day").main


def test_before_it_was_worked_out_the_page_says_so_and_when_it_was(reader, session, cast, clock):
    admin = reader("admin")
    assert "Not worked out yet" in admin.opens("/admin/reminders/next").main
    _works_out(session, clock)
    assert "Worked out Mon 23 Nov, 9:45 am" in admin.opens("/admin/reminders/next").main


def test_it_is_worked_out_anew_once_something_was_recorded_or_it_is_old(session, cast, clock):
    assert foreseen.keep(session, now=clock.now())
    assert not foreseen.keep(session, now=clock.now())
    clock.move(minutes=5)
    assert not foreseen.keep(session, now=clock.now()), "nothing was recorded"
    record(session, cast.dana, Event.SIGNED_IN, now=clock.now())
    session.commit()
    clock.move(minutes=5)
    assert foreseen.keep(session, now=clock.now())
    clock.move(minutes=16)
    assert foreseen.keep(session, now=clock.now())


def test_the_command_and_the_page_say_the_same_of_the_same_night(app, reader, session, cast, clock):
    for hour, who in ((22, "dana"), (23, "imani")):
        person = cast.marcus if who == "dana" else cast.aisha
        service.set_reminder(
            session,
            cast.staff[who],
            person,
            text="Ring",
            due_on=TODAY,
            hour=dt.time(hour),
            zone=ZoneInfo(ZONE),
            now=MONDAY,
        )
    session.commit()
    clock.set(moment_of(TODAY, dt.time(20), ZoneInfo(ZONE)))
    foreseen.keep(session, now=clock.now(), ways=scheduler.ways_of(app))
    rows = reader("admin").opens("/admin/reminders/next").soup.select("tbody tr")
    shown = [
        (
            row.select_one("time")["datetime"][11:16],
            row.select_one("[data-label='To whom']").get_text(),
            row.select_one(".cap").get_text(),
        )
        for row in rows
    ]
    session.rollback()
    lines = scheduler.remind(app, dry_run=True, until=scheduler.until_of(app, None))
    said = []
    for line in lines:
        at, rest = line.split("  ", 1)
        who, things = rest.split(" by ", 1)
        said.append((at[-5:], who.split(" <")[0], things.split(": ", 1)[1].split(" [")[0]))
    assert (
        shown
        == said
        == [("22:00", "Dana Osei", "a reminder set by hand"), ("23:00", "Imani Moss", "a reminder set by hand")]
    )
