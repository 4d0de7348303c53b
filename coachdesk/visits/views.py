"""Planning the next contact, and calling it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.db import db
from coachdesk.visits import service
from coachdesk.visits.forms import PlanForm
from coachdesk.visits.rules import CHANNEL_ICONS, Channel
from coachdesk.web import Room, act_now, now, reading, save, tell, today, who
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

room = Room("visits", __name__)


@room.get("/people/<uuid:client_id>/visits/new", action=Action.VISITS_PLAN)
def new_visit(client_id: UUID) -> str:
    """Show the form for the next contact, with what is planned now."""
    visit = service.find_open_visit(db.session, who(), client_id)
    return _page(PlanForm(obj=visit), client_id)


@room.post("/people/<uuid:client_id>/visits/new", action=Action.VISITS_PLAN)
def plan(client_id: UUID) -> ResponseReturnValue:
    """Plan the next contact."""
    clients.find_person(db.session, who(), client_id)
    form = PlanForm()

    def act() -> Any:
        typed = form.typed()
        typed["channel"] = Channel(typed["channel"]) if typed["channel"] else None
        return service.plan_visit(db.session, who(), client_id, **typed, now=now(), today=today())

    return save(
        form,
        act,
        done=lambda visit: tell(
            redirect(url_for("desk.record", client_id=client_id)),
            say("You speak next on %(weekday)s.", weekday=visit.planned_on),
        ),
        page=lambda: _page(form, client_id),
    )


def _page(form: PlanForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who(), client_id)
    reading([client_id])
    icons = {key.value: icon for key, icon in CHANNEL_ICONS.items() if key}
    return render_template("visits/new.html", form=form, person=person, name=shown(person), icons=icons)


@room.post("/visits/<uuid:visit_id>/cancellation", action=Action.VISITS_PLAN)
def cancel(visit_id: UUID) -> ResponseReturnValue:
    """Call a planned contact off."""
    return act_now(
        lambda: service.cancel_visit(db.session, who(), visit_id, now=now()),
        lambda visit: tell(
            redirect(url_for("desk.details", client_id=visit.client_id)), _("Called off. Nothing is planned now.")
        ),
        back=url_for("desk.today"),
    )
