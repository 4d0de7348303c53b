"""A reminder set by hand once another walks with the person: whose words it has, and what its buttons do then."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import Earlier, TeamMembership
from coachdesk.clients import episodes
from coachdesk.clients.rules import Ending
from coachdesk.reminders import by_hand, facts, ledger, service
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.hearers import due_to
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.repeating import Often
from coachdesk.words import Refused
from tests.access.helpers import hand_over
from tests.cast import MONDAY, TODAY, ZONE

EASTERN, DAY, A_MINUTE = ZoneInfo(ZONE), dt.timedelta(days=1), dt.timedelta(minutes=1)
CLOSED = "Dana set a reminder for this day. Its words stay with them."


def _set(session, identity, cast, text="Ring Eastside", **more):
    made = service.set_reminder(
        session, identity, cast.marcus, text=text, **{"due_on": TODAY, "zone": EASTERN, "now": MONDAY, **more}
    )
    session.commit()
    return made


def _dues(session, identity, cast, rule=Rule.BY_HAND):
    (known,) = facts.list_known(session, identity, ids=[cast.marcus])
    dues = due_to(identity.id, known.facts, TODAY, is_over=known.is_over, ahead_days=400)
    return [due for due in dues if due.rule is rule]


def test_the_next_of_one_whose_words_are_closed_keeps_them_closed(session, cast):
    _set(session, cast.dana, cast, repeat=Often.WEEKLY)
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=MONDAY + A_MINUTE)
    (due,) = _dues(session, cast.imani, cast)
    assert str(due.why) == CLOSED
    ledger.done(session, cast.imani, due.key, now=MONDAY + DAY, today=TODAY)
    (following,) = _dues(session, cast.imani, cast)
    assert (following.on, str(following.why)) == (TODAY + 7 * DAY, CLOSED)


def test_what_a_supervisor_wrote_for_themself_is_read_by_no_coach_once_they_are_gone(session, cast):
    _set(session, cast.ruth, cast, "Talk with Dana about Marcus")
    session.execute(sa.update(TeamMembership).where(TeamMembership.user_id == cast.ruth.id).values(ended_at=MONDAY))
    session.commit()
    (due,) = _dues(session, cast.dana, cast)
    assert str(due.why) == "Ruth set a reminder for this day. Its words stay with them."


def test_what_the_person_asked_for_is_read_by_whoever_walks_with_them_now(session, cast):
    service.ask(
        session, cast.accounts["marcus"], cast.marcus, kind=AskKind.HELP_ASKED, text="a room", now=MONDAY, today=TODAY
    )
    session.commit()
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=MONDAY + A_MINUTE)
    (due,) = _dues(session, cast.imani, cast, Rule.HELP_ASKED)
    assert "a room" in str(due.why)


def test_whoever_writes_its_words_anew_has_set_it_from_then_on(session, cast):
    made = _set(session, cast.dana, cast)
    hand_over(session, cast, "marcus", "imani", now=MONDAY + A_MINUTE)
    assert [str(due.why) for due in _dues(session, cast.imani, cast)] == ["Set by Dana: Ring Eastside"]
    by_hand.change(
        session, cast.imani, made.id, text="Ring Westside", due_on=TODAY, hour=None, repeat=None, until=None, version=1,
        zone=EASTERN, now=MONDAY + A_MINUTE,
    )  # fmt: skip
    assert [str(due.why) for due in _dues(session, cast.imani, cast)] == ["Ring Westside"]


def test_after_the_end_none_is_set_and_what_stands_on_the_record_can_be_taken_back(reader, session, cast):
    _set(session, cast.dana, cast, due_on=TODAY + 30 * DAY)
    _set(session, cast.dana, cast, "Ring today")
    episodes.close(session, cast.dana, cast.marcus, ending=Ending.MOVED_AWAY, now=MONDAY, today=TODAY)
    session.commit()
    with pytest.raises(Refused, match="Begin again first"):
        _set(session, cast.dana, cast)
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}")
    assert "Set reminder" not in page.main
    assert "Taken back." in dana.presses("Take back: Marcus T., Wed 23 Dec").main
    assert "Done." in dana.presses("Done: Marcus T.").main
    assert "Ring today" not in dana.opens(f"/people/{cast.marcus}").main


def test_a_next_one_that_was_taken_back_stays_so_where_another_stands(session, cast):
    _set(session, cast.dana, cast, repeat=Often.WEEKLY)
    (due,) = _dues(session, cast.dana, cast)
    act = ledger.done(session, cast.dana, due.key, now=MONDAY, today=TODAY)
    (following,) = _dues(session, cast.dana, cast)
    by_hand.take_back(session, cast.dana, following.subject, now=MONDAY)
    ledger.undo(session, cast.dana, act.id, now=MONDAY)
    ledger.done(session, cast.dana, due.key, now=MONDAY, today=TODAY)
    with pytest.raises(Refused, match="stands already"):
        by_hand.put_back(session, cast.dana, following.subject, now=MONDAY)


def test_an_undo_of_what_is_done_meanwhile_says_that_it_is_settled(reader, session, cast):
    _set(session, cast.dana, cast, repeat=Often.WEEKLY)
    dana = reader("dana")
    dana.opens("/reminders")
    page = dana.presses("Let it come no more after this: Marcus T.")
    assert "It comes this once more, and not again after that." in page.main
    other = reader("dana")
    other.opens("/reminders")
    other.presses("Done: Marcus T.")
    page = dana.presses("Undo")
    assert "That is settled already. Nothing is left to do about it." in page.main


def test_only_the_words_of_one_whose_day_is_past_are_saved_without_a_day(reader, session, cast, clock):
    made = _set(session, cast.dana, cast)
    clock.move(days=3)
    dana = reader("dana")
    dana.opens(f"/reminders/{made.id}")
    page = dana.sends(f"/reminders/{made.id}", text="Ring Westside")
    assert "Saved." in page.main
    assert "It comes on" not in page.main
