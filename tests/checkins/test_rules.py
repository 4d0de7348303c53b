"""When a check-in may be taken back, which are read by a supervisor, and when to try somebody again."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coachdesk.checkins.rules import (
    OLDEST_DAYS,
    OUTCOME_WORDS,
    REASON_WORDS,
    UNDO_MINUTES,
    WEATHER_WORDS,
    AttemptOutcome,
    ReviewReason,
    is_late,
    is_shown_in_portal,
    may_withdraw,
    refuse_bad_day,
    review_reason,
)
from coachdesk.words import Refused

TODAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 14, 45, tzinfo=dt.UTC)
LONG_AGO = TODAY - dt.timedelta(days=1000)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31))
SHARES = st.floats(0, 1)


def test_every_choice_has_its_words():
    assert set(OUTCOME_WORDS) == set(AttemptOutcome)
    assert set(REASON_WORDS) == set(ReviewReason)
    assert list(WEATHER_WORDS) == [1, 2, 3, 4, 5]


@given(back=st.integers(0, OLDEST_DAYS))
def test_a_contact_of_the_last_year_may_be_written_down(back):
    refuse_bad_day(TODAY - dt.timedelta(days=back), today=TODAY, at="held_on")


@given(days=st.integers(1, 4000))
def test_a_contact_that_has_not_come_or_is_too_old_is_refused(days):
    with pytest.raises(Refused, match="has not come yet") as refusal:
        refuse_bad_day(TODAY + dt.timedelta(days=days), today=TODAY, at="held_on")
    assert refusal.value.at == "held_on"
    with pytest.raises(Refused, match="more than a year ago") as refusal:
        refuse_bad_day(TODAY - dt.timedelta(days=OLDEST_DAYS + days), today=TODAY, at="held_on")
    assert refusal.value.at == "held_on"


@given(seconds=st.integers(0, 3600))
@example(seconds=600)
@example(seconds=601)
def test_the_person_sees_an_entry_exactly_when_it_can_no_longer_be_taken_back(seconds):
    saved_at = NOW - dt.timedelta(seconds=seconds)
    assert may_withdraw(saved_at, NOW) == (seconds <= UNDO_MINUTES * 60)
    assert is_shown_in_portal(saved_at, NOW) != may_withdraw(saved_at, NOW)


@pytest.mark.parametrize(("days", "late"), [(0, False), (1, False), (2, False), (3, True), (30, True)])
def test_an_entry_is_late_after_two_days(days, late):
    assert is_late(TODAY - dt.timedelta(days=days), TODAY) is late


@given(checkin_id=st.uuids(), started_on=DAYS, today=DAYS, share=SHARES)
def test_every_worry_about_safety_is_read(checkin_id, started_on, today, share):
    reason = review_reason(checkin_id, worried=True, coach_started_on=started_on, today=today, share=share)
    assert reason is ReviewReason.SAFETY


@given(checkin_id=st.uuids(), days=st.integers(0, 89), share=SHARES)
def test_everything_by_a_new_coach_is_read(checkin_id, days, share):
    started_on = TODAY - dt.timedelta(days=days)
    reason = review_reason(checkin_id, worried=False, coach_started_on=started_on, today=TODAY, share=share)
    assert reason is ReviewReason.FIRST_DAYS


def _sampled(checkin_id: uuid.UUID, share: float) -> bool:
    reason = review_reason(checkin_id, worried=False, coach_started_on=LONG_AGO, today=TODAY, share=share)
    assert reason in (ReviewReason.SAMPLE, None)
    return reason is not None


@given(checkin_id=st.uuids(), one=SHARES, other=SHARES)
def test_a_larger_share_reads_all_that_a_smaller_one_did(checkin_id, one, other):
    assert _sampled(checkin_id, 1)
    assert not _sampled(checkin_id, 0)
    assert _sampled(checkin_id, max(one, other)) or not _sampled(checkin_id, min(one, other))
    assert _sampled(checkin_id, one) == _sampled(checkin_id, one)


def test_about_one_in_five_is_read():
    read = sum(_sampled(uuid.UUID(int=number), 0.2) for number in range(5000))
    assert 900 < read < 1100
