"""What may be done about a worry, by whom, and what is kept of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import Earlier
from coachdesk.audit import AuditEntry
from coachdesk.safety import acting, finding, timeline
from coachdesk.safety import service as safety
from coachdesk.safety.models import ConcernFollowUp, ConcernSaid
from coachdesk.safety.rules import ConcernKind, Danger, Done
from coachdesk.words import NotFound, Refused
from tests.access.helpers import hand_over
from tests.cast import MONDAY, TODAY
from tests.safety.helpers import DAY, HOUR, MINUTE, everything, now_of, story, told, worry


@pytest.fixture
def concern(session, cast):
    return worry(session, cast.dana, cast.marcus)


def second_supervisor(session, cast):
    """Put Omar into Ruth's team too."""
    from coachdesk.access import TeamMembership

    team = session.scalar(
        sa.select(TeamMembership.team_id).where(
            TeamMembership.user_id == cast.ruth.id, TeamMembership.ended_at.is_(None)
        )
    )
    session.add(
        TeamMembership(id=uuid.uuid4(), team_id=team, user_id=cast.omar.id, started_at=MONDAY, started_by=cast.admin.id)
    )
    session.commit()


# ---- raising ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("danger", "minutes"), [(Danger.YES, 15), (Danger.UNKNOWN, 15), (None, 15), (Danger.NO, 240)])
def test_a_worry_has_a_clock_and_two_days_to_ask_again(session, cast, danger, minutes):
    made = now_of(session, worry(session, cast.dana, cast.marcus, danger=danger))
    assert made.due_at == MONDAY + minutes * MINUTE
    rows = session.scalars(sa.select(ConcernFollowUp).order_by(ConcernFollowUp.hours)).all()
    assert [(row.due_at, row.due_on) for row in rows] == [
        (MONDAY + DAY, TODAY + DAY),
        (MONDAY + 3 * DAY, TODAY + 3 * DAY),
    ]


def test_the_clock_is_the_organisations_own(session, cast):
    from coachdesk.organisation.models import Organisation

    session.execute(sa.update(Organisation).values(danger_minutes=5, worry_minutes=30))
    session.commit()
    session.info.clear()
    assert now_of(session, worry(session, cast.dana, cast.marcus)).due_at == MONDAY + 5 * MINUTE
    assert now_of(session, worry(session, cast.dana, cast.lena, danger=Danger.NO)).due_at == MONDAY + 30 * MINUTE


def test_what_was_done_already_is_part_of_the_story(session, cast):
    made = safety.raise_concern(
        session,
        cast.dana,
        cast.marcus,
        said=safety.Said(ConcernKind.OVERDOSE, Danger.YES),
        done={Done.EMERGENCY: "", Done.HAND_OFF: "Sister Ann"},
        now=MONDAY,
    )
    session.commit()
    assert sorted(story(session, made.id)) == ["emergency", "hand_off"]
    entries = timeline.open_story(session, cast.ruth, made).entries
    assert [str(entry.words) for entry in entries][:2] == ["Said they worry about safety", "Told: Ruth Mbeki"]
    assert "Handed over to Sister Ann" in {str(entry.words) for entry in entries}


def test_more_is_said_beside_what_was_said_before(session, cast, concern):
    at = MONDAY + 5 * MINUTE
    safety.say_more(session, cast.dana, concern, said=safety.Said(ConcernKind.OTHER, Danger.NO), now=at)
    session.commit()
    found = now_of(session, concern)
    assert found.due_at == MONDAY + 4 * HOUR
    said = finding.list_said(session, cast.ruth, found)
    assert [row.kind for row in said] == [ConcernKind.OTHER, ConcernKind.SUICIDE]
    assert said[1].whereabouts == "At the bus station."


def test_new_danger_is_told_and_shortens_the_clock(session, cast):
    concern = worry(session, cast.dana, cast.marcus, danger=Danger.NO)
    said = safety.Said(ConcernKind.SUICIDE, Danger.YES)
    safety.say_more(session, cast.dana, concern, said=said, now=MONDAY + HOUR)
    safety.say_more(session, cast.dana, concern, said=said, now=MONDAY + HOUR + MINUTE)
    session.commit()
    assert now_of(session, concern).due_at == MONDAY + HOUR + 15 * MINUTE
    assert told(session)[cast.ruth.id] == [
        "Dana Osei is worried about Marcus T.’s safety.",
        "Dana Osei says there is danger now: Marcus T.",
    ]


# ---- taking, handing on -------------------------------------------------------------------------------------------


