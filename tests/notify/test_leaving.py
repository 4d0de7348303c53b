"""Whether a message may leave is asked as it leaves: quiet hours, what was chosen meanwhile, what is safe for a person."""

from __future__ import annotations

import datetime as dt

import pytest

from coachdesk.access import Role
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import (
    PERSON_SUBJECT,
    Channel,
    DeliveryState,
    Held,
)
from coachdesk.reminders import choosing, coming
from coachdesk.reminders.prefs import USUAL, Prefs
from coachdesk.visits import service as visits
from tests.cast import TODAY, agree
from tests.gateway import add_way
from tests.notify.helpers import (
    BY_TEXT,
    EASTERN,
    NUMBER,
    choose,
    list_rows,
    plan,
    remind,
)

# ---- whether it may leave -----------------------------------------------------------------------------------------------


def test_quiet_hours_hold_a_message_until_they_are_over(session, cast, clock, gateway, send_all):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    remind(session, cast, clock, hour=dt.time(22))
    clock.set(moment_of(TODAY, dt.time(22, 1), EASTERN))
    plan(session, clock)
    send_all()
    (row,) = list_rows(session, Channel.TEXT)
    until = moment_of(TODAY + dt.timedelta(days=1), dt.time(7), EASTERN)
    assert (row.state, row.held, row.not_before, row.attempts) == (DeliveryState.WAITING, Held.QUIET, until, 0)
    clock.set(until)
    send_all()
    assert [row.state for row in list_rows(session, Channel.TEXT)] == [DeliveryState.SENT]


def _by_mail_again(session, cast, clock) -> None:
    choose(session, cast.dana, USUAL, clock)


def _another_number(session, cast, clock) -> None:
    choose(session, cast.dana, Prefs(channels=frozenset({Channel.TEXT}), phone="+15550109999"), clock)


def _stop(session, _cast, clock) -> None:
    choosing.heed_answer(session, NUMBER, stop=True, now=clock.now())
    session.commit()


@pytest.mark.parametrize(
    ("meanwhile", "held"),
    [
        (_by_mail_again, Held.CHANNEL_OFF),
        (_another_number, Held.NOT_SAFE),
        (_stop, Held.CHANNEL_OFF),
    ],
)
def test_what_was_chosen_meanwhile_counts(session, cast, clock, gateway, send_all, meanwhile, held):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    meanwhile(session, cast, clock)
    send_all()
    assert [(row.state, row.held) for row in list_rows(session, Channel.TEXT)] == [(DeliveryState.SKIPPED, held)]
    assert gateway.asked == 0


# ---- a person -----------------------------------------------------------------------------------------------------------


def _speaks_tomorrow(session, cast, clock, **agreed) -> None:
    agree(session, cast, **agreed)
    visits.plan_visit(
        session,
        cast.dana,
        cast.marcus,
        planned_on=TODAY + dt.timedelta(days=1),
        hour=None,
        today=TODAY,
        now=clock.now(),
    )
    session.commit()


def _asks(session, cast, clock) -> None:
    marcus = cast.accounts["marcus"]
    assert marcus.role is Role.CLIENT
    choose(session, marcus, Prefs(channels=frozenset({Channel.EMAIL}), hour=dt.time(9)), clock)


def _tell_people(session, clock) -> int:
    with writing():
        new = coming.tell_people(session, now=clock.now())
        session.commit()
    return new


def test_a_person_who_asked_is_written_to_once_the_day_before_you_speak(session, cast, clock, send_all, post):
    _speaks_tomorrow(session, cast, clock)
    assert _tell_people(session, clock) == 0, "nobody asked for it"
    _asks(session, cast, clock)
    assert _tell_people(session, clock) == 1
    assert _tell_people(session, clock) == 0
    assert send_all() == 1
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"], mail["From"]) == (cast.email("marcus"), PERSON_SUBJECT, "desk@mail.example")
    assert mail["List-Unsubscribe"]
    assert not [word for word in ("coachdesk", "dana", "marcus t", "recovery") if word in mail.as_string().lower()]


@pytest.mark.parametrize(
    "agreed",
    [{"may_email": False}, {"email_wrong_on": TODAY}, {"email": "elsewhere@cast.example"}],
    ids=["not agreed", "does not work", "another address"],
)
def test_what_is_no_longer_safe_as_it_leaves_does_not_leave(session, cast, clock, send_all, post, agreed):
    _speaks_tomorrow(session, cast, clock)
    _asks(session, cast, clock)
    _tell_people(session, clock)
    agree(session, cast, **agreed)
    session.commit()
    assert send_all() == 0
    assert [(row.state, row.held) for row in list_rows(session)] == [(DeliveryState.SKIPPED, Held.NOT_SAFE)]


def test_a_contact_that_was_called_off_is_not_told_of(session, cast, clock, send_all):
    _speaks_tomorrow(session, cast, clock)
    _asks(session, cast, clock)
    _tell_people(session, clock)
    visit = visits.find_open_visit(session, cast.dana, cast.marcus)
    assert visit is not None
    visits.drop_visit(session, cast.dana, visit, now=clock.now())
    session.commit()
    assert send_all() == 0
    assert [row.held for row in list_rows(session)] == [Held.NOT_DUE]
