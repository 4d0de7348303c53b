"""Who needs a coach, and taking them on: looked at, asked once more in its place, and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.audit import Event
from coachdesk.clients import assigning, taking
from coachdesk.clients.rules import is_load_full
from coachdesk.db import db
from coachdesk.web import act_now, now, reading, tell, today, who
from coachdesk.words import say, say_n

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add these pages to the room of people."""
    action = Action.CLIENTS_TAKE_ON
    room.get("/people/waiting", action=action)(waiting)
    room.post("/people/waiting/<uuid:client_id>", action=action)(take_on)


def waiting() -> str:
    """List who of one's teams needs a coach."""
    rows = taking.list_waiting(db.session, who())
    reading([row.client_id for row in rows], Event.PEOPLE_LISTED, detail={"list": "waiting", "found": len(rows)})
    return render_template("clients/waiting.html", rows=rows, **_load())


def _load() -> dict[str, Any]:
    """Return how many people the reader walks with, and how many were agreed."""
    people = assigning.map_loads(db.session, [who().id]).get(who().id, 0)
    most = accounts.find_user(db.session, who().id).most_people
    return {"people": people, "most": most, "is_full": is_load_full(people, most)}


def take_on(client_id: UUID) -> ResponseReturnValue:
    """Become somebody's coach."""

    def done(taken: tuple[taking.Waiting, list[str]] | None) -> Any:
        response = redirect(url_for("desk.record", client_id=client_id))
        if taken is None:
            return tell(response, _("They are with you already."))
        row, told = taken
        said = say("%(name)s is with you from now on.", name=row.name)
        if told:
            said = say_n(
                "%(name)s is with you from now on. %(told)s has been told.",
                "%(name)s is with you from now on. %(told)s have been told.",
                len(told),
                name=row.name,
                told=_(" and ").join(told),
            )
        warned = assigning.warn_load(db.session, who(), who().id)
        response = tell(response, said)
        return tell(response, warned, "info") if warned else response

    return act_now(
        lambda: taking.take_on(db.session, who(), client_id, now=now(), today=today()),
        done,
        back=url_for("clients.waiting"),
    )
