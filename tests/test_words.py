"""A sentence is a value until the reader's language is known; days and hours are written the way people say them."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk import words
from coachdesk.words import NotFound, Refused, Sentence, Stale, hour, long_day, mark, say, say_n, short_day, weekday

DAY = dt.date(2026, 11, 13)


@given(text=st.text())
def test_marking_a_text_leaves_it_as_it_is(text):
    assert mark(text) == text
    assert str(Sentence(text)) == text


@given(text=st.text())
def test_what_somebody_wrote_is_repeated_as_they_wrote_it(text):
    assert str(say("They said: %(text)s", text=text)) == f"They said: {text}"


@pytest.mark.parametrize(
    ("place", "written"),
    [("day", "13 November"), ("weekday", "Friday 13 November"), ("short", "Fri 13 Nov"), ("until", "13 November")],
)
def test_a_day_is_written_by_the_name_of_its_place(place, written):
    assert str(say(f"%({place})s", **{place: DAY})) == written


def test_the_three_ways_to_write_a_day():
    assert (long_day(DAY), weekday(DAY), short_day(DAY)) == ("13 November", "Friday 13 November", "Fri 13 Nov")


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (dt.time(0), "12:00 am"),
        (dt.time(0, 5), "12:05 am"),
        (dt.time(9, 30), "9:30 am"),
        (dt.time(11, 59), "11:59 am"),
        (dt.time(12), "12:00 pm"),
        (dt.time(14, 30), "2:30 pm"),
        (dt.time(23, 59), "11:59 pm"),
    ],
)
def test_an_hour_is_written_on_the_twelve_hour_clock(at, written):
    assert hour(at) == written
    assert str(say("At %(at)s.", at=at)) == f"At {written}."


@given(one=st.times(), other=st.times())
def test_two_minutes_of_a_day_are_never_written_alike(one, other):
    assert (hour(one) == hour(other)) == ((one.hour, one.minute) == (other.hour, other.minute))


@given(n=st.integers(0, 1000))
def test_one_of_something_is_singular_and_any_other_number_plural(n):
    assert str(say_n("%(n)s step", "%(n)s steps", n)) == f"{n} step{'' if n == 1 else 's'}"


def test_a_sentence_with_a_plural_takes_other_values_too():
    assert str(say_n("%(n)s step of %(name)s", "%(n)s steps of %(name)s", 2, name="Lena")) == "2 steps of Lena"


def test_the_readers_language_is_asked_for_one_many_and_the_number():
    asked = []

    def translate(one, many, n):
        asked.append((one, many, n))
        return "%(n)s pasos"

    assert say_n("%(n)s step", "%(n)s steps", 3).written(translate) == "3 pasos"
    assert say("Saved.").written(lambda one, _many, _n: one.upper()) == "SAVED."
    assert asked == [("%(n)s step", "%(n)s steps", 3)]


def test_a_sentence_may_be_followed_by_others_each_translated_by_itself():
    both = say("Tried twice.").followed_by(say("Next: %(day)s.", day=DAY), say_n("%(n)s day", "%(n)s days", 3))
    assert str(both) == "Tried twice. Next: 13 November. 3 days"
    asked: list[str] = []

    def note(one: str, _many: str, _n: int) -> str:
        asked.append(one)
        return one

    both.written(note)
    assert asked == ["Tried twice.", "Next: %(day)s.", "%(n)s day"]
    assert str(say("Saved.").followed_by()) == "Saved."


def test_a_day_of_another_year_says_which_wherever_the_reader_could_take_it_for_another():
    both = say("Until %(day)s.", day=dt.date(2027, 1, 1)).followed_by(say("Since %(short)s.", short=DAY))

    def year(day: dt.date) -> str:
        return "" if day.year == DAY.year else f" {day.year}"

    assert both.written(lambda one, _many, _n: one, year) == "Until 1 January 2027. Since Fri 13 Nov."
    assert str(both) == "Until 1 January. Since Fri 13 Nov."


def test_a_sentence_without_a_plural_is_its_own_plural():
    assert Sentence("Saved.").written(lambda _one, many, _n: many) == "Saved."


def test_a_refusal_keeps_its_sentence_and_the_field_it_stands_at():
    refused = Refused(say("Until %(day)s.", day=DAY), "planned_on")
    assert str(refused) == "Until 13 November."
    assert refused.at == "planned_on"
    assert Refused("Choose a day.").sentence == Sentence("Choose a day.")
    assert Refused("Choose a day.").at is None


def test_not_found_and_stale_are_no_refusals():
    assert not issubclass(NotFound, Refused)
    assert not issubclass(Stale, Refused)


def _marked(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "mark"]


def test_every_marked_text_is_one_plain_text_so_that_the_catalogue_finds_it():
    house = Path(words.__file__).parent
    marked = [(path, call) for path in sorted(house.rglob("*.py")) for call in _marked(path)]
    assert marked
    unreadable = [
        f"{path.relative_to(house)}:{call.lineno}"
        for path, call in marked
        if not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
    ]
    assert unreadable == []


def test_a_sentence_within_a_sentence_is_translated_by_itself() -> None:
    whole = say("A plan with %(name)s", name=say("somebody"))
    assert str(whole) == "A plan with somebody"
    hindi = {"A plan with %(name)s": "%(name)s के साथ योजना", "somebody": "किसी"}
    assert whole.written(lambda one, _many, _n: hindi[one]) == "किसी के साथ योजना"
