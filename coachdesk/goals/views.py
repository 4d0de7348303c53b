"""Setting a goal, changing it, ticking its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown, spoken_of
from coachdesk.db import db
from coachdesk.goals import review_views, service
from coachdesk.goals.forms import (
    BLANK_ROWS,
    GoalEditForm,
    GoalForm,
    StepForm,
    status_choices,
    uuid_or_none,
)
from coachdesk.goals.rules import Domain, GoalStatus, StepOwner, StepStatus, next_moves
from coachdesk.goals.service import StepWords
from coachdesk.web import Room, act_now, now, reading, save, tell, today, who
from coachdesk.words import mark, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

room = Room("goals", __name__)
review_views.furnish(room)
_NEW = [GoalStatus.ACTIVE, GoalStatus.DREAM]
_MORE_ROWS = "more-steps"


@room.get("/people/<uuid:client_id>/goals/new", action=Action.GOALS_SET)
def new_goal(client_id: UUID) -> str:
    """Show the form for a new goal."""
    return _new_page(_new_form(), client_id)


@room.post("/people/<uuid:client_id>/goals/new", action=Action.GOALS_SET)
def set_goal(client_id: UUID) -> ResponseReturnValue:
    """Set a goal; “Add another step” shows the same form with one more row."""
    clients.find_person(db.session, who(), client_id)
    form = _new_form()
    if _MORE_ROWS in request.form:
        form.add_rows()
        return _new_page(form, client_id)
    return save(
        form,
        lambda: service.set_goal(db.session, who(), client_id, **_typed(form), now=now(), today=today()),
        done=lambda goal: tell(redirect(url_for("desk.goals", client_id=goal.client_id)), _("Goal saved.")),
        page=lambda: _new_page(form, client_id),
    )


def _new_form() -> GoalForm:
    form = GoalForm()
    form.status.choices = status_choices(_NEW)
    return form


def _typed(form: Any) -> dict[str, Any]:
    return {
        "words": form.words.data,
        "why": form.why.data,
        "domain": Domain(form.domain.data),
        "status": GoalStatus(form.status.data),
        "next_review_on": form.next_review_on.data,
        "steps": [
            StepWords(row["words"], StepOwner(row["owner"]), row["due_on"], uuid_or_none(row["step_id"]))
            for row in form.typed_steps()
        ],
    }


def _new_page(form: GoalForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who(), client_id)
    reading([client_id])
    return render_template(
        "goals/new.html", form=form, person=person, name=shown(person), called=called(person), his=spoken_of(person)[2]
    )


@room.get("/goals/<uuid:goal_id>/edit", action=Action.GOALS_SET)
def edit_goal(goal_id: UUID) -> str:
    """Show the form over a goal."""
    goal = service.find_goal(db.session, who(), goal_id)
    return _edit_page(_edit_form(goal), goal)


def _edit_form(goal: Any, further: str = "") -> GoalEditForm:
    """Return the form over a goal with an empty row at the end, or one that holds further words."""
    steps = [
        {"step_id": str(step.id), "words": step.words, "owner": step.owner.value, "due_on": step.due_on}
        for step in goal.steps
        if step.status is not StepStatus.NOT_NOW
    ]
    if further:
        steps.append({"words": further})
    form = GoalEditForm(
        formdata=None,
        data={
            "words": goal.words,
            "why": goal.why,
            "domain": goal.domain.value,
            "status": goal.status.value,
            "next_review_on": goal.next_review_on,
            "version": goal.version,
            "steps": steps,
        },
    )
    form.status.choices = status_choices([goal.status, *next_moves(goal.status)])
    form.add_rows(1 if len(steps) >= BLANK_ROWS else 0)
    return form


@room.post("/goals/<uuid:goal_id>/edit", action=Action.GOALS_SET)
def change_goal(goal_id: UUID) -> ResponseReturnValue:
    """Change a goal; how it stood before is kept."""
    goal = service.find_goal(db.session, who(), goal_id)
    form = GoalEditForm()
    form.status.choices = status_choices(list(GoalStatus))  # what may follow is the verb's to say
    form.newest = lambda: _edit_form(service.find_goal(db.session, who(), goal_id))
    if _MORE_ROWS in request.form:
        form.add_rows()
        return _edit_page(form, goal)

    before = goal.status

    def changed(row: Any) -> Any:
        words = _("Goal saved.") if row.status is before else _CHANGED.get(row.status, _("Goal saved."))
        return tell(redirect(url_for("desk.goals", client_id=row.client_id)), words)

    return save(
        form,
        lambda: service.change_goal(
            db.session, who(), goal_id, **_typed(form), version=form.typed()["version"], now=now(), today=today()
        ),
        done=changed,
        page=lambda: _edit_page(form, service.find_goal(db.session, who(), goal_id)),
    )


_CHANGED = {
    GoalStatus.PAUSED: mark("Resting. You can pick it up any time."),
    GoalStatus.ACHIEVED: mark("You did it. What would you like to do to mark it?"),
}


def _edit_page(form: GoalEditForm, goal: Any) -> str:
    person = clients.find_person(db.session, who(), goal.client_id)
    form.status.choices = status_choices([goal.status, *next_moves(goal.status)])
    reading([goal.client_id])
    done = {str(step.id) for step in goal.steps if step.status is StepStatus.DONE}
    return render_template(
        "goals/edit.html",
        form=form,
        goal=goal,
        person=person,
        name=shown(person),
        called=called(person),
        his=spoken_of(person)[2],
        done=done,
    )


@room.post("/goals/<uuid:goal_id>/steps", action=Action.GOALS_SET)
def add_step(goal_id: UUID) -> ResponseReturnValue:
    """Add one more step to a goal."""
    goal = service.find_goal(db.session, who(), goal_id)
    form = StepForm()

    def page() -> str:
        # What was typed goes on as a row of the goal's own form, so that nothing is lost.
        row = service.find_goal(db.session, who(), goal_id)
        edit = _edit_form(row, form.words.data or "")
        edit.form_errors.extend([*form.form_errors, *form.words.errors])
        return _edit_page(edit, row)

    return save(
        form,
        lambda: service.add_step(db.session, who(), goal, StepWords(form.words.data), now=now()),
        done=lambda _step: tell(redirect(url_for("desk.goals", client_id=goal.client_id)), _("Step added.")),
        page=page,
    )


@room.post("/steps/<uuid:step_id>/completion", action=Action.GOALS_SET)
def complete_step(step_id: UUID) -> ResponseReturnValue:
    """Tick a step as done."""
    return act_now(
        lambda: service.complete_step(db.session, who(), step_id, now=now()),
        lambda step: tell(
            redirect(_back(step.client_id)),
            say("Step done: %(words)s", words=step.words),
            undo=url_for("goals.undo_step", step_id=step.id),
        ),
        back=url_for("desk.today"),
    )


@room.post("/steps/<uuid:step_id>/completion/undo", action=Action.GOALS_SET)
def undo_step(step_id: UUID) -> ResponseReturnValue:
    """Take a tick back."""
    return act_now(
        lambda: service.undo_step(db.session, who(), step_id, now=now()),
        lambda step: tell(redirect(_back(step.client_id)), _("The step is back on the list.")),
        back=url_for("desk.today"),
    )


def _back(client_id: UUID) -> str:
    came_from = (request.referrer or "").split("?")[0]
    pages = [url_for("desk.goals", client_id=client_id), url_for("desk.today"), url_for("reminders.list_mine")]
    return next((page for page in pages if came_from.endswith(page)), url_for("desk.record", client_id=client_id))
