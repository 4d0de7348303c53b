"""How long a coach is new, and how long a passphrase is."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.accounts.rules import FIRST_DAYS, INVITATION_DAYS, LEAST_PASSPHRASE, MOST_PASSPHRASE, is_new, is_own_path

STARTED = dt.date(2026, 8, 1)


@pytest.mark.parametrize(("days", "new"), [(-1, True), (0, True), (89, True), (90, False), (91, False)])
def test_a_coach_is_new_for_ninety_days(days, new):
    assert is_new(STARTED, STARTED + dt.timedelta(days=days)) is new


@given(started_on=st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), days=st.integers(-400, 4000))
def test_who_is_no_longer_new_never_is_again(started_on, days):
    today = started_on + dt.timedelta(days=days)
    assert is_new(started_on, today) or not is_new(started_on, today + dt.timedelta(days=1))
    assert is_new(started_on, today) == (days < FIRST_DAYS)


def test_a_passphrase_may_be_long_and_an_invitation_holds_a_week():
    assert (LEAST_PASSPHRASE, MOST_PASSPHRASE, INVITATION_DAYS) == (15, 256, 7)


@pytest.mark.parametrize("text", ["/", "/today", "/people?q=x&page=2", "/%09/elsewhere"])
def test_a_path_of_ours_may_be_led_to(text):
    assert is_own_path(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "//elsewhere",
        "/\\elsewhere",
        "https://elsewhere",
        "https:elsewhere",
        "javascript:x",
        "/\ttoday",
        "/a\nb",
        "\\\\elsewhere",
        "/a\\b",
    ],
)
def test_nobody_is_led_elsewhere(text):
    assert not is_own_path(text)
