"""The outreach ladder: when somebody is tried again, how, and when the supervisor hears."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coachdesk.checkins.rules import (
    TRY_WORDS,
    NextTry,
    Reach,
    Tries,
    TryBy,
    Used,
    ending,
    is_at_risk,
    next_try,
    tried_words,
)
from coachdesk.organisation.rules import (
    DEFAULT_LADDER,
    LAST_RUNG_DAY,
    RUNG_WORDS,
    Rung,
    RungAct,
    halved,
    ladder_of,
    refuse_bad_ladder,
)
from coachdesk.words import Refused

FRIDAY = dt.date(2026, 11, 20)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31))
REACHES = st.builds(Reach, *[st.booleans()] * 6)
ALL = Reach(may_call=True, may_text=True, may_email=True, may_voicemail=True, has_phone=True, has_email=True)
TEXT_ONLY = Reach(may_text=True, has_phone=True, has_email=True)
ASKED = {TryBy.CALL: "may_call", TryBy.TEXT: "may_text", TryBy.EMAIL: "may_email"}
ACTS = st.sampled_from([RungAct.TRY, RungAct.TELL, RungAct.WARM])


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Rung, ...]:
    """Draw a ladder that an organisation may set."""
    days = sorted(draw(st.sets(st.integers(0, LAST_RUNG_DAY), min_size=2, max_size=10)))
    rungs = [Rung(day, draw(ACTS)) for day in days]
    return (*rungs[:-1], Rung(days[-1], draw(st.sampled_from(RungAct))))


@st.composite
def rows_of_tries(draw: st.DrawFn) -> list[dt.date]:
    """Draw one to twelve tries, oldest first; some may fall on the same day."""
    gaps = draw(st.lists(st.integers(0, 45), max_size=11))
    return list(accumulate(gaps, lambda day, gap: day + dt.timedelta(days=gap), initial=draw(DAYS)))


def _next(days, ladder=DEFAULT_LADDER, reach=ALL, **more) -> NextTry:
    found = next_try(Tries(tuple(days), **more), ladder, reach)
    assert found is not None
    return found


def _words(days, ladder=DEFAULT_LADDER, reach=ALL, **more) -> str:
    tries = Tries(tuple(days), **more)
    return str(tried_words(tries, _next(days, ladder, reach, **more), reach))


# ---- what an organisation may set


def test_every_way_and_every_step_has_its_words():
    assert set(TRY_WORDS) == set(TryBy)
    assert set(RUNG_WORDS) == set(RungAct)


@given(ladder=ladders())
def test_a_ladder_whose_days_rise_is_taken_and_kept_as_it_is(ladder):
    refuse_bad_ladder(ladder, at="rungs")
    assert ladder_of([[rung.day, rung.act.value] for rung in ladder]) == ladder


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([], "at least two steps"),
        ([3], "at least two steps"),
        (range(11), "at most ten"),
        ([0, 7, 7], "later day"),
        ([0, 14, 7], "later day"),
        ([0, 91], "between day 1 and day 90"),
        ([-1, 3], "between day 1 and day 90"),
    ],
)
def test_a_ladder_that_cannot_be_climbed_is_refused(days, sentence):
    with pytest.raises(Refused, match=sentence):
        refuse_bad_ladder([Rung(day, RungAct.TRY) for day in days], at="rungs")


def test_after_deciding_there_is_no_further_step():
    with pytest.raises(Refused, match="last step"):
        refuse_bad_ladder([Rung(0, RungAct.DECIDE), Rung(7, RungAct.TRY)], at="rungs")


# ---- when


@pytest.mark.parametrize(
    ("tries", "again", "act"),
    [
        (1, dt.date(2026, 11, 23), RungAct.TRY),
        (2, dt.date(2026, 11, 27), RungAct.TRY),
        (3, dt.date(2026, 12, 4), RungAct.TELL),
        (4, dt.date(2026, 12, 11), RungAct.WARM),
        (5, dt.date(2026, 12, 21), RungAct.DECIDE),
        (6, dt.date(2027, 1, 20), RungAct.TRY),
        (7, dt.date(2027, 2, 19), RungAct.TRY),
    ],
)
def test_the_ladder_goes_on_from_the_first_try(tries, again, act):
    """Tried on Friday 20 November and then each time the ladder said."""
    made = [FRIDAY]
    while len(made) < tries:
        made.append(_next(made).on)
    assert (_next(made).on, _next(made).act) == (again, act)


@given(tries=rows_of_tries(), ladder=ladders(), shuffled=st.randoms())
def test_the_next_try_comes_after_the_last_on_a_working_day_in_whatever_order_they_are_told(tries, ladder, shuffled):
    again = _next(tries, ladder)
    assert again.on > tries[-1]
    assert again.on.weekday() < 5
    told = list(tries)
    shuffled.shuffle(told)
    assert _next(told, ladder) == again


@given(tries=rows_of_tries(), ladder=ladders())
def test_one_try_more_never_brings_the_next_one_nearer(tries, ladder):
    days = [_next(tries[:made], ladder).on for made in range(1, len(tries) + 1)]
    assert all(earlier <= later for earlier, later in pairwise(days))


@given(first=DAYS)
def test_after_a_first_try_it_is_the_next_working_day(first):
    assert dt.timedelta(days=1) <= _next([first]).on - first <= dt.timedelta(days=3)


@given(tries=rows_of_tries(), ladder=ladders(), days=st.integers(-20, 60))
def test_a_day_chosen_at_the_last_try_comes_before_the_ladders(tries, ladder, days):
    chosen = tries[-1] + dt.timedelta(days=days)
    again = _next(tries, ladder, chosen_on=chosen)
    assert again.on == (chosen if days > 0 else _next(tries, ladder).on)


@given(tries=rows_of_tries(), ladder=ladders(), reach=REACHES)
def test_it_stops_where_somebody_asked_us_to_and_has_not_begun_where_nobody_was_tried(tries, ladder, reach):
    assert next_try(Tries(tuple(tries), stopped_on=tries[-1]), ladder, reach) is None
    assert next_try(Tries(), ladder, reach) is None


# ---- sooner


def test_the_usual_ladder_in_half_the_days():
    assert [rung.day for rung in halved(DEFAULT_LADDER)] == [0, 1, 4, 7, 11, 15]


@given(ladder=ladders())
def test_a_halved_ladder_is_one_an_organisation_could_set_and_never_later(ladder):
    refuse_bad_ladder(halved(ladder), at="rungs")
    assert all(half.day <= rung.day and half.act is rung.act for half, rung in zip(halved(ladder), ladder, strict=True))


@given(tries=rows_of_tries(), ladder=ladders())
def test_the_next_try_of_a_halved_ladder_is_never_later(tries, ladder):
    assert _next(tries, halved(ladder)).on <= _next(tries, ladder).on


@pytest.mark.parametrize(("days_before", "sooner"), [(0, True), (30, True), (31, False), (400, False)])
def test_what_happened_counts_for_thirty_days_before_the_first_try(days_before, sooner):
    happened = [FRIDAY - dt.timedelta(days=days_before)]
    assert is_at_risk(Tries((FRIDAY + dt.timedelta(days=9), FRIDAY)), happened, worried=False) == sooner


def test_a_worry_that_is_open_counts_as_long_as_it_is_and_nothing_does_before_a_try():
    assert is_at_risk(Tries((FRIDAY,)), [], worried=True)
    assert not is_at_risk(Tries(), [FRIDAY], worried=True)


def test_sooner_says_so_and_no_more():
    tries = Tries((FRIDAY,))
    said = str(tried_words(tries, _next([FRIDAY]), ALL, sooner=True))
    assert said.endswith("Sooner than usual, after what happened lately.")


def test_a_number_that_did_not_work_is_said_so():
    said = _words([FRIDAY], reach=Reach(may_call=True, is_wrong=True))
    assert said == "Tried once. Next: Monday 23 November. The number did not work; find another way to reach them."


# ---- how


@given(tries=rows_of_tries(), ladder=ladders(), reach=REACHES, last=st.none() | st.sampled_from(TryBy))
def test_no_way_is_ever_proposed_that_was_ruled_out_or_cannot_be(tries, ladder, reach, last):
    again = _next(tries, ladder, reach, last_way=last)
    if again.way is None:
        assert again.act is RungAct.DECIDE or not reach.ways
        return
    assert again.way in reach.ways
    assert getattr(reach, ASKED[again.way])
    assert reach.has_email if again.way is TryBy.EMAIL else reach.has_phone


@given(tries=rows_of_tries(), ladder=ladders(), reach=REACHES, last=st.sampled_from(TryBy))
def test_it_is_another_way_than_the_last_where_there_is_one(tries, ladder, reach, last):
    again = _next(tries, ladder, reach, last_way=last)
    if again.act in (RungAct.TRY, RungAct.TELL) and set(reach.ways) - {last}:
        assert again.way is not last


@given(reach=REACHES, last=st.none() | st.sampled_from(TryBy))
def test_a_warm_word_is_written_where_writing_is_agreed(reach, last):
    ladder = (Rung(0, RungAct.TRY), Rung(3, RungAct.WARM))
    again = _next([FRIDAY], ladder, reach, last_way=last)
    if {TryBy.TEXT, TryBy.EMAIL} & set(reach.ways):
        assert again.way in (TryBy.TEXT, TryBy.EMAIL)


@given(reach=REACHES)
def test_only_what_is_agreed_may_be_said_to_have_been_used(reach):
    assert (Used.PHONE in reach.usable) == (reach.has_phone and (reach.may_call or reach.may_text))
    assert (Used.EMAIL in reach.usable) == (reach.has_email and reach.may_email)


@given(digits=st.text("0123456789", min_size=7, max_size=15))
def test_a_number_is_named_by_its_last_digits_alone(digits):
    said = str(ending(f"+{digits}"))
    assert said.endswith(digits[-4:])
    assert digits not in said


def test_an_address_is_not_written_out():
    assert str(ending("marcus.tell@mail.example")) == "E-mail m…@mail.example"


# ---- in words


@pytest.mark.parametrize(
    ("days", "reach", "more", "words"),
    [
        (1, ALL, {}, "Tried once. Next: a call on Monday 23 November."),
        (1, ALL, {"last_way": TryBy.CALL}, "Tried once. Next: a text on Monday 23 November."),
        (
            2,
            TEXT_ONLY,
            {"chosen_on": dt.date(2026, 12, 3)},
            "Tried twice. Next: a text on Thursday 3 December. Calls are ruled out.",
        ),
        (
            1,
            replace(ALL, may_voicemail=False, may_text=False),
            {},
            "Tried once. Next: a call on Monday 23 November. Leave no message. Texts are ruled out.",
        ),
        (
            1,
            Reach(may_email=True, has_email=True),
            {},
            "Tried once. Next: an e-mail on Monday 23 November. Calls and texts are ruled out.",
        ),
        (3, ALL, {}, "Tried 3 times. Next: a call on Friday 4 December. Your supervisor hears of it too."),
        (4, ALL, {}, "Tried 4 times. Next: a warm text on Friday 11 December that asks for nothing."),
        (
            5,
            ALL,
            {},
            "Tried 5 times. On Monday 21 December, decide with your supervisor how to go on. The door stays open.",
        ),
        (
            1,
            Reach(has_phone=True),
            {},
            "Tried once. Next: Monday 23 November. No call, text or e-mail is agreed; ask your supervisor how to go on.",
        ),
    ],
)
def test_a_try_says_what_comes_next(days, reach, more, words):
    assert _words([FRIDAY] * days, reach=reach, **more) == words


@given(tries=rows_of_tries(), ladder=ladders(), reach=REACHES, last=st.none() | st.sampled_from(TryBy))
def test_the_words_never_propose_what_was_ruled_out(tries, ladder, reach, last):
    said = _words(tries, ladder, reach, last_way=last)
    assert reach.may_call or "a call on" not in said
    assert reach.may_text or "text on" not in said
    assert reach.may_email or "e-mail on" not in said


# ---- the supervisor


@given(days=st.lists(DAYS, min_size=3, max_size=20), shuffled=st.randoms())
def test_the_supervisor_hears_at_the_third_try_or_after_two_weeks(days, shuffled):
    told = list(days)
    shuffled.shuffle(told)
    two_weeks = min(days) + dt.timedelta(days=14)
    heard = Tries(tuple(told)).told_on()
    assert heard <= sorted(days)[2]
    assert heard == sorted(days)[2] or two_weeks <= heard <= two_weeks + dt.timedelta(days=2)


@given(tries=rows_of_tries(), ladder=ladders())
def test_the_supervisor_hears_on_the_ladders_own_day_at_the_latest(tries, ladder):
    tell = next((rung for rung in ladder if rung.act is RungAct.TELL), None)
    heard = Tries(tuple(tries)).told_on(ladder)
    if tell is None:
        assert heard is None
        return
    assert tries[0] <= heard <= tries[0] + dt.timedelta(days=tell.day + 2)


@given(tries=rows_of_tries(), ladder=ladders(), stopped=st.data())
def test_the_supervisor_hears_at_once_that_somebody_asked_us_to_stop(tries, ladder, stopped):
    day = stopped.draw(st.sampled_from(tries))
    calm, asked = Tries(tuple(tries)), Tries(tuple(tries), stopped_on=day)
    assert (asked.told_on(ladder), asked.step_on(ladder)) == (day, calm.told_on(ladder))


@given(tries=rows_of_tries(), ladder=ladders(), reach=REACHES, late=st.integers(0, 9))
def test_a_step_whose_day_is_over_is_said_to_have_been_due_and_never_to_be_next(tries, ladder, reach, late):
    again = _next(tries, ladder, reach)
    said = str(tried_words(Tries(tuple(tries)), again, reach, today=again.on + dt.timedelta(days=late)))
    assert ("Next:" in said) is (late == 0 and again.act is not RungAct.DECIDE)
    assert ("due on" in said or "Since " in said) is (late > 0)


@given(ladder=ladders(), tries=rows_of_tries())
def test_a_first_step_that_tells_tells_at_the_first_try(ladder, tries):
    assume(ladder[0].day == 0)
    assert Tries(tuple(tries)).told_on((Rung(0, RungAct.TELL), *ladder[1:])) <= tries[0] + dt.timedelta(days=2)
