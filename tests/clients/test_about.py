"""The cards about a person, their own page, and the agreement that comes up again on the day you chose."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.clients import about, items
from coachdesk.clients.items import Item
from coachdesk.clients.models import Card
from coachdesk.clients.rules import CardKind
from coachdesk.reminders import facts
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.rules import due_items
from coachdesk.words import Refused, Stale
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import KEPT, TYPED, count, text_in

DAY = dt.timedelta(days=1)
WHEN: dict[str, Any] = {"now": MONDAY, "today": TODAY}
AGREED: dict[str, Any] = {"agreed_on": TODAY, "review_on": TODAY + 28 * DAY}


def _card(person, kind):
    return f"/people/{person}/about/{kind}"


def _day(name, day):
    return {f"{name}__day": str(day.day), f"{name}__month": str(day.month), f"{name}__year": str(day.year)}


def _write(session, cast, kind, words, version=0, **more):
    card = about.write_card(session, cast.dana, cast.marcus, kind, words=words, version=version, **more, **WHEN)
    session.commit()
    return card


def _wordings(session):
    session.rollback()
    return [(row.number, row.words) for row in session.scalars(sa.select(Card).order_by(Card.number))]


# ---- writing them ---------------------------------------------------------------------------------------------------


def test_an_empty_page_says_why_each_card_is_worth_having(reader, cast):
    page = reader("dana").opens(f"/people/{cast.marcus}/about")
    for why in (
        "What does Marcus wake up for?",
        "On a hard day this list is worth more than advice.",
        "Who and what is there in the other hours?",
        "Ask while things are well.",
        "Few things build trust faster.",
        "nothing is ever counted",
    ):
        assert why in page.main
    for words in (
        "Write it down together",
        "Write down strengths",
        "Agree on it",
        "Add somebody who helps",
        "Add a day",
    ):
        assert str(cast.marcus) in page.link(words)


@pytest.mark.parametrize("kind", CardKind)
def test_a_card_is_written_changed_and_emptied_and_every_wording_is_kept(reader, cast, session, kind):
    dana = reader("dana")
    page = dana.opens(_card(cast.marcus, kind))
    assert not page.soup.select("main input[checked]")
    page = dana.sends(words=TYPED)
    assert page.url == f"/people/{cast.marcus}/about"
    assert KEPT in page.main
    dana.opens(_card(cast.marcus, kind))
    assert "Second words" in dana.sends(words="Second words").main
    dana.opens(_card(cast.marcus, kind))
    assert "Second words" not in dana.sends(words="").main
    assert _wordings(session) == [(1, KEPT), (2, "Second words"), (3, "")]
    assert count(session, Card) == 3


def test_a_card_sent_twice_is_written_once(reader, cast, session):
    dana = reader("dana")
    form = dana.opens(_card(cast.marcus, "vision"))
    dana.sends(words="A garden")
    dana.page = form
    dana.sends(words="A garden")
    assert count(session, Card) == 1


def test_two_who_write_at_once_see_each_others_words(reader, cast, session):
    dana, ruth = reader("dana"), reader("ruth")
    for someone in (dana, ruth):
        someone.opens(_card(cast.marcus, "vision"))
    ruth.sends(words="A garden by the sea")
    page = dana.sends(status=409, words="A garden by the lake")
    assert "A garden by the sea" in page.main
    assert text_in(page, "words") == "A garden by the lake"
    dana.sends(words="A garden by the lake")
    assert _wordings(session) == [(1, "A garden by the sea"), (2, "A garden by the lake")]
    with pytest.raises(Stale):
        about.write_card(session, cast.dana, cast.marcus, CardKind.VISION, words="Late", version=1, **WHEN)


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("vision", {"words": " \x00\n "}, "Write a few words first."),
        ("lost", {"words": "x" * 100_000}, "96,000 characters too long"),
        ("agreement", {"words": "We ring.", **_day("agreed_on", TODAY + DAY)}, "Write the day you agreed on this"),
        ("agreement", {"words": "We ring.", **_day("review_on", TODAY)}, "Choose a day after today"),
        ("agreement", {"words": "We ring.", **_day("review_on", TODAY - DAY)}, "Choose a later day."),
        ("agreement", {"words": "We ring.", **_day("review_on", dt.date(2099, 1, 1))}, "more than ten years ahead"),
        (
            "agreement",
            {"words": "We ring.", "review_on__day": "31", "review_on__month": "2", "review_on__year": "2027"},
            "This must be a real day",
        ),
    ],
)
def test_what_makes_no_sense_gets_a_sentence_and_stays_in_its_box(reader, cast, session, kind, fields, sentence):
    dana = reader("dana")
    dana.opens(_card(cast.marcus, kind))
    page = dana.sends(status=422, **fields)
    assert sentence in page.soup.find(id="error-summary").get_text()
    assert text_in(page, "words") == fields["words"].replace("\x00", "").strip()
    for name, value in fields.items():
        if name != "words":
            assert page.soup.find("input", {"name": name.replace("__", "-")})["value"] == value
    assert count(session, Card) == 0


def test_there_is_no_card_of_another_name_and_none_of_anothers_person(reader, cast, session):
    dana = reader("dana")
    dana.opens(_card(cast.marcus, "vision"))
    for path in (_card(cast.marcus, "diagnosis"), _card(cast.aisha, "vision"), f"/people/{cast.hana}/about"):
        dana.opens(path, status=404)
    dana.posts(_card(cast.aisha, "vision"), status=404, words="Mine", version="0")
    assert count(session, Card) == 0


# ---- the agreement --------------------------------------------------------------------------------------------------


def _due(session, cast, name="dana", today=TODAY):
    known = facts.list_known(session, cast.staff[name])
    return [due for row in known for due in due_items(row.facts, today) if due.rule is Rule.AGREEMENT_REVIEW]


def test_an_agreement_comes_up_on_its_day_and_looking_at_it_clears_it(reader, cast, session, clock):
    _write(session, cast, CardKind.AGREEMENT, "We both say when we are late.", agreed_on=TODAY, review_on=TODAY + DAY)
    session.rollback()
    clock.move(days=1)
    dana = reader("dana")
    page = dana.opens("/today")
    assert "You chose Tuesday 24 November for looking at what you agreed together." in page.main
    dana.presses("Tomorrow", within="looking at what you agreed")
    assert "for looking at what you agreed" not in dana.page.main
    page = dana.presses("Undo")
    page = dana.opens(page.link("Look with Marcus T. at what you agreed"))
    assert "You chose 24 November for looking at this together." in page.main
    assert page.soup.find("input", {"name": "review_on-day"})["value"] == ""
    page = dana.sends(**_day("review_on", TODAY + 60 * DAY))
    assert "Look at it Fri 22 Jan" in page.main
    assert "for looking at what you agreed" not in dana.opens("/today").main
    assert [number for number, _words in _wordings(session)] == [1, 2]


def test_a_review_is_for_the_coach_of_the_day_and_only_for_what_stands(session, cast):
    first = _write(session, cast, CardKind.AGREEMENT, "We ring.", **AGREED)
    (due,) = _due(session, cast, today=TODAY + 25 * DAY)
    assert (due.subject, due.recipient, due.on) == (first.id, cast.dana.id, AGREED["review_on"])
    assert _due(session, cast, "imani", TODAY + 25 * DAY) == []
    second = _write(session, cast, CardKind.AGREEMENT, "We write.", 1, agreed_on=TODAY, review_on=TODAY + 30 * DAY)
    assert [due.subject for due in _due(session, cast, today=TODAY + 25 * DAY)] == [second.id]
    _write(session, cast, CardKind.AGREEMENT, "", 2, **AGREED)
    assert _due(session, cast, today=TODAY + 99 * DAY) == []


def test_a_review_day_that_has_come_and_stays_is_no_mistake(session, cast):
    days: dict[str, Any] = {"agreed_on": TODAY, "review_on": TODAY + DAY}
    _write(session, cast, CardKind.AGREEMENT, "We ring.", **days)
    later: dict[str, Any] = {"now": MONDAY + 9 * DAY, "today": TODAY + 9 * DAY}
    about.write_card(
        session, cast.dana, cast.marcus, CardKind.AGREEMENT, words="We ring or write.", version=1, **days, **later
    )
    with pytest.raises(Refused):
        about.write_card(
            session,
            cast.dana,
            cast.marcus,
            CardKind.AGREEMENT,
            words="We ring.",
            version=2,
            agreed_on=TODAY,
            review_on=TODAY + 2 * DAY,
            **later,
        )


def test_days_belong_to_the_agreement_alone(session, cast):
    card = _write(session, cast, CardKind.LOST, "Ring my aunt.", in_portal=True, **AGREED)
    assert (card.agreed_on, card.review_on, card.in_portal) == (None, None, False)


# ---- on the person's own page ---------------------------------------------------------------------------------------


def test_only_what_they_wanted_to_see_stands_on_their_own_page(reader, cast, session):
    marcus = reader("marcus")
    assert "The life I want" not in marcus.opens("/my-goals").main
    _write(session, cast, CardKind.VISION, "A garden of my own")
    _write(session, cast, CardKind.STRENGTHS, "I turn up\nI can cook", in_portal=True)
    _write(session, cast, CardKind.LOST, "Ring my aunt.", in_portal=True)
    _write(session, cast, CardKind.AGREEMENT, "We ring.", **AGREED)
    for words, shown in (("Keys to the room", True), ("A day for myself", False)):
        typed: dict[str, Any] = {"words": words, "marked_on": TODAY, "celebrate": "Tea.", "in_portal": shown}
        items.add_item(session, cast.dana, cast.marcus, Item.MILESTONE, **typed, **WHEN)
    session.commit()
    page = marcus.opens("/my-goals")
    for words in ("I turn up", "I can cook", "Keys to the room", "Tea."):
        assert words in page.main
    for words in ("A garden of my own", "Ring my aunt.", "We ring.", "A day for myself"):
        assert words not in page.text
    _write(session, cast, CardKind.VISION, "A garden of my own", 1, in_portal=True)
    assert "“A garden of my own”" in marcus.opens("/my-goals").main
    assert "A garden" not in reader("hana").opens("/my-goals").text


def test_the_words_of_the_own_page_are_short_sentences(reader, cast, session):
    _write(session, cast, CardKind.VISION, "A garden", in_portal=True)
    page = reader("marcus").opens("/my-goals")
    ours = ["You chose to see this here.", "Tell your coach when something should change.", "The life I want"]
    assert all(one in page.main for one in ours)
    assert all(len(one.split()) <= 15 for one in ours)
    assert all(a != b for a, b in pairwise(ours))
