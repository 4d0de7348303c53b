"""The one scoping rule, and the table of grants."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.access import (
    GRANTS,
    SYSTEM,
    Action,
    Assignment,
    Identity,
    Role,
    TeamMembership,
    demand,
    may,
    unscoped,
    visible,
)
from coachdesk.access.belt import Unscoped
from coachdesk.clients.models import Client
from coachdesk.words import NotFound
from tests.cast import MONDAY, TODAY, Cast

if TYPE_CHECKING:
    from flask import Flask


def _names(session: Any, identity: Identity) -> list[str]:
    return sorted(session.scalars(visible(identity, Client).with_only_columns(Client.first_name)))


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("dana", ["Lena", "Marcus"]),
        ("imani", ["Aisha"]),
        ("chris", ["Hana"]),
        ("ruth", ["Aisha", "Lena", "Marcus"]),
        ("omar", ["Hana"]),
        ("admin", []),
    ],
)
def test_everybody_sees_their_own_people_and_nobody_else(session: Any, cast: Cast, who: str, sees: list[str]) -> None:
    assert _names(session, cast.staff[who]) == sees


def test_a_person_sees_themself_alone(session: Any, cast: Cast) -> None:
    assert _names(session, cast.accounts["marcus"]) == ["Marcus"]
    assert _names(session, Identity(uuid.uuid4(), Role.CLIENT)) == []


def test_yesterdays_coach_sees_nothing_today(session: Any, cast: Cast) -> None:
    session.execute(sa.update(Assignment).where(Assignment.client_id == cast.marcus).values(ended_at=MONDAY))
    session.add(
        Assignment(
            id=uuid.uuid4(),
            client_id=cast.marcus,
            coach_id=cast.imani.id,
            started_at=MONDAY,
            started_on=TODAY,
            started_by=SYSTEM.id,
        )
    )
    session.commit()
    assert _names(session, cast.dana) == ["Lena"]
    assert _names(session, cast.imani) == ["Aisha", "Marcus"]


def test_a_coach_who_left_the_team_is_no_longer_seen_by_its_supervisor(session: Any, cast: Cast) -> None:
    session.execute(sa.update(TeamMembership).where(TeamMembership.user_id == cast.dana.id).values(ended_at=MONDAY))
    session.commit()
    assert _names(session, cast.ruth) == ["Aisha"]


def test_a_supervisor_who_left_the_team_sees_only_their_own_people(session: Any, cast: Cast) -> None:
    session.execute(sa.update(TeamMembership).where(TeamMembership.user_id == cast.ruth.id).values(ended_at=MONDAY))
    session.commit()
    assert _names(session, cast.ruth) == []


def test_the_system_sees_everybody(session: Any, cast: Cast) -> None:
    assert len(_names(session, SYSTEM)) == len(cast.people)


def test_every_action_is_granted_to_somebody_and_its_name_says_room_and_verb() -> None:
    assert set(GRANTS) == set(Action)
    assert all(GRANTS[action] and action.value.count(":") == 1 for action in Action)
    assert [a.name for a in Action] == sorted(a.name for a in Action)


def test_what_is_absent_is_denied() -> None:
    coach = Identity(uuid.uuid4(), Role.COACH)
    assert may(coach, Action.DESK_TODAY)
    assert not may(coach, Action.ADMIN_ACCOUNTS)
    demand(coach, Action.ADMIN_ACCOUNTS, Action.DESK_TODAY)
    with pytest.raises(NotFound):
        demand(coach, Action.ADMIN_ACCOUNTS)


def test_the_administrator_has_no_action_that_shows_a_story() -> None:
    granted = {a for a, roles in GRANTS.items() if Role.ADMINISTRATOR in roles}
    # What they are writing themself is kept too: words of the house, and of reviews they do.
    assert {a for a in granted if not a.value.startswith(("admin:", "account:"))} == {Action.DRAFTS_KEEP}


def test_the_belt_raises_for_an_unscoped_select_in_a_request(app: Flask, session: Any, cast: Cast) -> None:
    session.scalars(sa.select(Client)).all()  # outside a request it may
    with app.test_request_context("/today"):
        with pytest.raises(Unscoped, match="Client"):
            session.scalars(sa.select(Client)).all()
        assert session.scalars(visible(cast.dana, Client)).all()
        assert session.scalars(unscoped(sa.select(Client), because="a test of the belt")).all()


def test_the_belt_raises_where_words_are_asked_for_without_the_choice_of_a_hand_over(
    app: Flask, session: Any, cast: Cast
) -> None:
    from coachdesk.access import BreakGlass, Restriction, scoped, worded, wordless
    from coachdesk.checkins.models import CheckIn

    with app.test_request_context("/today"):
        people_alone = scoped(sa.select(CheckIn), cast.dana, CheckIn.client_id)
        with pytest.raises(Unscoped, match="CheckIn asks for words"):
            session.scalars(people_alone).all()
        assert session.scalars(worded(people_alone, cast.dana, CheckIn)).all() == []
        assert session.scalars(wordless(people_alone, because="a test of the belt")).all() == []
        assert session.scalars(visible(cast.dana, CheckIn)).all() == []
        for table in (Restriction, BreakGlass):
            with pytest.raises(Unscoped, match=table.__name__):
                session.scalars(sa.select(table)).all()


def test_an_identity_has_initials_and_an_everyday_self() -> None:
    someone = Identity(uuid.uuid4(), Role.SUPERVISOR, "Ruth van Mbeki", at=MONDAY)
    assert (someone.initials, Identity(uuid.uuid4(), Role.COACH, "Dana").initials) == ("RM", "D")
    assert someone.everyday.at is None
    assert (someone.everyday.id, someone.everyday.role) == (someone.id, someone.role)
