"""A record with something of everything, for tests that walk every page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import AttemptOutcome, TryBy
from coachdesk.clients import about as cards
from coachdesk.clients import items
from coachdesk.clients.items import Item
from coachdesk.clients.rules import CardKind
from coachdesk.drafts import service as drafts
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Agreed
from coachdesk.reminders import service as reminders
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from coachdesk.safety import plans
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY, ZONE

if TYPE_CHECKING:
    import uuid

    from coachdesk.goals.models import Goal
    from tests.cast import Cast

DAY = dt.timedelta(days=1)


def set_home_goal(session: Any, cast: Cast, *steps: str) -> Goal:
    """Let Dana and Marcus set a goal with these steps; the caller commits."""
    return goals.set_goal(
        session,
        cast.dana,
        cast.marcus,
        words="A place of my own",
        domain=Domain.HOME,
        status=GoalStatus.ACTIVE,
        steps=[goals.StepWords(words) for words in steps],
        now=MONDAY,
        today=TODAY,
    )


def live(session: Any, cast: Cast) -> dict[str, uuid.UUID]:
    """Let a few weeks pass between Dana and Marcus; return the ids of what was made, by kind."""
    goal = set_home_goal(session, cast, "Hand in the form")
    attempts.log_attempt(
        session,
        cast.dana,
        cast.marcus,
        outcome=AttemptOutcome.NO_ANSWER,
        tried_on=TODAY - 9 * DAY,
        channel=TryBy.CALL,
        now=MONDAY,
        today=TODAY,
    )
    logged = [
        checkins.log_checkin(
            session,
            cast.dana,
            cast.marcus,
            channel=Channel.CALL,
            held_on=TODAY - days * DAY,
            weather=weather,
            note="Sleeping better.",
            worried=worried,
            next_on=TODAY + 7 * DAY,
            now=MONDAY,
            today=TODAY,
        )
        for days, weather, worried in ((7, 2, False), (0, 4, True))
    ]
    about = _about(session, cast)
    service = resources.add_service(
        session, cast.dana, name="Dental clinic", need=Need.DENTIST, provider="", now=MONDAY
    )
    referral = referrals.make_referral(
        session,
        cast.dana,
        cast.marcus,
        service_id=None,
        service_name="Food pantry",
        need=Need.FOOD,
        agreed=Agreed.COACH_CALLS,
        said_yes=True,
        now=MONDAY,
        today=TODAY,
    )
    reminder = reminders.set_reminder(
        session, cast.dana, cast.marcus, text="Bring the form", due_on=TODAY, zone=ZoneInfo(ZONE), now=MONDAY
    )
    drafts.save_draft(
        session,
        cast.dana,
        cast.lena,
        form="check-in",
        subject_id=cast.lena,
        fields={"note": ["Half a"]},
        path=f"/people/{cast.lena}/check-ins/new",
        now=MONDAY,
    )
    plan = plans.write_plan(session, cast.dana, cast.marcus, version=0, signs="I stop answering.", now=MONDAY)
    session.commit()
    return {
        "concern": logged[-1].concern.id if logged[-1].concern else plan.id,
        "plan": plan.id,
        "goal": goal.id,
        "checkin": logged[-1].entry.id,
        "referral": referral.id,
        "reminder": reminder.id,
        "service": service.id,
        "marcus": cast.marcus,
        **about,
    }


def _about(session: Any, cast: Cast) -> dict[str, uuid.UUID]:
    """Let Marcus say what matters to him; return the ids of what there may be several of."""
    when: dict[str, Any] = {"now": MONDAY, "today": TODAY}
    for kind, words in (
        (CardKind.VISION, "A quiet house by water"),
        (CardKind.STRENGTHS, "Never misses a bus\nCooks for twenty"),
        (CardKind.AGREEMENT, "We both say when we are late."),
    ):
        days: dict[str, Any] = {"agreed_on": TODAY, "review_on": TODAY + 60 * DAY} if kind is CardKind.AGREEMENT else {}
        cards.write_card(session, cast.dana, cast.marcus, kind, words=words, version=0, in_portal=True, **days, **when)
    point = items.add_item(session, cast.dana, cast.marcus, Item.POINT, value="555 0166", label="My aunt’s", **when)
    helper = items.add_item(session, cast.dana, cast.marcus, Item.SUPPORTER, name="My aunt Oda", **when)
    day = items.add_item(
        session, cast.dana, cast.marcus, Item.MILESTONE, words="First night in my room", marked_on=TODAY, **when
    )
    return {"point": point.id, "supporter": helper.id, "milestone": day.id}
