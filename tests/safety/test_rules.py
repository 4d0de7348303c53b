"""Who hears of a worry about safety is said by name, and it is said when nobody does."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.safety.rules import (
    DANGER_WORDS,
    DONE_WORDS,
    FAR_DAYS,
    KIND_WORDS,
    PLAN_PARTS,
    ConcernKind,
    Danger,
    Done,
    ToldAs,
    clock_words,
    due_at_after,
    due_at_first,
    may_undo,
    minutes_over,
    next_told,
    refuse_bad_moment,
    since_words,
    split_numbers,
    told,
    will_be_told,
)
from coachdesk.words import Refused

NAMES = st.lists(st.sampled_from(["Ruth M.", "Omar H.", "Ada", "Noor B."]), unique=True, max_size=4)


@pytest.mark.parametrize(
    ("supervisors", "administrators", "sentence"),
    [
        (["Ruth"], ["Lund"], "Ruth was told straight away."),
        (["Ruth", "Omar"], [], "Ruth and Omar were told straight away."),
        (["Ruth", "Omar", "Ada"], [], "Ruth, Omar and Ada were told straight away."),
        (
            [],
            ["Lund"],
            (
                "There was no supervisor to tell. Lund heard that a concern is waiting, without a name. "
                "Please reach somebody in person too."
            ),
        ),
        ([], [], "Nobody could be told from here. Please reach somebody in person now."),
    ],
)
def test_who_was_told_is_said(supervisors, administrators, sentence):
    assert str(told(supervisors, administrators)) == sentence


@pytest.mark.parametrize(
    ("supervisors", "sentence"),
    [
        (["Ruth"], "When you save, Ruth is told straight away. You do not have to carry this alone."),
        (["Ruth", "Omar"], "When you save, Ruth and Omar are told straight away. You do not have to carry this alone."),
        (
            [],
            (
                "There is no supervisor to tell. When you save, the administrators hear that a concern is waiting, "
                "without a name. Please reach somebody in person too."
            ),
        ),
    ],
)
def test_who_will_be_told_is_said_before_saving(supervisors, sentence):
    assert str(will_be_told(supervisors)) == sentence


@given(supervisors=NAMES, administrators=NAMES)
def test_everybody_who_was_told_is_named_and_nobody_else(supervisors, administrators):
    sentence = str(told(supervisors, administrators))
    heard = supervisors or administrators
    assert all(name in sentence for name in heard)
    assert not any(name in sentence for name in {"Ruth M.", "Omar H.", "Ada", "Noor B."} - set(heard))


def test_where_no_mail_can_go_whoever_sees_it_in_the_app_alone_is_to_be_rung_too():
    alone = " No mail can be sent from here, so it is seen only in CoachDesk. Please ring them too."
    for names in (["Ruth"], ["Ruth", "Omar"]):
        assert str(told(names, [], mailed=False)) == f"{told(names, [])}{alone}"
        assert str(will_be_told(names, mailed=False)) == f"{will_be_told(names)}{alone}"
    assert told([], ["Lund"], mailed=False) == told([], ["Lund"])
    assert told([], [], mailed=False) == told([], [])


@given(supervisors=NAMES, administrators=NAMES)
def test_while_nothing_goes_out_nobody_is_said_to_be_told_and_you_are_asked_to_reach_somebody(
    supervisors, administrators
):
    for sentence in (told(supervisors, administrators, late=True), will_be_told(supervisors, late=True)):
        assert "straight away" not in str(sentence)
        assert "reach somebody in person" in str(sentence)
    assert all(name in str(will_be_told(supervisors, late=True)) for name in supervisors)
    assert all(name in str(told(supervisors, [], late=True)) for name in supervisors)


@given(supervisors=NAMES, administrators=NAMES)
def test_without_a_supervisor_you_are_asked_to_reach_somebody_in_person(supervisors, administrators):
    for sentence in (told(supervisors, administrators), will_be_told(supervisors)):
        assert ("reach somebody in person" in str(sentence)) == (not supervisors)


def test_somebody_is_told_as_supervisor_or_as_administrator():
    assert set(ToldAs) == {ToldAs.SUPERVISOR, ToldAs.ADMINISTRATOR}


# ---- the clock ----------------------------------------------------------------------------------------------------

MOMENTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
SHORT, LONG = st.integers(5, 120), st.integers(30, 1440)
DANGERS = st.sampled_from([None, *Danger])


@given(raised=MOMENTS, danger=DANGERS, short=SHORT, long=LONG)
def test_what_nobody_knows_runs_by_the_clock_of_danger(raised, danger, short, long):
    due = due_at_first(raised, danger, danger_minutes=short, worry_minutes=long)
    assert due - raised == dt.timedelta(minutes=long if danger is Danger.NO else short)


@given(
    raised=MOMENTS, first=DANGERS, then=st.sampled_from(Danger), later=st.integers(-3000, 3000), short=SHORT, long=LONG
)
def test_more_that_is_said_never_puts_danger_off_and_no_danger_counts_from_raising(
    raised, first, then, later, short, long
):
    limits = {"danger_minutes": short, "worry_minutes": long}
    before = due_at_first(raised, first, **limits)
    due = due_at_after(raised, before, then, said_at=raised + dt.timedelta(minutes=later), **limits)
    if then is Danger.NO:
        assert due == raised + dt.timedelta(minutes=long)
    else:
        assert due <= before
        assert due >= min(before, raised + dt.timedelta(minutes=short))


@given(due=MOMENTS, by=st.integers(-100_000, 100_000))
def test_a_clock_that_went_back_is_never_less_than_none_over(due, by):
    now = due + dt.timedelta(seconds=by)
    assert minutes_over(due, now) == max(0, by // 60)
    said = str(clock_words(due, now, due))
    assert ("over" in said) == (by >= 0)


def test_the_clock_is_said_in_words():
    due = dt.datetime(2026, 11, 23, 14, 55, tzinfo=dt.UTC)
    local = due.replace(hour=9)
    assert str(since_words(local.replace(minute=40), local.date())) == "Waiting since 9:40 am"
    assert str(since_words(local, dt.date(2026, 11, 24))) == "Waiting since Mon 23 Nov, 9:55 am"
    for minutes, words in (
        (-1, "Somebody should have this by 9:55 am."),
        (1, "1 minute over"),
        (12, "12 minutes over"),
        (119, "119 minutes over"),
        (120, "2 hours over"),
    ):
        assert str(clock_words(due, due + dt.timedelta(minutes=minutes), local)) == words


PEOPLE = st.lists(st.integers(0, 9), unique=True)


@given(over=st.booleans(), told=PEOPLE, supervisors=PEOPLE, administrators=PEOPLE)
def test_the_chain_tells_nobody_twice_and_supervisors_before_administrators(over, told, supervisors, administrators):
    by_name, nameless = next_told(over=over, told=told, supervisors=supervisors, administrators=administrators)
    assert not set(by_name + nameless) & set(told)
    assert not (by_name and nameless)
    assert over or not (by_name or nameless)
    if over:
        # Step by step everybody in the chain hears, and then nobody is left.
        heard = [*told, *by_name, *nameless]
        for _step in range(2):
            by_name, nameless = next_told(over=True, told=heard, supervisors=supervisors, administrators=administrators)
            heard += [*by_name, *nameless]
        assert set(supervisors) | set(administrators) <= set(heard)


@given(now=MOMENTS, ago=st.integers(-10_000, 600 * 24 * 60))
def test_what_was_done_lies_behind_us_and_within_a_year(now, ago):
    at = now - dt.timedelta(minutes=ago)
    if 0 <= ago <= FAR_DAYS * 24 * 60:
        refuse_bad_moment(at, now, "hour")
        return
    with pytest.raises(Refused) as refusal:
        refuse_bad_moment(at, now, "hour")
    assert refusal.value.at == "hour"


@given(at=MOMENTS, later=st.integers(-5000, 5000))
def test_closing_can_be_taken_back_for_ten_minutes(at, later):
    assert may_undo(at, at + dt.timedelta(seconds=later)) == (later <= 600)


def test_every_word_has_its_sentence_and_the_plan_its_six_parts():
    assert set(KIND_WORDS) == set(ConcernKind)
    assert set(DANGER_WORDS) == set(Danger)
    assert set(DONE_WORDS) == set(Done)
    assert len(PLAN_PARTS) == 6


# ---- numbers in a plan ----------------------------------------------------------------------------------------------


@given(st.text(alphabet="0123456789+() .-\nNia,", max_size=60))
def test_pieces_are_the_text_and_what_is_dialled_is_a_number(text):
    pieces = split_numbers(text)
    assert "".join(words for words, _number in pieces) == text
    for words, number in pieces:
        assert not number or number.removeprefix("+") == "".join(filter(str.isdigit, words))


@pytest.mark.parametrize(
    ("text", "dialled"),
    [
        ("My sister 555 010 2030, after six", ["5550102030"]),
        ("+1 (555) 010-2030 or (555) 010-2031.", ["+15550102030", "5550102031"]),
        ("555 0100\n555 0199", ["5550100", "5550199"]),
        ("Since 24.11.2026, 2026-11-24, 2019-2024; 9.00-17.00, room 12", []),
        ("555 010 2030 555 010 2031", []),
        ("No number here, 988 stands below", []),
    ],
)
def test_numbers_are_found_in_what_was_written_and_days_are_none(text, dialled):
    assert [number for _words, number in split_numbers(text) if number] == dialled


def test_a_number_that_is_ruled_out_stays_text():
    assert split_numbers("Ring +1 555 010 2030", ["555 010 2030"]) == [("Ring +1 555 010 2030", "")]
