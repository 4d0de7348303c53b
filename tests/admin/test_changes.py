"""Each change of settings, of choices and of a rhythm can be read in the trail: what, from what, to what."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.admin.changes import TEXTS, change_words, fields_beside
from coachdesk.audit import AuditEntry
from coachdesk.notify import Channel
from coachdesk.organisation import ways
from coachdesk.reminders import choosing
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.prefs import OffWhy, Prefs
from tests.cast import MONDAY
from tests.gateway import Gateway, add_way


def _trail(reader: Any) -> str:
    words: str = reader("admin").opens("/admin/trail").main
    return words


def _details(session: Any) -> list[Any]:
    session.rollback()
    found: list[Any] = list(session.scalars(sa.select(AuditEntry.details).order_by(AuditEntry.id)))
    return found


@pytest.mark.parametrize(
    ("rule", "fields", "sentence"),
    [
        ("visit-tomorrow", {"state": "off"}, "A visit is tomorrow: on → off"),
        ("goals-untouched", {"number": "6"}, "Goals were not spoken of, weeks: 4 → 6"),
        ("referral-waiting", {"days_sent": "5"}, "A referral waits, days of “Sent”: 2 → 5"),
        (
            "no-goal",
            {"to": ["coach", "supervisor"]},
            "No goal yet, who hears it: The coach, or whoever covers → The coach, or whoever covers, The supervisor",
        ),
        ("help-asked", {"leaving": ["email"]}, "Help was asked for, by what: Chat, E-mail, Text message → E-mail"),
        ("milestone", {"leaving": []}, "A day to mark, by what: Chat, E-mail, Text message → none"),
    ],
)
def test_a_change_of_a_rule_says_which_and_from_what_to_what(reader, rule, fields, sentence):
    admin = reader("admin")
    admin.opens(f"/admin/settings/reminders/{rule}")
    admin.sends(**fields)
    assert sentence in _trail(reader)


def test_what_was_saved_as_it_was_changed_nothing_and_says_so(reader, session):
    admin = reader("admin")
    admin.opens("/admin/settings/reminders/no-goal")
    admin.sends()
    assert {"fields": ["reminder no_goal"], "changes": []} in _details(session)
    words = _trail(reader)
    assert "No goal yet: saved as it was" in words
    assert "no_goal" not in words
    assert "→" not in words


def test_a_readers_own_choices_are_told_without_their_number(reader, session, cast):
    prefs = Prefs(
        hour=dt.time(9, 30),
        days=frozenset({0, 2}),
        channels=frozenset(),
        each=True,
        phone="+15550102030",
        chat_name="d",
    )
    choosing.choose(session, cast.dana, prefs, version=0, now=MONDAY)
    session.commit()
    words = _trail(reader)
    for sentence in (
        "Hour: 8:00 am → 9:30 am",
        "Days: Mon, Tue, Wed, Thu, Fri, Sat, Sun → Mon, Wed",
        "By what, beside the app: E-mail → none",
        "How often: once a day, all together → each thing by itself",
        "Number for texts: changed",
        "Name in the chat: changed",
    ):
        assert sentence in words
    assert "555" not in words + json.dumps(_details(session))


def test_a_channel_that_stops_says_which_and_why(reader, session, cast):
    choosing.stop_mails(session, cast.dana.id, now=MONDAY)
    session.commit()
    choosing.resume(session, cast.dana, Channel.EMAIL, now=MONDAY)
    session.commit()
    words = _trail(reader)
    assert "E-mail: on → off By the link in a mail." in words
    assert "E-mail: off → on" in words


def test_the_rhythm_agreed_with_a_person_says_its_days_and_nothing_of_what_was_written_beside(reader, session, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/edit")
    dana.sends(rhythm_days="14", preferred_name="Mack")
    words = _trail(reader)
    assert "Days between contacts: 7 → 14" in words
    assert "preferred name" in words
    assert "rhythm days" not in words
    assert "Mack" not in json.dumps(_details(session))


def test_days_closed_the_ladder_and_the_settings_say_what_they_became(reader, session):
    admin = reader("admin")
    admin.opens("/admin/settings/holidays")
    admin.sends("/admin/settings/holidays", on__day="25", on__month="12", on__year="2026", name="Secret feast")
    admin.presses("Take out: Friday 25 December")
    admin.opens("/admin/settings/ladder")
    admin.sends(**{"rungs-1-day": "3"})
    admin.opens("/admin/settings")
    admin.sends("/admin/settings", worry_minutes="300", review_percent="30", name="House of Secrets")
    words = _trail(reader)
    assert "Closed: none → Friday 25 December 2026" in words
    assert "Closed: Friday 25 December 2026 → none" in words
    assert re.search(r"The outreach ladder: 0 .+ → 0 [^→]+; 3 ", words)
    assert "Minutes for any other worry: 240 → 300" in words
    assert "Share of check-ins to review, in percent: 20 → 30" in words
    assert "Name of the organisation: changed" in words
    assert "ecret" not in json.dumps(_details(session))


def test_a_gateway_says_that_it_went_on_and_off_and_never_where_it_is(reader, session, cast):
    gateway = Gateway()
    way_id = add_way(session, cast, gateway.url)
    ways.switch_way(session, cast.admin, way_id, on=False, now=MONDAY)
    ways.remove_way(session, cast.admin, way_id, now=MONDAY)
    session.commit()
    words = _trail(reader)
    assert "A gateway for text messages: off → on" in words
    assert words.count("A gateway for text messages: on → off") == 1
    assert "off → off" not in words
    assert "127.0.0.1" not in words + json.dumps(_details(session))
    gateway.close()


def test_the_copy_says_it_too(reader):
    admin = reader("admin")
    admin.opens("/admin/settings/reminders/visit-tomorrow")
    admin.sends(state="off")
    assert "A visit is tomorrow: on → off" in admin.client.get("/admin/trail/export").get_data(as_text=True)


JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda more: st.lists(more, max_size=4))
NAMES = st.text() | st.sampled_from(["telling.days", "house.ladder", "rule.no_goal.to", "rule.x.on", "holidays.closed"])


@given(changes=st.lists(st.tuples(NAMES, JUNK, JUNK)))
def test_an_entry_of_another_version_is_told_as_far_as_it_is_known(changes):
    for words in change_words({"changes": changes}):
        assert str(words)


def test_every_rule_and_every_reason_is_known_and_all_their_words_are_there_for_the_copy():
    parts: list[tuple[str, Any, Any]] = [
        ("on", True, False),
        ("number", 1, 2),
        ("to", ["coach"], []),
        ("leaving", [], ["text"]),
    ]
    for rule in Rule:
        changes = [[f"rule.{rule.value}.{part}", before, after] for part, before, after in parts]
        assert len(change_words({"changes": changes})) == len(parts)
    for why in OffWhy:
        _changed, reason = change_words({"changes": [["channel.text", True, False]], "why": why.value})
        assert reason.one in TEXTS
    assert fields_beside(["phone", "rhythm_days"], {"changes": [["person.rhythm_days", 7, 14]]}) == ["phone"]
