"""Six months of the demo: check-ins, tries, goals at every stage, referrals at every status, and what waits."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import Assignment
from coachdesk.checkins.models import Attempt, CheckIn, Review
from coachdesk.checkins.rules import KIND_PHRASES, AttemptOutcome, ReviewOutcome, ReviewReason
from coachdesk.demo import content
from coachdesk.drafts.models import Draft
from coachdesk.goals.models import Goal, GoalReview, Step
from coachdesk.goals.rules import Domain, GoalStatus, Matters, StepOwner, StepStatus
from coachdesk.referrals.models import Referral, ReferralMove, SpokenYes
from coachdesk.referrals.rules import Agreed, CloseReason, ConfirmedBy, Status, clock_runs_out_on
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.rules import AskKind
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel

if TYPE_CHECKING:
    from coachdesk.clients.models import Client
    from coachdesk.demo.people import Town

_STATUSES = (
    GoalStatus.ACTIVE,
    GoalStatus.ACTIVE,
    GoalStatus.ACTIVE,
    GoalStatus.DREAM,
    GoalStatus.ACHIEVED,
    GoalStatus.PAUSED,
    GoalStatus.SET_ASIDE,
    GoalStatus.REVISED,
)
_OVER = {"Lena": 10, "Tom": 21, "Hana": 12, "Cal": 11, "Holly": 16}
"""People out of touch, and the days since they were last reached."""
_NEVER = frozenset({"Sol", "Robin"})
"""Assigned, and not yet reached."""


def write_history(town: Town) -> None:
    """Let six months happen."""
    for number, person in enumerate(town.people):
        _goals(town, person, number)
        _talk(town, person)
        _referrals(town, person, number)
    town.session.flush()
    _marcus(town)
    _reviews(town)
    _what_waits(town)
    town.session.flush()


def _talk(town: Town, person: Client) -> None:
    """Check-ins at the agreed rhythm back to the beginning, the last one so that most are up to date."""
    if person.first_name in _NEVER:
        _never(town, person)
        return
    coach = town.coach_of[person.id]
    days_ago = _OVER.get(person.first_name, town.draw.randint(0, min(person.rhythm_days - 1, 6)))
    person.rhythm_days = 7 if person.first_name in _OVER else person.rhythm_days
    most = (town.today - person.working_since).days
    if person.first_name == "Marcus":
        return
    while days_ago < most:
        held = town.day(days_ago)
        if town.draw.random() < 0.1 and days_ago > person.rhythm_days:  # noqa: PLR2004
            town.add(
                Attempt(
                    id=town.key(),
                    client_id=person.id,
                    coach_id=coach.id,
                    channel=Channel.CALL,
                    tried_on=held,
                    outcome=AttemptOutcome.NO_ANSWER,
                    logged_at=town.at(held, 15),
                )
            )
        town.add(
            _checkin(town, person, held, town.draw.choice(content.NOTES), town.draw.choice((None, 2, 3, 3, 4, 4, 5)))
        )
        days_ago += max(1, person.rhythm_days + town.draw.randint(-1, 1))
    for tried_ago in (1,) if person.first_name == "Lena" else (4,) if person.first_name in _OVER else ():
        held = town.day(tried_ago)
        town.add(
            Attempt(
                id=town.key(),
                client_id=person.id,
                coach_id=coach.id,
                channel=Channel.CALL,
                tried_on=held,
                outcome=AttemptOutcome.NO_ANSWER,
                logged_at=town.at(held, 16),
            )
        )
    if person.first_name not in _OVER and town.draw.random() < 0.45:  # noqa: PLR2004
        _plan(town, person, town.day(-town.draw.randint(1, 7)))


def _never(town: Town, person: Client) -> None:
    began = town.day(5)
    person.working_since, person.rhythm_days = began, 7
    row = town.session.scalars(sa.select(Assignment).where(Assignment.client_id == person.id)).one()
    row.started_on, row.started_at = began, town.at(began, 10)


def _checkin(town: Town, person: Client, held: dt.date, note: str, weather: int | None) -> CheckIn:
    return CheckIn(
        id=town.key(),
        client_id=person.id,
        coach_id=town.coach_of[person.id].id,
        channel=town.draw.choice((Channel.IN_PERSON, Channel.CALL, Channel.CALL, Channel.VIDEO, Channel.TEXT)),
        held_on=held,
        minutes=town.draw.choice((None, 15, 15, 30, 45)),
        weather=weather,
        note=note,
        signed_at=town.at(held, town.draw.randint(10, 17), town.draw.randint(0, 59)),
    )


def _plan(town: Town, person: Client, day: dt.date, hour: dt.time | None = None, place: str = "") -> None:
    town.add(
        Visit(
            id=town.key(),
            client_id=person.id,
            planned_on=day,
            hour=hour or dt.time(town.draw.randint(10, 16), 30),
            channel=Channel.IN_PERSON if place else town.draw.choice(tuple(Channel)),
            place=place,
            made_at=town.at(town.day(3), 12),
            made_by=town.coach_of[person.id].id,
        )
    )


def _goals(town: Town, person: Client, number: int) -> None:
    if person.first_name == "Marcus":
        return
    for turn in range(town.draw.choice((1, 2, 2, 3)) if number % 9 else 0):
        domain, words, steps = content.GOALS[(number + turn * 3) % len(content.GOALS)]
        status = GoalStatus.ACTIVE if turn == 0 else _STATUSES[(number + turn) % len(_STATUSES)]
        done = len(steps) if status is GoalStatus.ACHIEVED else town.draw.randint(0, len(steps) - 1)
        _goal(town, person, domain, words, steps, status=status, done=done)


def _goal(
    town: Town,
    person: Client,
    domain: Any,
    words: str,
    steps: tuple[str, ...],
    *,
    status: GoalStatus,
    done: int,
    due_in: int | None = None,
) -> Goal:
    coach = town.coach_of[person.id]
    began = max(person.working_since, town.day(150))
    goal = Goal(
        id=town.key(),
        client_id=person.id,
        words=words,
        why="",
        domain=domain,
        status=status,
        started_on=began,
        next_review_on=town.day(-town.draw.randint(0, 26)) if status is GoalStatus.ACTIVE else None,
        ended_on=town.day(20) if status in (GoalStatus.ACHIEVED, GoalStatus.SET_ASIDE, GoalStatus.REVISED) else None,
        created_at=town.at(began, 11),
        created_by=coach.id,
        review_every_days=28,
    )
    town.add(goal)
    town.session.flush()
    span = max(1, (town.today - began).days)
    for place, step in enumerate(steps):
        done_ago = max(0, span - (place + 1) * span // (len(steps) + 1)) if place < done else None
        if done_ago is not None and place == done - 1:
            done_ago = town.draw.randint(0, min(16, span))
        due = town.day(-(due_in if due_in is not None and place == done else town.draw.randint(1, 20)))
        town.add(
            Step(
                id=town.key(),
                client_id=person.id,
                goal_id=goal.id,
                words=step,
                position=place,
                owner=town.draw.choice((StepOwner.PERSON, StepOwner.PERSON, StepOwner.TOGETHER)),
                due_on=due if place == done and status is GoalStatus.ACTIVE else None,
                status=StepStatus.TO_DO if done_ago is None else StepStatus.DONE,
                done_by=None if done_ago is None else coach.id,
                done_at=None if done_ago is None else town.at(town.day(done_ago), 13),
                created_at=town.at(began, 11),
            )
        )
    if span > 40 and status is GoalStatus.ACTIVE:  # noqa: PLR2004
        reviewed = town.day(town.draw.randint(8, 30))
        town.add(
            GoalReview(
                id=town.key(),
                goal_id=goal.id,
                client_id=person.id,
                reviewed_on=reviewed,
                reviewed_at=town.at(reviewed, 14),
                reviewed_by=coach.id,
                matters=Matters.YES,
                version_number=1,
                gone_well="Kept going, even in the hard week.",
                in_the_way="The evenings.",
                importance=8,
                confidence=6,
                progress=4,
                next_review_on=goal.next_review_on,
            )
        )
    return goal


def _marcus(town: Town) -> None:
    """Marcus's record, as the pictures show it."""
    marcus = town.person("Marcus")
    home = _goal(
        town,
        marcus,
        Domain.HOME,
        "A place of my own with a door I can lock",
        (
            "Make a list of papers",
            "Collect ID papers",
            "Hand in the housing form with Dana",
            "Ring Eastside",
            "Look at the room",
        ),
        status=GoalStatus.ACTIVE,
        done=2,
        due_in=4,
    )
    _goal(
        town,
        marcus,
        Domain.PEOPLE,
        "Be at every one of Nia’s Saturday games",
        (
            "Get the game dates",
            "Tell my manager",
            "Find the bus times",
            "Go to the first game",
            "Go to the second game",
            "Ask the warehouse for early shifts on Saturdays",
        ),
        status=GoalStatus.ACTIVE,
        done=5,
        due_in=19,
    )
    home.next_review_on = town.day(-14)
    town.session.flush()
    for days_ago, weather, note in content.MARCUS_NOTES:
        entry = _checkin(town, marcus, town.day(days_ago), note, weather)
        entry.channel, entry.minutes = (Channel.IN_PERSON, 40) if days_ago in (7, 28) else (Channel.CALL, 15)
        town.add(entry)
    town.session.flush()
    local = town.now.astimezone(town.zone)
    soon = (local + dt.timedelta(minutes=45)).replace(second=0, microsecond=0)
    early = soon.date() == local.date()
    soon -= dt.timedelta(minutes=soon.minute % 15)
    _plan(
        town,
        marcus,
        soon.date() if early else town.day(-1),
        soon.time() if early else dt.time(10, 30),
        "Central Library café, ground floor",
    )
    for name, status, ago in (
        ("Eastside Housing Help", Status.ACCEPTED, 11),
        ("Bus pass scheme", Status.CONNECTED, 20),
        ("Dental clinic", Status.SENT, 9),
    ):
        _referral(town, marcus, name, status, ago)


