"""Another's ids in query, hidden field and select: they are not among what a form offers, and nothing changes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.reminders import facts
from coachdesk.reminders.rules import due_items
from tests.access.helpers import everything
from tests.cast import MONDAY, TODAY
from tests.lived import live

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.asvs("8.2.2")
_OWN_TO_A_REQUEST = {"used_form"}


@pytest.fixture
def ids(session: Any, cast: Cast) -> dict[str, Any]:
    """Marcus's record, and Hana's: she is with another coach, in another team."""
    found: dict[str, Any] = dict(live(session, cast))
    hers = goals.set_goal(
        session,
        cast.chris,
        cast.hana,
        words="A boat of my own",
        domain=Domain.HOME,
        status=GoalStatus.ACTIVE,
        steps=[goals.StepWords("Paint the boat")],
        now=MONDAY,
        today=TODAY,
    )
    session.commit()
    mine = goals.find_goal(session, cast.dana, found["goal"])
    hana = goals.find_goal(session, cast.chris, hers.id)
    return {
        **found,
        "her_goal": hana.id,
        "her_step": hana.steps[0].id,
        "step": mine.steps[0].id,
        "hana": cast.hana,
        "lena": cast.lena,
        "nobody": uuid.UUID(int=7, version=4),
        **{name: identity.id for name, identity in cast.staff.items()},
        "marcus_account": cast.accounts["marcus"].id,
    }


_CHECKIN = {"how": "call", "when": "now", "next": "rhythm"}
_GOAL = {"words": "Swim.", "domain": "home", "status": "active", "version": "1"}
_PERSON = {"first_name": "Noor", "rhythm_days": "7"}
_REFERRAL = {"service": "Bus", "need": "other", "agreed": "coach_calls"}
_STAFF = {"first_name": "Noor", "email": "noor@example.org", "role": "coach"}
TRIES = {
    "a step of another's in a check-in": (
        "dana",
        "/people/{marcus}/check-ins/new",
        {**_CHECKIN, "steps": "{her_step}"},
    ),
    "a step of another's in a goal": (
        "dana",
        "/goals/{goal}/edit",
        {**_GOAL, "steps-0-step_id": "{her_step}", "steps-0-words": "Mine now", "steps-0-owner": "person"},
    ),
    "a service that is not offered": (
        "dana",
        "/people/{marcus}/referrals/new",
        {**_REFERRAL, "service": "Dental", "service_id": "{nobody}"},
    ),
    "a supervisor picks a coach of another team": ("ruth", "/people/new", {**_PERSON, "coach_id": "{chris}"}),
    "a supervisor picks an administrator": ("ruth", "/people/new", {**_PERSON, "coach_id": "{admin}"}),
    "a person is given to a person": (
        "admin",
        "/admin/people/{marcus}/coach",
        {"coach_id": "{marcus_account}", "earlier": "everything"},
    ),
    "a choice about earlier words there is none of": (
        "admin",
        "/admin/people/{marcus}/coach",
        {"coach_id": "{imani}", "earlier": "some"},
    ),
    "a team of nobody": ("admin", "/admin/accounts/new", {**_STAFF, "teams": "{nobody}"}),
    "a role that no member of staff has": ("admin", "/admin/accounts/new", {**_STAFF, "role": "client"}),
    "the role of the machine": ("admin", "/admin/accounts/new", {**_STAFF, "role": "system"}),
    "a person is kept from a person": (
        "admin",
        "/admin/people/{marcus}/restrictions",
        {"user_id": "{marcus_account}", "kind": "kin"},
    ),
    "a reminder of another's": ("imani", "/reminders/done", {"key": "{key}"}),
    "a reminder of another's, later": ("imani", "/reminders/later", {"key": "{key}", "until": "tomorrow"}),
    "a step of another's to ask about": ("marcus", "/my-goals/help", {"step": "{her_step}"}),
    "no step at all": ("marcus", "/my-goals/help", {"step": "no-id"}),
    "a draft of another's": ("imani", "/drafts/check-in/{lena}/discard", {}),
    "a person who is hidden in a field": (
        "dana",
        "/people/{hana}/check-ins/draft",
        {"note": "x", "client_id": "{marcus}"},
    ),
    "a stranger's record named in the query": ("dana", "/people/{hana}/goals/new?client_id={marcus}", _GOAL),
}


@pytest.mark.parametrize("name", TRIES)
def test_what_is_not_offered_is_not_taken(
    reader: Any, session: Any, cast: Cast, ids: dict[str, Any], name: str
) -> None:
    who, path, data = TRIES[name]
    known = {**ids, "key": _key(session, cast)}
    someone = reader(who)
    someone.opens("/account")
    before = everything(session)
    sent = {"csrf_token": someone.token, "form_key": str(uuid.uuid4())}
    page = someone.sends_raw(
        path.format(**known), {**sent, **{field: value.format(**known) for field, value in data.items()}}
    )
    after = everything(session)
    assert page.status in (404, 422) or name == "a draft of another's", f"{page.status} {page.main[:300]}"
    assert {table for table in before if before[table] != after[table]} <= _OWN_TO_A_REQUEST
    assert "boat" not in f"{page.text} {page.response.headers}"


def test_a_coach_adds_people_for_nobody_but_themself(reader: Any, session: Any, cast: Cast) -> None:
    dana = reader("dana")
    dana.opens("/people/new")
    dana.sends(**_PERSON, coach_id=str(cast.chris.id))
    assert "Noor" in dana.opens("/people").main
    assert "Noor" not in reader("chris").opens("/people").main


@pytest.mark.parametrize(
    "query",
    ["whose=all", "whose=mine&coach_id={chris}", "q=hana", "q=2030&client_id={hana}", "page=99", "order=client_id"],
)
def test_a_query_widens_nothing(reader: Any, cast: Cast, ids: dict[str, Any], query: str) -> None:
    page = reader("dana").opens(f"/people?{query.format(**ids)}")
    assert "Hana" not in page.text


def test_a_review_conversation_goes_on_for_ones_own_goals_alone(reader: Any, cast: Cast, ids: dict[str, Any]) -> None:
    dana = reader("dana")
    for question in ("1", "6", "feel", str(ids["her_goal"])):
        assert "boat" not in dana.opens(f"/goals/{ids['her_goal']}/reviews/new?question={question}", status=404).text


def _key(session: Any, cast: Cast) -> str:
    known = facts.list_known(session, cast.dana)
    found = next(due.key for row in known for due in due_items(row.facts, TODAY) if due.rule == "by_hand")
    session.rollback()
    return str(found)
