"""The person's own pages: My goals, and what we wrote."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.audit import Event
from coachdesk.clients.naming import dialled
from coachdesk.db import db
from coachdesk.goals import service as goals
from coachdesk.portal import service, wish_views
from coachdesk.safety.rules import PLAN_PARTS, split_numbers
from coachdesk.visits.rules import Then
from coachdesk.web import Page, Room, act_now, house_zone, now, page_number, reading, tell, today, who
from coachdesk.words import NotFound, Refused, say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

room = Room("portal", __name__)
wish_views.furnish(room)
LOOKS = 30
"""Lines on a page of who has looked."""


@room.get("/my-goals", action=Action.PORTAL_READ)
def my_goals() -> str:
    """Show my goals, my next step, and how to reach my coach."""
    page = _page()
    _reads(Event.RECORD_READ)
    phone = dialled(page.coach.work_phone) if page.coach and page.coach.work_phone else ""
    return render_template("portal/my_goals.html", page=page, phone=phone)


@room.get("/my-goals/my-plan", action=Action.PORTAL_READ)
def my_plan() -> str:
    """Show my plan for hard times, ready to be printed."""
    page = service.open_my_plan(db.session, who())
    _reads(Event.SAFETY_PLAN_READ)
    return render_template(
        "portal/my_plan.html", plan=page.plan, coach=page.coach, parts=PLAN_PARTS, numbers=split_numbers
    )


@room.get("/my-goals/what-we-wrote", action=Action.PORTAL_READ)
def what_we_wrote() -> str:
    """Show what was written about me."""
    entries = service.list_written(db.session, who(), now=now())
    _reads(Event.CHECKIN_READ)
    return render_template("portal/what_we_wrote.html", entries=entries)


@room.get("/my-goals/who-looked", action=Action.PORTAL_READ)
def who_looked() -> str:
    """Show who has looked at my record.

    The look leaves no row: it shows nothing that was written, only what the trail says about its reader, and a row
    for each look would push the looks of others out of sight.
    """
    looks, total, number = service.list_looks(db.session, who(), page_number(), zone=house_zone(), size=LOOKS)
    return render_template("portal/who_looked.html", page=Page(looks, number, total, LOOKS))


def _page() -> service.MyGoals:
    return service.open_my_goals(db.session, who(), zone=house_zone(), now=now(), today=today())


def _reads(happened: Event) -> None:
    client_id = who().client_id
    reading([client_id] if client_id else [], happened)


@room.post("/my-goals/steps/<uuid:step_id>/done", action=Action.PORTAL_STEP)
def did_step(step_id: uuid.UUID) -> ResponseReturnValue:
    """“I did this.”."""

    def done(step: Any) -> Any:
        page = _page()
        coach = page.coach.first_name if page.coach else ""
        words = _("Well done.") if not coach else say("Well done. %(coach)s will see this.", coach=coach)
        if page.step:
            words = (
                say("Well done. %(coach)s will see this. Next: %(words)s", coach=coach, words=page.step.words)
                if coach
                else say("Well done. Next: %(words)s", words=page.step.words)
            )
        return tell(_home(), words, undo=url_for("portal.undo", step_id=step.id))

    return act_now(
        lambda: goals.complete_step(db.session, who(), step_id, now=now()), done, back=url_for("portal.my_goals")
    )


@room.post("/my-goals/steps/<uuid:step_id>/done/undo", action=Action.PORTAL_STEP)
def undo(step_id: uuid.UUID) -> ResponseReturnValue:
    """Take “I did this” back."""
    return act_now(
        lambda: goals.undo_step(db.session, who(), step_id, now=now()),
        lambda _step: tell(_home(), _("The step is back on your list.")),
        back=url_for("portal.my_goals"),
    )


@room.post("/my-goals/help", action=Action.PORTAL_ASK)
def ask_help() -> ResponseReturnValue:
    """“I would like some help.”."""

    def done(coach: Any) -> Any:
        if coach is None:
            return tell(_home(), _("Your wish for help is kept. Your next coach sees it first."))
        told = say("%(coach)s has been told.", coach=coach.first_name)
        if coach.work_hours:
            told = say(
                "%(coach)s has been told. You can reach %(coach)s: %(hours)s.",
                coach=coach.first_name,
                hours=coach.work_hours.rstrip("."),
            )
        return tell(_home(), told)

    return act_now(
        lambda: service.ask_help(db.session, who(), step_id=_step_id(), now=now(), today=today()),
        done,
        back=url_for("portal.my_goals"),
    )


@room.get("/my-goals/visits/<uuid:visit_id>", action=Action.PORTAL_ASK)
def show_visit(visit_id: uuid.UUID) -> ResponseReturnValue:
    """“I cannot make it”: ask what should follow."""
    try:
        planned = service.find_visit(db.session, who(), visit_id, now=now(), today=today())
    except Refused as refusal:
        home: ResponseReturnValue = tell(_home(), refusal.sentence, "care")
        return home
    _reads(Event.RECORD_READ)
    return render_template("portal/cannot.html", planned=planned, coach=service.find_coach(db.session, who()))


@room.post("/my-goals/visits/<uuid:visit_id>", action=Action.PORTAL_ASK)
def cannot_make_it(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Say that one cannot make it, and whether another time or a call follows."""
    calls = request.form.get("then") == Then.PERSON_CALLS.value
    then = Then.PERSON_CALLS if calls else Then.ANOTHER

    def done(coach: Any) -> Any:
        words = _("That is all right. Your next coach will see it.")
        if coach and then is Then.ANOTHER:
            words = say("That is all right. %(coach)s will suggest another time.", coach=coach.first_name)
        elif coach:
            words = say("That is all right. %(coach)s knows that you will call.", coach=coach.first_name)
        return tell(_home(), words, undo=url_for("portal.can_make_it", visit_id=visit_id))

    return act_now(
        lambda: service.cannot_make_it(db.session, who(), visit_id, then=then, now=now(), today=today()),
        done,
        back=url_for("portal.my_goals"),
    )


@room.post("/my-goals/visits/<uuid:visit_id>/undo", action=Action.PORTAL_ASK)
def can_make_it(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Take it back."""
    return act_now(
        lambda: service.can_make_it(db.session, who(), visit_id, now=now(), today=today()),
        lambda visit: tell(_home(), say("Good. You speak on %(weekday)s, as planned.", weekday=visit.planned_on)),
        back=url_for("portal.my_goals"),
    )


def _step_id() -> uuid.UUID | None:
    text = request.form.get("step", "")
    try:
        return uuid.UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound from wrong


def _home() -> Any:
    return redirect(url_for("portal.my_goals"))