def _referrals(town: Town, person: Client, number: int) -> None:
    if person.first_name == "Marcus" or number % 3 == 2:  # noqa: PLR2004
        return
    statuses = tuple(Status)
    service = town.services[number % len(town.services)]
    status = statuses[number % len(statuses)]
    late = number % 7 == 0
    _referral(town, person, service.name, status, town.draw.randint(16, 30) if late else 1)


def _referral(town: Town, person: Client, name: str, status: Status, days_ago: int) -> None:
    coach, service = town.coach_of[person.id], next(row for row in town.services if row.name == name)
    since, made = town.day(days_ago), town.day(days_ago + 6)
    appointment = town.day(-6) if status is Status.APPOINTMENT else None
    row = Referral(
        id=town.key(),
        client_id=person.id,
        service_id=service.id,
        service_name=name,
        need=service.need,
        agreed=Agreed.PERSON_CALLS if status is Status.SELF else Agreed.COACH_CALLS,
        status=status,
        status_on=since,
        clock_on=clock_runs_out_on(status, since, appointment),
        appointment_on=appointment,
        reason=CloseReason.NO_ROOM if status is Status.CLOSED else None,
        confirmed_by=ConfirmedBy.PERSON if status in (Status.GOT_HELP, Status.CONNECTED) else None,
        made_at=town.at(made, 11),
        made_by=coach.id,
    )
    town.add(row)
    town.session.flush()
    first = Status.SELF if status is Status.SELF else Status.DRAFT if status is Status.DRAFT else Status.SENT
    moves = [(None, first, made)] + ([(first, status, since)] if status is not first else [])
    for before, after, day in moves:
        town.add(
            ReferralMove(
                id=town.key(),
                referral_id=row.id,
                client_id=person.id,
                before=before,
                after=after,
                moved_on=day,
                moved_at=town.at(day, 12),
                moved_by=coach.id,
            )
        )
    if first is Status.SENT:
        town.add(
            SpokenYes(
                id=town.key(),
                referral_id=row.id,
                client_id=person.id,
                heard_by=coach.id,
                heard_at=town.at(made, 11),
                shared="name and number",
            )
        )


