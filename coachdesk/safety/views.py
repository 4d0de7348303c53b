"""“I have this”: a supervisor takes a concern on, and may give it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, url_for

from coachdesk.access import Action
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.db import db
from coachdesk.safety import service
from coachdesk.web import Room, act_now, now, tell, who
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

room = Room("safety", __name__)


@room.post("/concerns/<uuid:concern_id>/taking", action=Action.SAFETY_ANSWER)
def take(concern_id: UUID) -> ResponseReturnValue:
    """Take a concern on."""

    def done(concern: object) -> object:
        person = clients.find_person(db.session, who(), concern.client_id)  # type: ignore[attr-defined]
        return tell(
            redirect(url_for("supervision.board")),
            say("You have this. %(name)s is not alone with it.", name=shown(person)),
            undo=url_for("safety.give_back", concern_id=concern_id),
        )

    return act_now(
        lambda: service.take_concern(db.session, who(), concern_id, now=now()),
        done,  # type: ignore[arg-type]
        back=url_for("supervision.board"),
    )


@room.post("/concerns/<uuid:concern_id>/giving-back", action=Action.SAFETY_ANSWER)
def give_back(concern_id: UUID) -> ResponseReturnValue:
    """Undo “I have this”."""
    board = url_for("supervision.board")
    return act_now(
        lambda: service.give_back(db.session, who(), concern_id, now=now()),
        lambda _concern: tell(redirect(board), say("Back at the head of the board: somebody needs to have this.")),
        back=board,
    )