def test_of_two_supervisors_one_has_it(session, cast, concern):
    second_supervisor(session, cast)
    acting.take_concern(session, cast.ruth, concern, now=MONDAY + MINUTE)
    acting.take_concern(session, cast.omar, concern, now=MONDAY + MINUTE)
    session.commit()
    assert now_of(session, concern).taken_by == cast.ruth.id
    assert story(session, concern) == ["taken"]
    with pytest.raises(NotFound):
        acting.give_back(session, cast.omar, concern, now=MONDAY + MINUTE)
    with pytest.raises(Refused):
        acting.hand_on(session, cast.omar, concern, to=cast.omar.id, now=MONDAY + MINUTE)


def test_a_worry_is_handed_on_with_a_new_clock_and_the_news_is_settled_once_taken(session, cast, concern):
    second_supervisor(session, cast)
    acting.take_concern(session, cast.ruth, concern, now=MONDAY + MINUTE)
    acting.hand_on(session, cast.ruth, concern, to=cast.omar.id, now=MONDAY + HOUR)
    session.commit()
    found = now_of(session, concern)
    assert (found.taken_at, found.due_at) == (None, MONDAY + HOUR + 15 * MINUTE)
    assert told(session)[cast.omar.id] == ["Ruth Mbeki hands you the worry about Marcus T.’s safety."]
    acting.take_concern(session, cast.omar, concern, now=MONDAY + 2 * HOUR)
    session.commit()
    assert story(session, concern) == ["taken", "handed_on", "taken"]
    from coachdesk.notify import Delivery, DeliveryState

    rows = session.execute(sa.select(Delivery.key, Delivery.state)).all()
    assert {state for key, state in rows if ":handed:" in key and key.endswith("in_app")} == {DeliveryState.SKIPPED}


@pytest.mark.parametrize("to", ["ruth", "dana", "omar", "admin", None])
def test_it_is_handed_to_another_supervisor_of_the_team_alone(session, cast, concern, to):
    with pytest.raises(Refused) as refusal:
        acting.hand_on(session, cast.ruth, concern, to=cast.staff[to].id if to else None, now=MONDAY)
    assert refusal.value.at == "to"


# ---- adding, following up -----------------------------------------------------------------------------------------


def test_what_was_done_is_added_with_its_own_moment_and_stays(session, cast, concern):
    acting.add_action(session, cast.dana, concern, words="I called her sister.", at=MONDAY - HOUR, now=MONDAY + MINUTE)
    acting.add_action(session, cast.ruth, concern, words="Rang the clinic.", now=MONDAY + 2 * MINUTE)
    session.commit()
    rows = finding.list_actions(session, cast.dana, now_of(session, concern))
    assert [(row.words, row.at, row.by) for row in rows] == [
        ("I called her sister.", MONDAY - HOUR, cast.dana.id),
        ("Rang the clinic.", MONDAY + 2 * MINUTE, cast.ruth.id),
    ]


@pytest.mark.parametrize(
    ("words", "at", "where"),
    [("", MONDAY, "words"), ("Rang.", MONDAY + HOUR, "hour"), ("Rang.", MONDAY - 401 * DAY, "hour")],
)
def test_what_was_not_done_yet_is_not_added(session, cast, concern, words, at, where):
    with pytest.raises(Refused) as refusal:
        acting.add_action(session, cast.dana, concern, words=words, at=at, now=MONDAY)
    assert refusal.value.at == where


def test_asking_again_is_done_once_and_not_before_its_day(session, cast, concern):
    first = session.scalar(sa.select(ConcernFollowUp.id).where(ConcernFollowUp.hours == 24))
    with pytest.raises(Refused):
        acting.follow_up(session, cast.dana, first, now=MONDAY + HOUR)
    for _press in range(2):
        acting.follow_up(session, cast.dana, first, now=MONDAY + DAY)
    session.commit()
    assert story(session, concern) == ["followed_up"]
    with pytest.raises(NotFound):
        acting.follow_up(session, cast.chris, first, now=MONDAY + DAY)


# ---- closing ------------------------------------------------------------------------------------------------------


