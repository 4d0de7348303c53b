"""Planning the next contact, moving it, and saying that somebody cannot make it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import assigning
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown
from coachdesk.db import db
from coachdesk.visits import clashes, coming, feed_views, reading, recurring, series_views, service
from coachdesk.visits.forms import MoveForm, OffForm, PlanForm, offer_off
from coachdesk.visits.rules import CHANNEL_ICONS, Side, Then, is_over
from coachdesk.visits.telling import beside
from coachdesk.web import Room, act_now, now, reader_zone, save, tell, today, who
from coachdesk.web import reading as declare_reading
from coachdesk.web.filters import translated
from coachdesk.words import NotFound, Refused, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.visits.rules import Planned

room = Room("visits", __name__)
series_views.furnish(room)
feed_views.furnish(room)


@room.get("/people/<uuid:client_id>/visits/new", action=Action.VISITS_PLAN)
def new_visit(client_id: UUID) -> str:
    """Show the form for the next contact, with what is planned by itself now."""
    found = service.list_open_visits(db.session, who(), client_id)
    alone = next((visit.planned for visit in found if visit.series_id is None), None)
    return _page(PlanForm(data=reading.of_plan(alone)), client_id)


@room.post("/people/<uuid:client_id>/visits/new", action=Action.VISITS_PLAN)
def plan(client_id: UUID) -> ResponseReturnValue:
    """Plan the next contact, once or again and again."""
    clients.find_person(db.session, who(), client_id)
    form = PlanForm()

    def act() -> Planned | None:
        if reading.repeats(form):
            meeting = reading.as_meeting(form)
            pattern = reading.as_pattern(form)
            recurring.begin_series(db.session, who(), client_id, pattern, **meeting, now=now(), today=today())
            return series_views.find_first(client_id)
        typed = reading.as_plan(form)
        return service.plan_visit(db.session, who(), client_id, **typed, now=now(), today=today()).planned

    return save(form, act, done=lambda planned: planned_words(client_id, planned), page=lambda: _page(form, client_id))


def planned_words(client_id: UUID, planned: Planned | None) -> Any:
    """Say when you speak next, and whom one sees at that time already."""
    response = redirect(url_for("desk.record", client_id=client_id))
    if planned is None:
        return tell(response, _("Planned."))
    response = tell(response, say("You speak next on %(weekday)s.", weekday=planned.on))
    for hint in clashes.list_hints(db.session, who(), client_id, planned, zone=reader_zone()):
        response = tell(response, hint, "info")
    return response


def _page(form: PlanForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who(), client_id)
    declare_reading([client_id])
    return render_template(
        "visits/new.html",
        form=form,
        person=person,
        name=shown(person),
        icons=ICONS,
        repeats_open=any(getattr(form, name).data or getattr(form, name).errors for name in reading.REPEATING),
    )


ICONS = {key.value: icon for key, icon in CHANNEL_ICONS.items() if key}


# ---- one planned contact --------------------------------------------------------------------------------------------


def _find(client_id: UUID, visit_id: UUID) -> Planned:
    return coming.find_planned(db.session, who(), client_id, visit_id, now=now(), today=today())


def _record(client_id: UUID) -> str:
    return url_for("desk.record", client_id=client_id)


def _back(client_id: UUID) -> str:
    """Return the page the button stood on, where it is one that shows plans."""
    came_from = (request.referrer or "").split("?")[0]
    pages = [url_for("desk.details", client_id=client_id), url_for("desk.today")]
    return next((page for page in pages if came_from.endswith(page)), _record(client_id))


@room.get("/people/<uuid:client_id>/visits/<uuid:visit_id>/move", action=Action.VISITS_PLAN)
def show_move(client_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Show the form that moves one planned contact."""
    try:
        planned = _find(client_id, visit_id)
    except Refused as refusal:
        return tell(redirect(_record(client_id)), refusal.sentence, "care")
    data = {"planned_on": planned.on, "hour": planned.hour, "version": planned.version}
    return _one_page("visits/move.html", MoveForm(data=data), client_id, planned)


