"""A large organisation, written in bulk: coaches, their people, and some years of what was done and told."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.access import SYSTEM, Assignment, Role, Team, TeamMembership
from coachdesk.accounts.models import User
from coachdesk.checkins.models import Attempt, CheckIn, Review
from coachdesk.checkins.rules import AttemptOutcome, ReviewReason
from coachdesk.clients.models import Client, Episode, LevelPeriod
from coachdesk.clients.rules import Level
from coachdesk.goals.models import Goal, Step
from coachdesk.goals.rules import Domain, GoalStatus, StepOwner
from coachdesk.notify import Channel, Delivery, DeliveryState, Topic
from coachdesk.referrals.models import Referral
from coachdesk.referrals.rules import Agreed, Status
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry, Reminder, TellingPref
from coachdesk.resources.rules import Need
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel as Way

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMES = ("Ada", "Ben", "Cora", "Dev", "Elif", "Femi", "Gus", "Hope", "Ines", "Jay", "Kim", "Liv", "Moe", "Nia", "Oz")
_TEAM = 10
"""Coaches in one team; each team has a supervisor."""


class Caseload:
    """Rows of all tables, drawn by a seed, poured into an empty database that has the cast in it."""

    def __init__(
        self, *, people: int, today: dt.date, now: dt.datetime, each: int = 100, asking: int = 5, seed: int = 7
    ) -> None:
        """Draw so many people, `each` with one coach; every so many (`asking`) asked to be told by mail themself."""
        self.draw = random.Random(seed)  # noqa: S311  (a repeatable draw, not a secret)
        self.today, self.now, self.before = today, now, now - dt.timedelta(days=700)
        self.rows: dict[type[Any], list[dict[str, Any]]] = defaultdict(list)
        self.coaches = [self._staff(n, Role.COACH) for n in range(max(1, people // each))]
        for n in range(0, len(self.coaches), _TEAM):
            self._team(n // _TEAM, [*self.coaches[n : n + _TEAM], self._staff(n // _TEAM, Role.SUPERVISOR)])
        self.asking = asking
        self.accounts: list[dict[str, Any]] = []
        """The people's own; and how they wish to be told."""
        self.wishes: list[dict[str, Any]] = []
        self.people = [self._person(n, self.coaches[n % len(self.coaches)]) for n in range(people)]

    def pour(self, session: Any) -> None:
        """Write everything and commit."""
        own: tuple[tuple[type[Any], list[dict[str, Any]]], ...] = ((User, self.accounts), (TellingPref, self.wishes))
        for table, rows in (*self.rows.items(), *own):
            for begin in range(0, len(rows), 5_000):
                session.execute(sa.insert(table), rows[begin : begin + 5_000])
        session.commit()

    def tell(self, session: Any, count: int) -> None:
        """Write a ledger of so many occurrences told and over, each with its mail, and commit."""
        for begin in range(0, count, 5_000):
            rows = [self._told(n) for n in range(begin, min(begin + 5_000, count))]
            for table, column in ((LedgerEntry, 0), (Delivery, 1), (LedgerDelivery, 2)):
                session.execute(sa.insert(table), [row[column] for row in rows])
        session.commit()

    def _key(self) -> uuid.UUID:
        return uuid.UUID(int=self.draw.getrandbits(128), version=4)

    def _day(self, first: int, last: int) -> dt.date:
        return self.today + dt.timedelta(days=self.draw.randint(first, last))

    def _staff(self, n: int, role: Role) -> uuid.UUID:
        key = self._key()
        self.rows[User].append(
            {
                "id": key,
                "email": f"{role.value}{n}@crowd.example",
                "fs_uniquifier": key.hex,
                "role_name": role,
                "first_name": f"{role.value.title()} {n}",
                "last_name": "Crowd",
                "started_on": self.before.date(),
                "created_at": self.before,
            }
        )
        return key

    def _team(self, n: int, members: Iterable[uuid.UUID]) -> None:
        team = self._key()
        self.rows[Team].append({"id": team, "name": f"Crowd {n}", "created_at": self.before})
        self.rows[TeamMembership] += [
            {"id": self._key(), "team_id": team, "user_id": one, "started_at": self.before, "started_by": SYSTEM.id}
            for one in members
        ]

    def _person(self, n: int, coach: uuid.UUID) -> uuid.UUID:
        key, name = self._key(), _NAMES[n % len(_NAMES)]
        began = {"client_id": key, "started_at": self.before, "started_by": SYSTEM.id}
        self.rows[Client].append(
            {
                "id": key,
                "first_name": name,
                "last_name": f"Person{n}",
                "shown_sort": f"{name.lower()} person{n}",
                "rhythm_days": self.draw.choice((7, 7, 14, 28)),
                "working_since": self.before.date(),
                "phone": "+1 555 010 2030",
                "may_call": True,
                "may_text": n % 2 == 0,
                "safe_note": "Text first.",
                "created_at": self.before,
                "created_by": SYSTEM.id,
            }
        )
        self.rows[Assignment].append({"id": self._key(), **began, "coach_id": coach, "started_on": self.before.date()})
        self.rows[Episode].append(
            {
                "id": self._key(),
                "client_id": key,
                "opened_on": self.before.date(),
                "opened_at": self.before,
                "opened_by": SYSTEM.id,
            }
        )
        self.rows[LevelPeriod].append(
            {"id": self._key(), **began, "level": Level.FULL, "started_on": self.before.date()}
        )
        self._contacts(key, coach)
        self._plans(key, coach)
        if n % self.asking == 0:
            self._account(n, key)
        return key

    def _account(self, n: int, person: uuid.UUID) -> None:
        """Let a person have an account, and ask to be told by mail."""
        key = self._key()
        self.accounts.append(
            {
                "id": key,
                "email": f"person{n}@own.example",
                "fs_uniquifier": key.hex,
                "role_name": Role.CLIENT,
                "client_id": person,
                "first_name": "",
                "last_name": "",
                "started_on": self.before.date(),
                "created_at": self.before,
            }
        )
        told = {"hour": dt.time(8), "quiet_from": dt.time(21), "quiet_until": dt.time(7)}
        self.wishes.append({"user_id": key, **told, "days": "0123456", "by_email": True, "version": 1})

    def _contacts(self, person: uuid.UUID, coach: uuid.UUID) -> None:
        days = sorted(self._day(-300, -1) for _each in range(10))
        for day in days:
            at = dt.datetime.combine(day, dt.time(18), tzinfo=dt.UTC)
            entry = self._key()
            self.rows[CheckIn].append(
                {
                    "id": entry,
                    "client_id": person,
                    "coach_id": coach,
                    "channel": Way.CALL,
                    "held_on": day,
                    "note": "We spoke.",
                    "signed_at": at,
                }
            )
        if self.draw.random() < 0.02:
            self.rows[Review].append(
                {
                    "id": self._key(),
                    "checkin_id": entry,
                    "client_id": person,
                    "coach_id": coach,
                    "reason": next(iter(ReviewReason)),
                    "asked_at": at,
                    "asked_on": day,
                }
            )
        if self.draw.random() < 0.1:
            self.rows[Attempt].append(
                {
                    "id": self._key(),
                    "client_id": person,
                    "coach_id": coach,
                    "tried_on": self.today,
                    "outcome": AttemptOutcome.NO_ANSWER,
                    "logged_at": self.now - dt.timedelta(hours=2),
                }
            )

    def _plans(self, person: uuid.UUID, coach: uuid.UUID) -> None:
        made = {"client_id": person, "created_at": self.before}
        for _each in range(2):
            goal = self._key()
            self.rows[Goal].append(
                {
                    "id": goal,
                    **made,
                    "words": "A place of my own",
                    "domain": next(iter(Domain)),
                    "status": GoalStatus.ACTIVE,
                    "next_review_on": self._day(-5, 60),
                    "started_on": self.before.date(),
                    "created_by": coach,
                }
            )
            self.rows[Step].append(
                {
                    "id": self._key(),
                    **made,
                    "goal_id": goal,
                    "words": "Ring the office",
                    "position": 0,
                    "owner": next(iter(StepOwner)),
                    "due_on": self._day(-3, 60),
                }
            )
        if self.draw.random() < 0.4:
            self.rows[Visit].append(
                {
                    "id": self._key(),
                    "client_id": person,
                    "planned_on": self._day(-1, 14),
                    "hour": dt.time(10),
                    "made_at": self.before,
                    "made_by": coach,
                }
            )
        if self.draw.random() < 0.2:
            self.rows[Reminder].append(
                {
                    "id": self._key(),
                    "client_id": person,
                    "kind": AskKind.BY_HAND,
                    "for_user_id": coach,
                    "text": "Ask about the interview",
                    "due_on": self._day(0, 30),
                    "hour": dt.time(14) if self.draw.random() < 0.5 else None,
                    "made_at": self.before,
                    "made_by": coach,
                }
            )
        if self.draw.random() < 0.1:
            self.rows[Referral].append(
                {
                    "id": self._key(),
                    "client_id": person,
                    "service_name": "A house",
                    "need": next(iter(Need)),
                    "agreed": next(iter(Agreed)),
                    "status": next(iter(Status)),
                    "status_on": self._day(-20, -5),
                    "clock_on": self._day(-3, 20),
                    "made_at": self.before,
                    "made_by": coach,
                }
            )

    def _told(self, n: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        person, day = self.people[n % len(self.people)], self._day(-690, -301)
        coach = self.coaches[n % len(self.coaches)]
        entry, delivery, subject = self._key(), self._key(), self._key()
        key = f"{Rule.STEP_DUE}:{subject.hex}:{coach.hex}:{day:%Y%m%d}"
        at = dt.datetime.combine(day, dt.time(13), tzinfo=dt.UTC)
        return (
            {
                "id": entry,
                "key": key,
                "rule": Rule.STEP_DUE,
                "subject_id": subject,
                "client_id": person,
                "recipient_id": coach,
                "due_on": day,
                "why": "Step: ring the office",
                "made_at": at,
                "over_at": at + dt.timedelta(days=2),
            },
            {
                "id": delivery,
                "key": f"{key}:email",
                "topic": Topic.REMINDERS,
                "channel": Channel.EMAIL,
                "recipient_id": coach,
                "state": DeliveryState.SENT,
                "created_at": at,
                "not_before": at,
                "sent_at": at,
            },
            {"entry_id": entry, "delivery_id": delivery, "client_id": person},
        )