def test_a_supervisor_closes_it_with_words_and_has_it_from_then_on(session, cast, concern):
    with pytest.raises(Refused) as refusal:
        acting.close_concern(session, cast.ruth, concern, ended="", now=MONDAY)
    assert refusal.value.at == "ended"
    acting.close_concern(session, cast.ruth, concern, ended="Her mother is with her.", now=MONDAY + HOUR)
    session.commit()
    found = now_of(session, concern)
    assert (found.closed_by, found.taken_by) == (cast.ruth.id, cast.ruth.id)
    assert story(session, concern) == ["taken", "closed"]
    before = everything(session)
    late = MONDAY + 2 * HOUR
    for act in (
        lambda: acting.add_action(session, cast.dana, concern, words="More.", now=late),
        lambda: acting.close_concern(session, cast.ruth, concern, ended="Again.", now=late),
        lambda: acting.take_concern(session, cast.ruth, concern, now=late),
        lambda: safety.say_more(session, cast.dana, concern, said=safety.Said(ConcernKind.OTHER, Danger.NO), now=late),
    ):
        with pytest.raises(Refused):
            act()
        session.rollback()
    assert everything(session) == before


def test_closing_is_taken_back_within_ten_minutes_and_stays_in_the_story(session, cast, concern):
    second_supervisor(session, cast)
    acting.close_concern(session, cast.ruth, concern, ended="Safe.", now=MONDAY)
    session.commit()
    with pytest.raises(NotFound):
        acting.reopen_concern(session, cast.omar, concern, now=MONDAY + MINUTE)
    with pytest.raises(Refused):
        acting.reopen_concern(session, cast.ruth, concern, now=MONDAY + 11 * MINUTE)
    acting.reopen_concern(session, cast.ruth, concern, now=MONDAY - MINUTE)  # the clock went back meanwhile
    session.commit()
    assert now_of(session, concern).closed_at is None
    assert sorted(story(session, concern)) == ["closed", "reopened", "taken"]
    with pytest.raises(NotFound):
        acting.reopen_concern(session, cast.ruth, concern, now=MONDAY + MINUTE)


@pytest.mark.parametrize("name", ["dana", "chris", "omar", "admin", "marcus"])
def test_nobody_else_closes_it_and_a_stranger_does_nothing_at_all(session, cast, concern, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    before = everything(session)
    acts: list[Any] = [
        lambda: acting.close_concern(session, identity, concern, ended="Safe.", now=MONDAY),
        lambda: acting.reopen_concern(session, identity, concern, now=MONDAY),
        lambda: acting.take_concern(session, identity, concern, now=MONDAY),
        lambda: acting.hand_on(session, identity, concern, to=cast.ruth.id, now=MONDAY),
    ]
    if name != "dana":
        acts += [
            lambda: finding.find_concern(session, identity, concern),
            lambda: acting.add_action(session, identity, concern, words="Mine.", now=MONDAY),
            lambda: safety.say_more(
                session, identity, concern, said=safety.Said(ConcernKind.OTHER, Danger.NO), now=MONDAY
            ),
        ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
        session.rollback()
    assert everything(session) == before


# ---- who reads it -------------------------------------------------------------------------------------------------


def test_a_new_coach_reads_an_open_worry_and_a_closed_one_as_the_hand_over_decided(session, cast, concern):
    acting.add_action(session, cast.dana, concern, words="I called her sister.", now=MONDAY)
    session.commit()
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=MONDAY + MINUTE)
    found = now_of(session, concern)
    assert len(finding.list_said(session, cast.imani, found)) == 1
    assert len(finding.list_actions(session, cast.imani, found)) == 1
    acting.close_concern(session, cast.ruth, concern, ended="Safe.", now=MONDAY + HOUR)
    session.commit()
    found = now_of(session, concern)
    assert finding.list_said(session, cast.imani, found) == []
    assert [row.words for row in finding.list_actions(session, cast.imani, found)] == ["", "Safe."]
    assert len(finding.list_said(session, cast.ruth, found)) == 1
    with pytest.raises(NotFound):
        finding.find_concern(session, cast.dana, concern)


def test_the_trail_holds_no_word_of_it(session, cast, concern):
    acting.add_action(session, cast.dana, concern, words="I called her sister.", now=MONDAY)
    acting.close_concern(session, cast.ruth, concern, ended="Safe with mother.", now=MONDAY)
    session.commit()
    said = str([(row.event, row.details) for row in session.scalars(sa.select(AuditEntry))])
    assert {"concern:raised", "concern:added-to", "concern:taken", "concern:closed"} <= set(
        session.scalars(sa.select(AuditEntry.event))
    )
    for word in ("sister", "mother", "suicide", "bus station"):
        assert word not in said
    raw = str(session.execute(sa.text("SELECT whereabouts FROM concern_said")).all())
    assert "bus" not in raw
    assert session.scalars(sa.select(ConcernSaid.whereabouts)).all() == ["At the bus station."]
