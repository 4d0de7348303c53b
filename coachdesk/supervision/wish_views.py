"""A person's wish for another coach, as their supervisors read and answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.clients import assigning, wishing
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown
from coachdesk.db import db
from coachdesk.web import act_now, now, reading, tell, today, who
from coachdesk.words import NotFound, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add these pages to the room of supervision."""
    room.get("/people/<uuid:client_id>/coach-wish", action=Action.CLIENTS_HAND_OVER)(show_wish)
    room.post("/people/<uuid:client_id>/coach-wish", action=Action.CLIENTS_HAND_OVER)(answer_wish)


def show_wish(client_id: UUID) -> ResponseReturnValue:
    """Show what somebody wishes, and what can be done; once it was answered, the board."""
    person = clients.find_person(db.session, who().everyday, client_id)
    try:
        row = wishing.find_waiting(db.session, who(), client_id)
    except NotFound:
        board: ResponseReturnValue = tell(
            redirect(url_for("supervision.board")), _("Nothing waits there any more."), "info"
        )
        return board
    found = assigning.find_assignment(db.session, who().everyday, client_id)
    reading([client_id])
    return render_template(
        "supervision/coach_wish.html",
        wish=row,
        person=person,
        name=shown(person),
        called=called(person),
        coach=accounts.find_user(db.session, found.coach_id).first_name if found else "",
        is_late=row.talk_by < today(),
    )


def answer_wish(client_id: UUID) -> ResponseReturnValue:
    """Write down that one has spoken with them, and that it stays as it is."""
    person = clients.find_person(db.session, who().everyday, client_id)
    return act_now(
        lambda: wishing.answer(db.session, who(), client_id, now=now()),
        lambda _row: tell(
            redirect(url_for("supervision.board")),
            say("You have spoken with %(name)s. Everything stays as it is.", name=called(person)),
        ),
        back=url_for("supervision.board"),
    )