def _reviews(town: Town) -> None:
    """Sign some check-ins off with a kind word, and let some wait."""
    ruth, omar = town.staff["ruth"], town.staff["omar"]
    for name, supervisor, waiting in (("dana", ruth, 1), ("imani", ruth, 2), ("yusuf", ruth, 1), ("chris", omar, 2)):
        entries = town.session.scalars(
            sa.select(CheckIn).where(CheckIn.coach_id == town.staff[name].id).order_by(CheckIn.signed_at.desc())
        ).all()
        for place, entry in enumerate(entries[:12:2]):
            row = Review(
                id=town.key(),
                checkin_id=entry.id,
                client_id=entry.client_id,
                coach_id=entry.coach_id,
                reason=ReviewReason.FIRST_DAYS if name == "yusuf" else ReviewReason.SAMPLE,
                asked_at=entry.signed_at,
            )
            if place >= waiting:
                row.outcome, row.by, row.at = ReviewOutcome.SIGNED_OFF, supervisor.id, town.at(town.day(1), 16)
                row.text = content.KIND_WORDS[place % len(content.KIND_WORDS)] if place == waiting else ""
                row.phrases = KIND_PHRASES[place % len(KIND_PHRASES)]
            town.add(row)


def _what_waits(town: Town) -> None:
    """Reminders for today and ahead, an ask for help, and two drafts."""
    dana = town.staff["dana"]
    for first, text, ahead in zip(("Joel", "Maya", "Ben", "Nora"), content.REMINDERS, (0, 1, 3, 5), strict=True):
        person = town.person(first)
        town.add(
            Reminder(
                id=town.key(),
                client_id=person.id,
                kind=AskKind.BY_HAND,
                for_user_id=dana.id,
                text=text,
                due_on=town.day(-ahead),
                made_at=town.at(town.day(2), 12),
                made_by=dana.id,
            )
        )
    aisha = town.person("Aisha")
    town.add(
        Reminder(
            id=town.key(),
            client_id=aisha.id,
            kind=AskKind.HELP_ASKED,
            due_on=town.today,
            made_at=town.at(town.today, 8),
            made_by=town.staff["aisha"].id,
        )
    )
    joel, priya = town.person("Joel"), town.person("Priya")
    for person, fields in (
        (joel, {"how": ["call"], "note": ["First day went well. The bus was late and he"]}),
        (priya, {"how": ["in_person"], "note": ["Opened the account together."]}),
    ):
        town.add(
            Draft(
                id=town.key(),
                client_id=person.id,
                author_id=dana.id,
                form="check-in",
                subject_id=person.id,
                fields=fields,
                path=f"/people/{person.id}/check-ins/new",
                started_at=town.at(town.today, 8),
                saved_at=town.at(town.today, 8, 12),
            )
        )