@room.post("/people/<uuid:client_id>/visits/<uuid:visit_id>/move", action=Action.VISITS_PLAN)
def move(client_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Move one planned contact to another day or hour."""
    clients.find_person(db.session, who(), client_id)
    form = MoveForm()
    form.newest = lambda: _newest(client_id, visit_id)

    def act() -> Any:
        assigning.hold_person(db.session, client_id)
        before = _find(client_id, visit_id)
        typed = form.typed()
        return before, coming.move_visit(db.session, who(), client_id, visit_id, **typed, now=now(), today=today())

    def moved(both: tuple[Planned, Any]) -> Any:
        before, visit = both
        undo = "" if _is_over(client_id, before) else _undo_move(client_id, before, visit.version)
        response = tell(redirect(_record(client_id)), say("Moved to %(weekday)s.", weekday=visit.planned_on), undo=undo)
        for hint in clashes.list_hints(db.session, who(), client_id, visit.planned, zone=reader_zone()):
            response = tell(response, hint, "info")
        return response

    return save(form, act, done=moved, page=lambda: _stays(form, client_id, visit_id, "visits/move.html"))


def _is_over(client_id: UUID, before: Planned) -> bool:
    zone = service.find_zone(db.session, who(), client_id)
    return is_over(before.on, before.hour, before.minutes, zone=zone, now=now(), today=today())


def _undo_move(client_id: UUID, before: Planned, version: int) -> str:
    """Return the address that puts a contact back to where it was, if nobody moves it again meanwhile."""
    was = f"{before.on.isoformat()} {before.hour.isoformat() if before.hour else ''}".strip()
    return url_for("visits.put_back", client_id=client_id, visit_id=before.id, to=was, version=version)


def _was() -> dict[str, Any]:
    """Read where a contact was before it was moved; raises `NotFound` where the address was written by hand."""
    on, _between, hour = request.args.get("to", "").partition(" ")
    if not on:
        return {}
    try:
        to = dt.date.fromisoformat(on), dt.time.fromisoformat(hour).replace(tzinfo=None) if hour else None
        return {"to": to, "version": int(request.args.get("version", ""))}
    except ValueError as wrong:
        raise NotFound from wrong


def _newest(client_id: UUID, visit_id: UUID) -> MoveForm:
    planned = _find(client_id, visit_id)
    return MoveForm(formdata=None, data={"planned_on": planned.on, "hour": planned.hour, "version": planned.version})


def _stays(form: Any, client_id: UUID, visit_id: UUID, template: str) -> str:
    """Show the form again; where its contact lies behind us by now, only with what was typed."""
    try:
        planned = _find(client_id, visit_id)
    except Refused:
        planned = None
    return _one_page(template, form, client_id, planned)


def _one_page(template: str, form: Any, client_id: UUID, planned: Planned | None) -> str:
    person = clients.find_person(db.session, who(), client_id)
    zone = service.find_zone(db.session, who(), client_id)
    declare_reading([client_id])
    return render_template(
        template,
        form=form,
        person=person,
        name=shown(person),
        called=called(person),
        planned=planned,
        beside=translated(beside(planned, zone, reader_zone()) or "") if planned else "",
    )


@room.post("/people/<uuid:client_id>/visits/<uuid:visit_id>/move/undo", action=Action.VISITS_PLAN)
def put_back(client_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Put a moved contact back to where it was, or where its series has it."""
    was = _was()
    return act_now(
        lambda: coming.put_back(db.session, who(), client_id, visit_id, **was, now=now(), today=today()),
        lambda visit: tell(
            redirect(_record(client_id)), say("Back on %(weekday)s, as it was.", weekday=visit.planned_on)
        ),
        back=_record(client_id),
    )


# ---- somebody cannot make it ----------------------------------------------------------------------------------------


@room.get("/people/<uuid:client_id>/visits/<uuid:visit_id>/off", action=Action.VISITS_PLAN)
def show_off(client_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Ask who cannot make it, and what comes next."""
    try:
        planned = _find(client_id, visit_id)
    except Refused as refusal:
        return tell(redirect(_record(client_id)), refusal.sentence, "care")
    form = offer_off(OffForm(), called(clients.find_person(db.session, who(), client_id)))
    form.off_by.data = Side.PERSON.value if request.args.get("who") == Side.PERSON.value else None
    return _one_page("visits/off.html", form, client_id, planned)


@room.post("/people/<uuid:client_id>/visits/<uuid:visit_id>/off", action=Action.VISITS_PLAN)
def call_off(client_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Note that one of the two cannot make it; the other finds it on their own page."""
    form = offer_off(OffForm(), called(clients.find_person(db.session, who(), client_id)))

    def act() -> Any:
        side, then = Side(form.off_by.data), Then(form.then.data)
        return coming.call_off(db.session, who(), client_id, visit_id, off_by=side, then=then, now=now(), today=today())

    def done(visit: Any) -> Any:
        another = visit.off_then is Then.ANOTHER
        where = url_for("visits.new_visit", client_id=client_id) if another else _record(client_id)
        words = say("Called off for %(weekday)s.", weekday=visit.planned_on)
        return tell(redirect(where), words, undo=_undo(client_id, visit_id))

    return save(form, act, done=done, page=lambda: _stays(form, client_id, visit_id, "visits/off.html"))


def _undo(client_id: UUID, visit_id: UUID) -> str:
    return url_for("visits.take_back", client_id=client_id, visit_id=visit_id)


@room.post("/people/<uuid:client_id>/visits/<uuid:visit_id>/cancellation", action=Action.VISITS_PLAN)
def cancel(client_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Call one planned contact off."""

    def done(visit: Any) -> Any:
        left = service.find_open_visit(db.session, who(), client_id)
        words = (
            say("Called off for %(weekday)s.", weekday=visit.planned_on)
            if left
            else _("Called off. Nothing is planned now.")
        )
        return tell(redirect(_back(client_id)), words, undo=_undo(client_id, visit_id))

    return act_now(
        lambda: coming.call_off(db.session, who(), client_id, visit_id, off_by=Side.COACH, now=now(), today=today()),
        done,
        back=_record(client_id),
    )


@room.post("/people/<uuid:client_id>/visits/<uuid:visit_id>/cancellation/undo", action=Action.VISITS_PLAN)
def take_back(client_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """Plan again what one called off."""
    return act_now(
        lambda: coming.take_back(db.session, who(), client_id, visit_id, now=now(), today=today()),
        lambda visit: tell(
            redirect(_record(client_id)), say("Planned again for %(weekday)s.", weekday=visit.planned_on)
        ),
        back=_record(client_id),
    )
