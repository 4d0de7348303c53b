"""A record with something of everything, for tests that walk every page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import AttemptOutcome, TryBy
from coachdesk.drafts import service as drafts
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.referrals import service as referrals
from coachdesk.referrals.rules import Agreed
from coachdesk.reminders import service as reminders
from coachdesk.resources import service as resources
from coachdesk.resources.rules import Need
from coachdesk.visits.rules import Channel
from tests.cast import MONDAY, TODAY, ZONE

if TYPE_CHECKING:
    import uuid

    from tests.cast import Cast

DAY = dt.timedelta(days=1)


def live(session: Any, cast: Cast) -> dict[str, uuid.UUID]:
    """Let a few weeks pass between Dana and Marcus; return the ids of what was made, by kind."""
    goal = goals.set_goal(
        session,
        cast.dana,
        cast.marcus,
        words="A place of my own",
        domain=Domain.HOME,
        status=GoalStatus.ACTIVE,
        steps=[goals.StepWords("Hand in the form")],
        now=MONDAY,
        today=TODAY,
    )
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
    session.commit()
    return {
        "goal": goal.id,
        "checkin": logged[-1].entry.id,
        "referral": referral.id,
        "reminder": reminder.id,
        "service": service.id,
        "marcus": cast.marcus,
    }
