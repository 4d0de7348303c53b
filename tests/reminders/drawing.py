"""People with things due about them, drawn at random: what the properties of the rules are tried on."""

from __future__ import annotations

import datetime as dt
import uuid

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from coachdesk.checkins.rules import Tries
from coachdesk.referrals.rules import ENDED, Status
from coachdesk.reminders.givens import AskFacts, AskKind, PersonFacts, PlannedVisit, ReferralFacts, StepFacts
from coachdesk.reminders.kinds import CONTACTS, Rule
from coachdesk.reminders.rules import Due, due_items

MONDAY = dt.date(2026, 11, 23)
EVERYTHING = 2000
"""Days ahead that reach beyond every day drawn here."""
PASSING = {Rule.VISIT_TOMORROW, Rule.VISIT_PASSED, Rule.CONTACT_DUE}
"""What is said of a planned contact changes with the days: ahead, tomorrow, behind."""
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
HOURS = st.none() | st.times()
TRIES = st.builds(Tries, st.lists(DAYS, max_size=7).map(tuple), st.none() | DAYS)
OPEN = [status for status in Status if status not in ENDED]
COACH, OTHER = uuid.UUID(int=7), uuid.UUID(int=8)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def people(draw: st.DrawFn, start: int = 0) -> PersonFacts:
    """Draw a person; ids of different things may be alike, those of one kind (counted from `start`) are not."""

    def ids(count: int) -> list[uuid.UUID]:
        return [uuid.UUID(int=start + number) for number in range(count)]

    reviews = draw(st.lists(DAYS, max_size=2))
    steps = draw(st.lists(DAYS, max_size=2))
    referrals = draw(st.lists(st.tuples(st.sampled_from(OPEN), DAYS), max_size=2))
    for_whom = st.none() | st.sampled_from([COACH, OTHER])
    asks = draw(
        st.lists(
            st.tuples(st.sampled_from(AskKind), DAYS, HOURS, st.text(min_size=1, max_size=5), for_whom), max_size=3
        )
    )
    raised_on, review_on = draw(st.none() | DAYS), draw(st.none() | DAYS)
    return PersonFacts(
        client_id=uuid.UUID(int=start),
        coach_id=COACH,
        name=draw(st.sampled_from(["Marcus", "Lena %s", "Ai%(sha"])),
        assigned_on=draw(DAYS),
        rhythm_days=draw(st.integers(1, 90)),
        last_contact_on=draw(st.none() | DAYS),
        visit=draw(st.none() | st.builds(PlannedVisit, on=DAYS, at=HOURS)),
        tries=draw(TRIES),
        goal_reviews=list(zip(ids(2), reviews, strict=False)),
        agreement=(ids(1)[0], review_on) if review_on else None,
        steps=[StepFacts(one, one, on, "Call the clinic") for one, on in zip(ids(2), steps, strict=False)],
        referrals=[
            ReferralFacts(one, "Harbor Dental", status, on)
            for one, (status, on) in zip(ids(2), referrals, strict=False)
        ],
        asks=[
            AskFacts(one, kind, on, at, text, whom)
            for one, (kind, on, at, text, whom) in zip(ids(3), asks, strict=False)
        ],
        concern=(uuid.UUID(int=start), raised_on) if raised_on else None,
    )


MARCUS = PersonFacts(
    client_id=uuid.UUID(int=1), coach_id=COACH, name="Marcus", assigned_on=dt.date(2026, 11, 2), rhythm_days=7
)


def everything(facts: PersonFacts, today: dt.date) -> tuple[Due, ...]:
    return due_items(facts, today, ahead_days=EVERYTHING)


def contacts(facts: PersonFacts, today: dt.date = MONDAY) -> list[Due]:
    return [due for due in everything(facts, today) if due.rule in CONTACTS]


def the_contact(facts: PersonFacts, today: dt.date = MONDAY) -> Due:
    (contact,) = contacts(facts, today)
    return contact
