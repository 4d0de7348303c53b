"""The directory: finding a service, adding one, keeping it right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients.naming import dialled
from coachdesk.db import db
from coachdesk.resources import service
from coachdesk.resources.forms import ServiceEditForm, ServiceForm
from coachdesk.resources.rules import NEED_WORDS, Need
from coachdesk.web import Room, now, save, tell, who

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

room = Room("resources", __name__)


@room.get("/resources", action=Action.RESOURCES_FIND)
def list_all() -> str:
    """List the services, or find some."""
    text, need = request.args.get("q", "").strip()[:100], request.args.get("need", "")
    chosen = Need(need) if need in {key.value for key in Need} else None
    found = service.list_services(db.session, who(), text=text, need=chosen)
    return render_template("resources/list.html", services=found, text=text, need=need, needs=NEED_WORDS)


@room.get("/resources/<uuid:service_id>", action=Action.RESOURCES_FIND)
def show_service(service_id: UUID) -> str:
    """Show a service and how to reach it."""
    found = service.find_service(db.session, who(), service_id)
    return render_template("resources/show.html", service=found, phone=dialled(found.phone), needs=NEED_WORDS)


@room.get("/resources/new", action=Action.RESOURCES_EDIT)
def new_service() -> str:
    """Show the form for a new service."""
    return _page(ServiceForm(formdata=None))


@room.post("/resources/new", action=Action.RESOURCES_EDIT)
def add_service() -> ResponseReturnValue:
    """Add a service."""
    form = ServiceForm()
    return save(
        form,
        lambda: service.add_service(db.session, who(), **_typed(form), now=now()),
        done=lambda row: tell(redirect(url_for("resources.show_service", service_id=row.id)), _("Service added.")),
        page=lambda: _page(form),
    )


@room.get("/resources/<uuid:service_id>/edit", action=Action.RESOURCES_EDIT)
def edit_service(service_id: UUID) -> str:
    """Show the form over a service."""
    found = service.find_service(db.session, who(), service_id)
    return _page(ServiceEditForm(formdata=None, obj=found), found)


@room.post("/resources/<uuid:service_id>/edit", action=Action.RESOURCES_EDIT)
def change_service(service_id: UUID) -> ResponseReturnValue:
    """Change a service."""
    found = service.find_service(db.session, who(), service_id)
    form = ServiceEditForm()
    form.newest = lambda: ServiceEditForm(formdata=None, obj=service.find_service(db.session, who(), service_id))
    return save(
        form,
        lambda: service.edit_service(db.session, who(), service_id, **_typed(form), now=now()),
        done=lambda row: tell(redirect(url_for("resources.show_service", service_id=row.id)), _("Service saved.")),
        page=lambda: _page(form, found),
    )


def _typed(form: Any) -> dict[str, Any]:
    typed: dict[str, Any] = form.typed()
    return {**typed, "need": Need(typed["need"])}


def _page(form: Any, found: Any = None) -> str:
    return render_template("resources/form.html", form=form, service=found)
