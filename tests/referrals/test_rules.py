"""Where a referral may go, what each move needs, and when its clock runs out."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.referrals.rules import (
    CLOSE_WORDS,
    ENDED,
    SENDS_A_NAME,
    STATUS_PILLS,
    USUAL_CLOCKS,
    Agreed,
    CloseReason,
    ConfirmedBy,
    Status,
    clock_runs_out_on,
    clocks_of,
    first_status,
    next_moves,
    refuse_move,
    status_words,
    waiting_words,
)
from coachdesk.words import Refused

FRIDAY = dt.date(2026, 11, 20)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31))
OPEN = [status for status in Status if status not in ENDED]
MOVES = [(before, after) for before in Status for after in next_moves(before)]
NEEDS = [
    (Status.SENT, "has_yes", False, "to"),
    (Status.APPOINTMENT, "appointment_on", None, "appointment_on"),
    (Status.APPOINTMENT, "appointment_on", dt.date.max, "appointment_on"),
    (Status.APPOINTMENT, "appointment_on", dt.date.min, "appointment_on"),
    (Status.CLOSED, "reason", None, "reason"),
    (Status.GOT_HELP, "confirmed_by", None, "confirmed_by"),
    (Status.CONNECTED, "confirmed_by", None, "confirmed_by"),
]


def _refused_at(before: Status, after: Status, **but: object) -> str | None:
    """Say at which field a move is refused, where all it could need is there but what is named."""
    needs: dict[str, object] = {
        "has_yes": True,
        "today": FRIDAY,
        "appointment_on": FRIDAY,
        "reason": CloseReason.OTHER,
        "confirmed_by": ConfirmedBy.PERSON,
    }
    try:
        refuse_move(before, after, **{**needs, **but})  # type: ignore[arg-type]  # each by its own name, as above
    except Refused as refusal:
        return refusal.at
    return None


@pytest.mark.parametrize("status", Status)
def test_every_status_has_words_and_a_pill_and_never_a_bare_place(status):
    assert "%(" not in str(status_words(status, "Marcus"))
    assert len(STATUS_PILLS[status]) == 2


def test_every_reason_to_close_has_words():
    assert set(CLOSE_WORDS) == set(CloseReason)


@pytest.mark.parametrize(
    ("status", "appointment", "words"),
    [
        (Status.APPOINTMENT, FRIDAY, "Appointment on Fri 20 Nov"),
        (Status.APPOINTMENT, None, "Appointment"),
        (Status.SELF, None, "Marcus will call"),
        (Status.ACCEPTED, FRIDAY, "Accepted"),
    ],
)
def test_where_a_referral_stands_is_said(status, appointment, words):
    assert str(status_words(status, "Marcus", appointment)) == words


@pytest.mark.parametrize(
    ("agreed", "said_yes", "status"),
    [
        (Agreed.PERSON_CALLS, True, Status.SELF),
        (Agreed.PERSON_CALLS, False, Status.SELF),
        (Agreed.COACH_CALLS, True, Status.SENT),
        (Agreed.COACH_CALLS, False, Status.DRAFT),
        (Agreed.TOGETHER, True, Status.SENT),
        (Agreed.TOGETHER, False, Status.DRAFT),
    ],
)
def test_nothing_is_sent_at_first_without_a_yes(agreed, said_yes, status):
    assert first_status(agreed, said_yes=said_yes) is status


@pytest.mark.parametrize(("before", "after"), list(product(Status, repeat=2)))
def test_a_referral_goes_only_where_it_is_offered_to(before, after):
    assert _refused_at(before, after) == (None if after in next_moves(before) else "to")


@pytest.mark.parametrize("status", Status)
def test_every_status_leads_somewhere_and_offers_each_place_once(status):
    assert next_moves(status)
    assert len(set(next_moves(status))) == len(next_moves(status))


@pytest.mark.parametrize(("before", "after"), MOVES)
@pytest.mark.parametrize(("needed_by", "name", "missing", "at"), NEEDS)
def test_a_move_needs_its_yes_its_day_its_reason_or_the_word_of_who_knows(before, after, needed_by, name, missing, at):
    needed = name == "confirmed_by" and after in (Status.GOT_HELP, Status.CONNECTED)
    needed = needed or after is needed_by
    assert _refused_at(before, after, **{name: missing}) == (at if needed else None)


@pytest.mark.parametrize("before", [Status.DRAFT, Status.NEEDS_CONSENT])
def test_out_of_a_draft_no_name_reaches_a_service_without_a_yes(before):
    for after in SENDS_A_NAME:
        assert _refused_at(before, after, has_yes=False) is not None


@pytest.mark.parametrize(
    ("status", "day"),
    [
        (Status.DRAFT, dt.date(2026, 11, 27)),
        (Status.NEEDS_CONSENT, dt.date(2026, 11, 23)),
        (Status.SENT, dt.date(2026, 11, 24)),
        (Status.SELF, dt.date(2026, 11, 27)),
        (Status.ACCEPTED, dt.date(2026, 12, 4)),
        (Status.WAITLISTED, dt.date(2026, 12, 20)),
        (Status.APPOINTMENT, dt.date(2026, 11, 21)),
        (Status.CONNECTED, dt.date(2026, 12, 20)),
        (Status.GOT_HELP, None),
        (Status.CLOSED, None),
        (Status.MISTAKE, None),
    ],
)
def test_each_status_has_a_clock_of_its_own(status, day):
    assert clock_runs_out_on(status, FRIDAY) == day


@given(status=st.sampled_from(OPEN), since=DAYS, ahead=st.none() | st.integers(0, 400))
def test_a_clock_runs_out_after_it_began_and_after_the_appointment(status, since, ahead):
    appointment_on = None if ahead is None else since + dt.timedelta(days=ahead)
    day = clock_runs_out_on(status, since, appointment_on)
    assert day is not None
    assert day > since
    if status is Status.APPOINTMENT and appointment_on:
        assert day == appointment_on + dt.timedelta(days=1)


@given(status=st.sampled_from(OPEN), since=DAYS, days=st.integers(1, 90))
def test_a_clock_of_more_days_never_runs_out_sooner(status, since, days):
    shorter = clock_runs_out_on(status, since, clocks={status: days})
    longer = clock_runs_out_on(status, since, clocks={status: days + 1})
    assert shorter is not None
    assert longer is not None
    assert longer > shorter > since


@given(kept=st.none() | st.lists(st.integers()) | st.dictionaries(st.sampled_from(Status), st.integers() | st.text()))
def test_days_that_cannot_be_right_fall_back_to_the_usual(kept):
    days = clocks_of(kept)
    assert days.keys() == USUAL_CLOCKS.keys()
    assert all(1 <= number <= 90 for number in days.values())


@pytest.mark.parametrize("status", OPEN)
def test_a_referral_whose_clock_has_run_out_says_why(status):
    words = str(waiting_words(status, "Harbor Dental", "Marcus"))
    assert "Harbor Dental" in words
    assert "%(" not in words


@pytest.mark.parametrize("status", sorted(ENDED))
def test_a_referral_that_has_ended_waits_for_nothing(status):
    assert clock_runs_out_on(status, FRIDAY, FRIDAY) is None
