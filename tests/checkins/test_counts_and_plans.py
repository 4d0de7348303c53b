"""What a check-in counts for and who pays, help that is needed now, and plans that become steps and reminders."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, Earlier
from coachdesk.audit import AuditEntry
from coachdesk.checkins.models import CheckIn, CheckInPlan
from coachdesk.checkins.parts import Planned
from coachdesk.goals import service as goals
from coachdesk.goals.models import Step
from coachdesk.goals.rules import Domain, GoalStatus, StepStatus
from coachdesk.organisation import choices
from coachdesk.organisation.rules import Duty, ListKind
from coachdesk.reminders import facts
from coachdesk.reminders.models import LedgerAct
from tests.access.helpers import hand_over
from tests.cast import MONDAY, TODAY
from tests.lived import set_home_goal

FRIDAY = dt.date(2026, 11, 27)
BY_FRIDAY = {"plans__0__by_on__day": "27", "plans__0__by_on__month": "11", "plans__0__by_on__year": "2026"}


def _new(cast: Any) -> str:
    return f"/people/{cast.marcus}/check-ins/new"


@pytest.fixture
def goal(session, cast):
    made = set_home_goal(session, cast, "Hand in the form")
    session.commit()
    return made.id


@pytest.fixture
def lists(session, cast):
    house = choices.change_lists(
        session,
        cast.admin,
        lists={ListKind.COUNTS_FOR: ["Peer support", "Group"], ListKind.PAID_BY: ["County grant"]},
        duties={},
        version=1,
        now=MONDAY,
    )
    session.commit()
    rows = choices.list_choices(session)
    session.rollback()
    return house, {row.words: str(row.id) for kind in rows.values() for row in kind}


# ---- what it counts for


def test_what_it_counts_for_and_who_pays_are_kept_and_told(reader, cast, session, lists):
    _house, ids = lists
    dana = reader("dana")
    page = dana.opens(_new(cast))
    assert [option.get_text() for option in page.soup.select("#counts_for option")] == [
        "Not said",
        "Peer support",
        "Group",
    ]
    dana.sends(how="call", counts_for=ids["Peer support"], paid_by=ids["County grant"], units="3")
    entry = session.scalars(sa.select(CheckIn)).one()
    assert entry.units == 3
    page = dana.opens(f"/check-ins/{entry.id}")
    for words in ("Peer support", "County grant", "Units"):
        assert words in page.main


def test_without_lists_nothing_is_asked_but_units(reader, cast):
    page = reader("dana").opens(_new(cast))
    assert page.soup.find(id="units")
    assert not page.soup.find(id="counts_for")
    assert not page.soup.find(id="paid_by")


def test_what_was_taken_from_a_list_stays_with_what_has_it(reader, cast, session, lists):
    house, ids = lists
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", paid_by=ids["County grant"])
    choices.change_lists(
        session, cast.admin, lists={ListKind.PAID_BY: ["Other"]}, duties={}, version=house.version, now=MONDAY
    )
    session.commit()
    entry = session.scalars(sa.select(CheckIn)).one().id
    session.rollback()
    assert "County grant" in dana.opens(f"/check-ins/{entry}").main
    page = dana.opens(_new(cast))
    assert [option.get_text() for option in page.soup.select("#paid_by option")] == ["Not said", "Other"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"units": "0"}, "Write a whole number from 1 to 100."),
        ({"units": "101"}, "Write a whole number from 1 to 100."),
        ({"units": "two"}, "Write a whole number from 1 to 100."),
        ({"counts_for": "nothing we know"}, "Choose one of these."),
        ({"happened": "won_the_lottery"}, "Choose from these."),
    ],
)
def test_what_is_not_offered_gets_a_sentence(reader, cast, session, lists, fields, sentence):
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=422, how="call", note="Kept.", **fields)
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert page.soup.find(id="note").get_text().strip() == "Kept."
    assert session.scalars(sa.select(CheckIn)).all() == []


# ---- the administrator's page


def test_an_administrator_fills_the_lists_and_words_the_duties(reader, session):
    admin = reader("admin")
    page = admin.opens("/admin/settings/lists")
    assert "in many places you have to report it" in page.main
    page = admin.sends(counts_for="Peer support\n\n  Group ", paid_by="County grant", child="Ring Ruth first.")
    assert "Saved. Coaches see it from now on." in page.main
    found = choices.list_choices(session)
    assert [row.words for row in found[ListKind.COUNTS_FOR]] == ["Peer support", "Group"]
    assert choices.find_duties(session)[Duty.CHILD] == "Ring Ruth first."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("\n".join(f"Entry {n}" for n in range(21)), "Twenty lines are enough"),
        ("x" * 81, "at most 80 characters"),
        ("Group\ngroup", "stands here twice"),
    ],
)
def test_a_list_that_makes_no_sense_gets_a_sentence(reader, session, typed, sentence):
    admin = reader("admin")
    admin.opens("/admin/settings/lists")
    page = admin.sends(status=422, counts_for=typed)
    assert sentence in page.main
    assert page.soup.find(id="counts_for").get_text().strip() == typed
    assert choices.list_choices(session)[ListKind.COUNTS_FOR] == []


def test_lists_changed_meanwhile_are_not_written_over(reader, session, lists):
    admin = reader("admin")
    admin.opens("/admin/settings/lists")
    session.execute(sa.text("UPDATE organisation SET version = version + 1"))
    session.commit()
    page = admin.sends(status=409, counts_for="Mine")
    assert "Somebody changed this while you were writing." in page.main
    assert [row.words for row in choices.list_choices(session)[ListKind.COUNTS_FOR]] == ["Peer support", "Group"]


# ---- help that is needed now


def test_help_that_is_needed_now_leads_to_what_to_do(reader, cast, session):
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(how="call", help_now="y")
    assert page.url.endswith(f"/people/{cast.marcus}/concerns/new")
    assert "Check-in saved." in page.text
    assert "What to do now" in page.main
    assert session.scalars(sa.select(CheckIn)).one().help_now


def test_what_happened_is_kept_sealed_and_told(reader, cast, session):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", happened=["left_treatment", "bereaved"])
    entry = session.scalars(sa.select(CheckIn)).one()
    assert entry.happened.split("\n") == ["left_treatment", "bereaved"]
    raw = session.execute(sa.text("SELECT happened FROM check_in")).scalar_one()
    assert "treatment" not in raw
    session.rollback()
    assert "Treatment ended, Lost somebody close" in dana.opens(f"/check-ins/{entry.id}").main


# ---- plans that come back


@pytest.mark.parametrize(
    ("plan", "on"),
    [
        (Planned("Ring"), None),
        (Planned("Ring", remind=True), TODAY),
        (Planned("Ring", remind=True, by_on=FRIDAY), FRIDAY),
        (Planned("Ring", remind=True, by_on=FRIDAY, goal_id=uuid.UUID(int=7)), None),
        (Planned("Ring", remind=True, goal_id=uuid.UUID(int=7)), TODAY),
    ],
)
def test_a_plan_reminds_on_its_day_or_the_day_they_speak_next(plan, on):
    assert plan.remind_on(TODAY) == on


def test_a_plan_becomes_the_goals_next_step_and_goes_with_the_check_in(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(
        how="call",
        plans__0__what="Ring Eastside",
        plans__0__who="coach",
        plans__0__goal=str(goal),
        plans__1__what="Look at the flat",
        plans__1__goal=str(goal),
        **BY_FRIDAY,
    )
    steps = session.scalars(sa.select(Step).order_by(Step.position)).all()
    assert [step.words for step in steps] == ["Ring Eastside", "Look at the flat", "Hand in the form"]
    assert (steps[0].owner, steps[0].due_on) == ("coach", FRIDAY)
    session.rollback()
    page = dana.presses("Undo")
    assert "The check-in is taken back. Everything is as it was before." in page.main
    session.expire_all()
    left = [(step.words, step.position, step.status, step.version) for step in session.scalars(sa.select(Step))]
    assert left == [("Hand in the form", 0, StepStatus.TO_DO, 1)]


STAYS = "A step that came of it was changed meanwhile and stays with its goal."


def test_a_step_that_was_changed_meanwhile_rests_and_the_page_says_so(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(
        how="call",
        worried="y",
        plans__0__what="Ring Eastside",
        plans__0__goal=str(goal),
        plans__1__what="Look at the flat",
        plans__1__goal=str(goal),
    )
    ring = session.scalars(sa.select(Step).where(Step.position == 0)).one()
    goals.complete_step(session, cast.dana, ring.id, now=MONDAY)
    goals.undo_step(session, cast.dana, ring.id, now=MONDAY)
    session.commit()
    page = dana.presses("Undo")
    assert "The worry about safety stays" in page.main
    assert STAYS in page.main
    assert "Everything is as it was before" not in page.main
    session.expire_all()
    left = [(step.words, step.status) for step in session.scalars(sa.select(Step).order_by(Step.position))]
    assert left == [("Ring Eastside", StepStatus.NOT_NOW), ("Hand in the form", StepStatus.TO_DO)]
    assert [step.position for step in session.scalars(sa.select(Step).order_by(Step.position))] == [0, 1]


def test_a_step_that_was_done_meanwhile_stays_done(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", plans__0__what="Ring Eastside", plans__0__goal=str(goal))
    step = session.scalars(sa.select(Step).where(Step.position == 0)).one()
    goals.complete_step(session, cast.dana, step.id, now=MONDAY)
    session.commit()
    assert STAYS in dana.presses("Undo").main
    session.expire_all()
    assert session.get(Step, step.id).status is StepStatus.DONE


def test_a_plan_comes_back_on_its_day_is_done_and_undone(reader, cast, session, clock):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", plans__0__what="Ask Joel about work", plans__0__remind="y", **BY_FRIDAY)
    assert "Ask Joel about work" not in _reach(dana)
    clock.move(days=4)
    dana = reader("dana")
    assert "Ask Joel about work" in _reach(dana)
    dana.presses("Done: Marcus T.")
    assert "Ask Joel about work" not in _reach(dana)
    assert session.scalars(sa.select(CheckInPlan)).one().done_by == cast.dana.id
    session.rollback()
    assert "Ask Joel about work" in dana.opens("/reminders").main
    act = session.scalars(sa.select(LedgerAct)).one().id
    session.rollback()
    dana.posts(f"/reminders/acts/{act}/undo")
    assert "Ask Joel about work" in _reach(dana)


def _reach(dana: Any) -> str:
    """What stands under “Reach out first”."""
    section = dana.opens("/today").soup.find("section", attrs={"aria-labelledby": "h-reach"})
    return section.get_text(" ") if section else ""


@pytest.mark.parametrize(("earlier", "told"), [(Earlier.EVERYTHING, True), (Earlier.FROM_TODAY, False)])
def test_a_plan_goes_with_the_person_to_whoever_may_read_it(reader, cast, session, clock, earlier, told):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", plans__0__what="Ask Joel about work", plans__0__remind="y")
    clock.move(days=1)
    hand_over(session, cast, "marcus", "chris", earlier, now=clock.now())
    for identity in (SYSTEM, cast.chris):
        asks = facts.list_known(session, identity, ids=[cast.marcus])[0].facts.asks
        assert [ask.text for ask in asks] == (["Ask Joel about work"] if told else [])
        session.rollback()


def test_the_check_ins_page_says_what_became_of_a_plan(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(
        how="call",
        plans__0__what="Ring Eastside",
        plans__0__remind="y",
        plans__1__what="See the flat",
        plans__1__goal=str(goal),
        **BY_FRIDAY,
    )
    entry = session.scalars(sa.select(CheckIn.id)).one()
    session.rollback()
    main = dana.opens(f"/check-ins/{entry}").main
    assert "Ring Eastside (Marcus, by Fri 27 Nov; reminder on Fri 27 Nov)" in main
    assert "See the flat (Marcus; now a step)" in main


def test_a_check_in_that_is_taken_back_reminds_of_nothing(reader, cast, clock):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", plans__0__what="Ask Joel about work", plans__0__remind="y")
    dana.presses("Undo")
    clock.move(days=7)
    assert "Ask Joel" not in reader("dana").opens("/today").main


def test_a_goal_of_somebody_else_is_not_taken(reader, cast, session, goal):
    other = goals.set_goal(
        session,
        cast.dana,
        cast.lena,
        words="Rest",
        domain=Domain.HOME,
        status=GoalStatus.ACTIVE,
        now=MONDAY,
        today=TODAY,
    ).id
    session.commit()
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=422, how="call", plans__0__what="Ring", plans__0__goal=str(other))
    assert "Choose one of these." in page.main
    assert session.scalars(sa.select(Step).where(Step.goal_id == other)).all() == []


def test_every_part_of_it_is_audited(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", plans__0__what="Ring", plans__0__goal=str(goal))
    events = set(session.scalars(sa.select(AuditEntry.event)))
    assert {"checkin:logged", "step:added"} <= events
