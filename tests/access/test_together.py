"""What two do at the same moment: one of them does it, the other gets a sentence, and nobody an error."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from coachdesk.access import BreakGlass, GlassOutcome, GlassReason, GlassReview, Restriction, RestrictionKind
from coachdesk.clients import breaking, glass_reviews, restricting
from coachdesk.clients import service as clients
from coachdesk.db import db
from coachdesk.words import Refused
from tests.access.helpers import WORDS, at, break_glass
from tests.cast import MONDAY, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable


def at_once(session: Any, *acts: Callable[[Any], object]) -> list[str]:
    """Do these at the same moment, each in a transaction of its own; return what came of each, in order of the words."""
    session.rollback()
    session.remove()
    ready, engine, said = threading.Barrier(len(acts)), db.engine, []

    def act(verb: Callable[[Any], object]) -> None:
        with Session(engine) as own:
            ready.wait(10)
            try:
                verb(own)
                with contextlib.suppress(threading.BrokenBarrierError):
                    ready.wait(1)
                own.commit()
                said.append("done")
            except Refused as refusal:
                said.append(str(refusal))
            except sa.exc.SQLAlchemyError as trouble:
                said.append(repr(trouble))

    threads = [threading.Thread(target=act, args=[verb]) for verb in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(said)


def test_two_administrators_who_review_one_look_at_once_leave_one_review(session, cast):
    look_id = break_glass(session, cast).id

    def review(own):
        glass_reviews.review_look(own, cast.admin, look_id, outcome=GlassOutcome.TALK, words="Ask first.", now=MONDAY)

    assert at_once(session, review, review) == ["Somebody has looked at this already.", "done"]
    assert session.scalar(sa.select(sa.func.count()).select_from(GlassReview)) == 1


@pytest.mark.parametrize("names", [("admin", "admin"), ("admin", "ruth")])
def test_two_who_keep_somebody_from_a_person_at_once_leave_one_restriction(session, cast, names):
    def restrict(name):
        return lambda own: restricting.restrict(
            own, cast.staff[name], cast.marcus, cast.omar.id, kind=RestrictionKind.KIN, now=MONDAY
        )

    assert at_once(session, *map(restrict, names)) == ["This is written down already.", "done"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Restriction)) == 1


@pytest.mark.asvs("2.4.1")
def test_the_third_and_a_fourth_record_opened_at_once_are_three(session, cast):
    for first in ("Ada", "Ben", "Cem", "Dot"):
        clients.add_person(
            session,
            cast.chris,
            coach_id=cast.chris.id,
            first_name=first,
            last_name="Reed",
            rhythm_days=7,
            now=MONDAY,
            today=TODAY,
        )
    session.commit()
    for first in ("Ada", "Ben"):
        break_glass(session, cast, person=first, last="Reed")

    def opens(first):
        return lambda own: breaking.open_record(
            own,
            at(cast.ruth),
            first_name=first,
            last_name="Reed",
            reason=GlassReason.SAFETY_NOW,
            words=WORDS,
            now=MONDAY,
        )

    refused, done = at_once(session, opens("Cem"), opens("Dot"))
    assert (refused[:24], done) == ("You opened three records", "done")
    assert session.scalar(sa.select(sa.func.count()).select_from(BreakGlass)) == 3
