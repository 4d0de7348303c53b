"""What a reader may choose about being told: pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.notify.messages import Channel
from coachdesk.reminders.prefs import (
    NEVER,
    USUAL,
    Prefs,
    asks_to_stop,
    is_same_number,
    normal_number,
    refuse_bad,
    refuse_bad_quiet,
)
from coachdesk.words import Refused

HOURS = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
ZONE = ZoneInfo("America/New_York")


@given(hour=HOURS, begins=HOURS, ends=HOURS, day=st.integers(0, 400))
def test_an_hour_that_may_be_chosen_is_never_quiet(hour, begins, ends, day):
    prefs = Prefs(hour=hour, quiet_from=begins, quiet_until=ends)
    moment = dt.datetime.combine(dt.date(2026, 1, 1) + dt.timedelta(days=day), hour, tzinfo=ZONE)
    if moment.astimezone(dt.UTC).astimezone(ZONE).time() != hour:
        return  # the hour that the clocks skip
    if prefs.quiet_end(moment, ZONE) is None:
        refuse_bad(prefs)
    else:
        with pytest.raises(Refused):
            refuse_bad(prefs)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+1 555 010 2030", "+15550102030"),
        ("+1 (555) 010-2030", "+15550102030"),
        ("0049 30 123456", "+4930123456"),
        ("+44.20.7946.0958", "+442079460958"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_number_is_taken_as_people_write_it(typed, number):
    assert normal_number(typed) == number


@pytest.mark.parametrize(
    "typed", ["555 010 2030", "+0 555 010 2030", "+1 555", "my phone", "+1 555 010 2030 ext. 4", "+١٥٥٥٠١٠٢٠٣٠"]
)
def test_a_number_without_its_country_is_refused_with_an_example(typed):
    with pytest.raises(Refused, match="code of its country") as refusal:
        normal_number(typed)
    assert refusal.value.at == "phone"


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_number_for_a_gateway_or_refused(typed):
    try:
        number = normal_number(typed)
    except Refused:
        return
    assert number == "" or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())


@pytest.mark.parametrize(
    "said",
    [
        "STOP",
        "stop",
        " Stop. ",
        "STOP ALL",
        "stopall",
        "Unsubscribe",
        "CANCEL",
        "End",
        "quit!",
        "“Stop”",
        "REVOKE",
        "opt out",
        "Opt-Out",
        "OPTOUT",
        "stop please",
        "Please STOP now",
        "stop texting me, thank you",
    ],
)
def test_stop_is_heard_however_it_is_written(said):
    assert asks_to_stop(said) is True


@pytest.mark.parametrize("said", ["START", "start", "UNSTOP", "start please", "opt in"])
def test_so_is_start(said):
    assert asks_to_stop(said) is False


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Yes",
        "I cannot stop thinking of it",
        "please do not stop",
        "the end is near",
        "thank you",
        "please",
        "end of the week",
    ],
)
def test_whatever_else_is_answered_is_nothing_for_us(said):
    assert asks_to_stop(said) is None


@given(
    country=st.integers(1, 999).map(str),
    rest=st.from_regex(r"[1-9][0-9]{6,9}", fullmatch=True),
    before=st.sampled_from(["+", "00", ""]),
)
def test_a_number_is_the_same_however_it_is_given(country, rest, before):
    number = f"+{country}{rest}"
    assert is_same_number(number, f"{before}{country}{rest}")
    assert is_same_number(number, f"0{rest}")
    assert is_same_number(number, f" ({rest[:3]}) {rest[3:]}")
    assert not is_same_number(number, f"{number}1")
    assert not is_same_number(number, rest[-4:])


@pytest.mark.parametrize(
    ("prefs", "at"),
    [
        (replace(USUAL, days=frozenset()), "days"),
        (replace(USUAL, channels=frozenset({Channel.TEXT})), "phone"),
        (replace(USUAL, hour=dt.time(22)), "hour"),
        (replace(USUAL, hour=dt.time(6, 59)), "hour"),
    ],
)
def test_what_could_never_be_told_is_refused_at_its_field(prefs, at):
    with pytest.raises(Refused) as refusal:
        refuse_bad(prefs)
    assert refusal.value.at == at


def test_a_chat_that_writes_to_one_reader_needs_their_name_and_a_room_does_not():
    chat = replace(USUAL, channels=frozenset({Channel.CHAT}))
    refuse_bad(chat)
    with pytest.raises(Refused, match="name in the chat"):
        refuse_bad(chat, named=True)


def test_who_is_told_nothing_may_have_no_days_and_who_is_never_quiet_any_hour():
    refuse_bad(replace(NEVER, days=frozenset()))
    refuse_bad(replace(USUAL, hour=dt.time(3), quiet_from=dt.time(), quiet_until=dt.time()))


def test_quiet_hours_have_two_ends_apart_or_none():
    refuse_bad_quiet(None, None)
    refuse_bad_quiet(dt.time(21), dt.time(7))
    for begins, ends in ((dt.time(21), None), (dt.time(21), dt.time(21)), (dt.time(), dt.time())):
        with pytest.raises(Refused):
            refuse_bad_quiet(begins, ends)
