"""A person's safety: their own plan, written together, and the worries there were."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.audit import Event
from coachdesk.clients import assigning, items
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown
from coachdesk.db import db
from coachdesk.safety import finding, plans
from coachdesk.safety.forms import PlanForm
from coachdesk.safety.rules import PLAN_PARTS, split_numbers
from coachdesk.web import now, reading, save, tell, who

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add the pages of a safety plan to the room."""
    room.get("/people/<uuid:client_id>/safety", action=Action.SAFETY_READ)(show_person)
    room.get("/people/<uuid:client_id>/safety-plan", action=Action.SAFETY_PLAN)(edit_plan)
    room.post("/people/<uuid:client_id>/safety-plan", action=Action.SAFETY_PLAN)(write_plan)
    room.get("/safety-plans/<uuid:plan_id>", action=Action.SAFETY_PLAN)(show_plan)


def show_person(client_id: UUID) -> str:
    """Show a person's plan, ready to be printed, and the worries there were."""
    person = clients.find_person(db.session, who(), client_id)
    versions = plans.list_versions(db.session, who(), client_id)
    concerns = finding.list_concerns(db.session, who(), client_id)
    assignment = assigning.find_assignment(db.session, who(), client_id)
    ids = {row.made_by for row in versions} | {row.raised_by for row in concerns}
    users = accounts.list_users(db.session, ids | ({assignment.coach_id} if assignment else set()))
    reading([client_id], Event.SAFETY_PLAN_READ)
    return render_template(
        "safety/person.html",
        person=person,
        name=shown(person),
        called=called(person),
        versions=versions,
        concerns=concerns,
        users=users,
        parts=PLAN_PARTS,
        numbers=partial(split_numbers, ruled_out=items.list_ruled_out(db.session, who(), person)),
        coach=users[assignment.coach_id] if assignment else None,
    )


def show_plan(plan_id: UUID) -> str:
    """Show an earlier version of a plan."""
    plan = plans.find_version(db.session, who(), plan_id)
    person = clients.find_person(db.session, who(), plan.client_id)
    reading([plan.client_id], Event.SAFETY_PLAN_READ, subject=plan)
    return render_template(
        "safety/plan.html",
        plan=plan,
        person=person,
        name=shown(person),
        parts=PLAN_PARTS,
        by=accounts.find_user(db.session, plan.made_by).name,
    )


def edit_plan(client_id: UUID) -> str:
    """Show the six parts to be written together, with the reader's draft in them where one was kept."""
    return _page(_as_kept(client_id), client_id)


def write_plan(client_id: UUID) -> ResponseReturnValue:
    """Keep a further version."""
    clients.find_person(db.session, who(), client_id)
    form = PlanForm()
    form.newest = lambda: _as_kept(client_id)
    return save(
        form,
        lambda: plans.write_plan(db.session, who(), client_id, **form.typed(), now=now()),
        done=lambda _row: tell(
            redirect(url_for("safety.show_person", client_id=client_id)),
            _("The plan is saved. What it said before is kept."),
        ),
        page=lambda: _page(form, client_id),
    )


def _as_kept(client_id: UUID) -> PlanForm:
    plan = plans.find_plan(db.session, who(), client_id)
    data = {name: getattr(plan, name) for name in PLAN_PARTS} if plan else {}
    return PlanForm(formdata=None, data={**data, "version": plan.number if plan else 0})


def _page(form: PlanForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who(), client_id)
    reading([client_id], Event.SAFETY_PLAN_READ)
    return render_template("safety/plan_edit.html", form=form, person=person, name=shown(person), called=called(person))
