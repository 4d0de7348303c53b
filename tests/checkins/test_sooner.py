"""Somebody to whom something happened is tried sooner; a number that did not work is offered to nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import Earlier
from coachdesk.checkins import attempts, service
from coachdesk.checkins.parts import Happened, More
from coachdesk.checkins.rules import AttemptOutcome, TryBy, Used
from coachdesk.clients import service as clients
from coachdesk.clients.models import Client
from coachdesk.reminders import facts
from coachdesk.safety import acting
from coachdesk.safety import service as safety
from coachdesk.visits.rules import Channel
from tests.access.helpers import at, hand_over
from tests.cast import MONDAY, TODAY

DAY = dt.timedelta(days=1)


def _spoke(session: Any, cast: Any, *, days_ago: int, **more: Any) -> Any:
    logged = service.log_checkin(
        session,
        cast.dana,
        cast.marcus,
        channel=Channel.CALL,
        held_on=TODAY - days_ago * DAY,
        next_on=TODAY + DAY,
        more=More(**more),
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    return logged.entry


def _tried(session: Any, cast: Any, days: int = 2, **how: Any) -> Any:
    entry = None
    for back in reversed(range(days)):
        typed = {"outcome": AttemptOutcome.NO_ANSWER, **how}
        entry = attempts.log_attempt(
            session, cast.dana, cast.marcus, tried_on=TODAY - back * DAY, now=MONDAY, today=TODAY, **typed
        ).entry
    session.commit()
    return entry


def _facts(session: Any, cast: Any, who: Any = None) -> Any:
    session.rollback()
    found = facts.list_known(session, who or cast.dana, ids=[cast.marcus])[0].facts
    session.rollback()
    return found


RETURN = {"wants_written": True, "return_to_use": "I drank on Saturday."}


@pytest.mark.parametrize(
    ("days_ago", "more", "sooner"),
    [
        (10, {}, False),
        (10, RETURN, True),
        (10, {"happened": [Happened.LEFT_TREATMENT]}, True),
        (40, RETURN, False),
    ],
)
def test_what_was_recorded_before_the_first_try_halves_the_ladder(session, cast, days_ago, more, sooner):
    _spoke(session, cast, days_ago=days_ago, **more)
    _tried(session, cast)
    known = _facts(session, cast)
    assert known.is_sooner == sooner
    assert [rung.day for rung in known.ladder][2] == (4 if sooner else 7)
    again = attempts.find_next_try(session, cast.dana, cast.marcus)
    assert again
    assert again.on == (TODAY + 3 * DAY if sooner else dt.date(2026, 11, 30))


def test_nothing_is_read_that_was_written_long_before_the_first_try(session, cast):
    for days_ago in (300, 32, 31, 10):
        _spoke(session, cast, days_ago=days_ago, **RETURN)
    assert session.execute(attempts.select_risks(cast.dana)).all() == [], "nobody is tried"
    session.rollback()
    _tried(session, cast)  # for the first time yesterday
    rows = session.execute(attempts.select_risks(cast.dana)).all()
    assert sorted(TODAY - row.held_on for row in rows) == [10 * DAY, 31 * DAY]


def test_a_check_in_that_was_taken_back_halves_nothing(session, cast):
    entry = _spoke(session, cast, days_ago=10, **RETURN)
    service.withdraw_checkin(session, cast.dana, entry.id, now=MONDAY)
    session.commit()
    _tried(session, cast)
    assert not _facts(session, cast).is_sooner


def test_an_open_worry_halves_it_until_it_is_closed(session, cast):
    _tried(session, cast)
    assert not _facts(session, cast).is_sooner
    concern = safety.raise_concern(session, cast.dana, cast.marcus, now=MONDAY)
    session.commit()
    assert _facts(session, cast).is_sooner
    acting.close_concern(session, cast.ruth, concern.id, ended="She is well.", now=MONDAY)
    session.commit()
    assert not _facts(session, cast).is_sooner


def test_whoever_may_not_read_the_words_has_the_same_day(session, cast):
    _spoke(session, cast, days_ago=10, **RETURN)
    _tried(session, cast)
    before = _facts(session, cast)
    hand_over(session, cast, "marcus", "chris", Earlier.FROM_TODAY)
    assert _facts(session, cast, at(cast.chris)).ladder == before.ladder


def test_the_card_says_that_it_is_sooner(reader, session, cast, clock):
    _spoke(session, cast, days_ago=10, **RETURN)
    clock.move(days=1)
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    dana.sends()
    clock.move(days=3)
    assert "Sooner than usual, after what happened lately." in reader("dana").opens("/today").main


# ---- a number that did not work


def _person(session: Any, cast: Any) -> Client:
    session.rollback()
    session.expire_all()
    found: Client = session.get(Client, cast.marcus)
    return found


@pytest.mark.parametrize(
    ("how", "phone"),
    [
        ({}, TODAY),
        ({"channel": TryBy.CALL}, TODAY),
        ({"channel": TryBy.TEXT, "used": Used.PHONE}, TODAY),
        ({"channel": TryBy.EMAIL}, None),
        ({"channel": TryBy.IN_PERSON}, None),
    ],
)
def test_a_number_that_did_not_work_is_used_no_more(session, cast, how, phone):
    _tried(session, cast, 1, outcome=AttemptOutcome.WRONG_NUMBER, **how)
    assert _person(session, cast).phone_wrong_on == phone
    assert (TryBy.CALL in _facts(session, cast).reach.ways) == (phone is None)


def test_no_page_offers_it_until_it_is_put_right(reader, session, cast, clock):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    dana.sends(outcome="wrong_number")
    page = dana.opens(f"/people/{cast.marcus}")
    assert "The number did not work on 23 November." in page.main
    assert not page.soup.select("a[href^='tel:+1555']")
    assert not page.soup.select("a[href^='sms:+1555']")
    assert "Number ending" not in dana.opens(f"/people/{cast.marcus}/attempts/new").main
    assert "It did not work on 23 November." in dana.opens(f"/people/{cast.marcus}/details").main
    clock.move(days=1)
    dana = reader("dana")
    assert "The number did not work; find another way" in dana.opens("/today").main
    dana.opens(f"/people/{cast.marcus}/edit")
    dana.sends(phone="+1 555 010 2030")
    assert _person(session, cast).phone_wrong_on == TODAY, "the same number, written again, is no other one"
    session.rollback()
    dana.opens(f"/people/{cast.marcus}/edit")
    page = dana.sends(phone="+1 555 010 9999")
    assert "did not work" not in page.main
    assert _person(session, cast).phone_wrong_on is None


def test_it_works_after_all(reader, session, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    dana.sends(outcome="wrong_number")
    dana.opens(f"/people/{cast.marcus}")
    page = dana.presses("It works after all")
    assert "It is offered again." in page.text
    assert _person(session, cast).phone_wrong_on is None


def test_taking_the_try_back_takes_that_back_too(session, cast):
    entry = _tried(session, cast, 1, outcome=AttemptOutcome.WRONG_NUMBER)
    attempts.withdraw_attempt(session, cast.dana, entry.id, now=MONDAY)
    session.commit()
    assert _person(session, cast).phone_wrong_on is None
    assert session.scalar(sa.select(sa.func.count()).select_from(Client)) > 0


WRONG = AttemptOutcome.WRONG_NUMBER


def _take_back(session: Any, cast: Any, entry: Any) -> None:
    attempts.withdraw_attempt(session, cast.dana, entry.id, now=MONDAY)
    session.commit()


def _wrong(session: Any, cast: Any, days_ago: int = 0, **how: Any) -> Any:
    day = TODAY - days_ago * DAY
    entry = attempts.log_attempt(
        session, cast.dana, cast.marcus, outcome=WRONG, tried_on=day, now=MONDAY, today=TODAY, **how
    ).entry
    session.commit()
    return entry


def test_what_an_earlier_try_found_out_outlasts_a_later_one_that_is_taken_back(session, cast):
    _wrong(session, cast, 3)
    entry = _wrong(session, cast)
    assert _person(session, cast).phone_wrong_on == TODAY - 3 * DAY
    _take_back(session, cast, entry)
    assert _person(session, cast).phone_wrong_on == TODAY - 3 * DAY


def test_what_a_later_try_found_out_outlasts_the_first_that_is_taken_back(session, cast):
    first, later = _wrong(session, cast, 3), _wrong(session, cast)
    _take_back(session, cast, first)
    assert _person(session, cast).phone_wrong_on == TODAY
    _take_back(session, cast, later)
    assert _person(session, cast).phone_wrong_on is None


def test_of_two_tries_of_one_day_the_other_still_counts(session, cast):
    entries = [_wrong(session, cast), _wrong(session, cast)]
    _take_back(session, cast, entries[1])
    assert _person(session, cast).phone_wrong_on == TODAY
    _take_back(session, cast, entries[0])
    assert _person(session, cast).phone_wrong_on is None


def test_taken_back_frees_only_what_that_try_used(session, cast):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(email="m@mail.example", may_email=True))
    session.commit()
    entry = _wrong(session, cast, used=Used.PHONE)
    by_mail = _wrong(session, cast, channel=TryBy.EMAIL)
    assert _person(session, cast).email_wrong_on == TODAY
    _take_back(session, cast, entry)
    person = _person(session, cast)
    assert (person.phone_wrong_on, person.email_wrong_on) == (None, TODAY)
    _take_back(session, cast, by_mail)
    assert _person(session, cast).email_wrong_on is None


def test_a_try_of_another_number_than_theirs_of_now_frees_nothing(session, cast):
    entry = _wrong(session, cast)
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(phone="+1 555 010 9999"))
    session.commit()
    _take_back(session, cast, entry)
    assert _person(session, cast).phone_wrong_on == TODAY


def test_whose_number_was_put_right_since_is_not_marked_by_a_try_of_before(session, cast):
    _wrong(session, cast, 3)
    clients.number_works(session, cast.dana, cast.marcus, now=MONDAY)
    session.commit()
    later = attempts.log_attempt(
        session, cast.dana, cast.marcus, outcome=WRONG, tried_on=TODAY, now=MONDAY + DAY, today=TODAY
    ).entry
    session.commit()
    attempts.withdraw_attempt(session, cast.dana, later.id, now=MONDAY + DAY)
    session.commit()
    assert _person(session, cast).phone_wrong_on is None


@pytest.mark.parametrize(
    ("theirs", "tried_by"),
    [
        ({"phone": ""}, None),
        ({"may_call": False, "may_text": False}, None),
        ({"may_email": True}, "email"),
        ({"email": "m@mail.example"}, "email"),
        ({"may_email": False}, "in_person"),
    ],
)
def test_nothing_is_said_not_to_work_that_was_not_used(reader, session, cast, theirs, tried_by):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(**theirs))
    session.commit()
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    page = dana.sends(outcome="wrong_number", **({"tried_by": tried_by} if tried_by else {}))
    assert "Noted that you tried." in page.main
    assert "did not work. Put it right" not in page.main
    person = _person(session, cast)
    assert (person.phone_wrong_on, person.email_wrong_on) == (None, None)


@pytest.mark.parametrize(("tried_by", "what"), [("call", "the number"), ("email", "the e-mail address")])
def test_what_did_not_work_is_said_after_a_second_try_too(reader, session, cast, tried_by, what):
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(email="m@mail.example", may_email=True))
    session.commit()
    dana = reader("dana")
    for _time in range(2):
        dana.opens(f"/people/{cast.marcus}/attempts/new")
        page = dana.sends(outcome="wrong_number", tried_by=tried_by)
        assert f"Noted that {what} did not work. Put it right under Details when you know it." in page.main
