"""Changing and ending contacts that repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown
from coachdesk.db import db
from coachdesk.visits import reading, recurring, service
from coachdesk.visits.forms import SeriesForm
from coachdesk.visits.rules import CHANNEL_ICONS
from coachdesk.visits.telling import in_words
from coachdesk.web import act_now, now, save, tell, today, who
from coachdesk.web import reading as declare_reading
from coachdesk.web.filters import translated
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.visits.rules import Planned
    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Give the room its routes about series."""
    room.get("/visit-series/<uuid:series_id>/edit", action=Action.VISITS_PLAN)(edit_series)
    room.post("/visit-series/<uuid:series_id>/edit", action=Action.VISITS_PLAN)(change_series)
    room.post("/visit-series/<uuid:series_id>/ending", action=Action.VISITS_PLAN)(end_series)
    room.post("/visit-series/<uuid:series_id>/ending/undo", action=Action.VISITS_PLAN)(resume_series)


def find_first(client_id: UUID) -> Planned | None:
    """Return the first day of the series that goes on which is the next contact or stands in line for it."""
    found = service.list_open_visits(db.session, who(), client_id)
    return next((visit.planned for visit in found if visit.series_id and visit.planned_on >= today()), None)


def edit_series(series_id: UUID) -> str:
    """Show the form over a series, to go on in another way from its next day on."""
    series = recurring.find_series(db.session, who(), series_id)
    return _page(_form(series), series)


def _form(series: Any) -> SeriesForm:
    planned = find_first(series.client_id)
    return SeriesForm(formdata=None, data=reading.of_series(series, planned.on if planned else today()))


def change_series(series_id: UUID) -> ResponseReturnValue:
    """Let another pattern go on; what lies behind stays as it was."""
    client_id = recurring.find_series(db.session, who(), series_id).client_id
    form = SeriesForm()
    form.newest = lambda: _form(_now(client_id, series_id))

    def act() -> Any:
        typed = {"version": form.typed()["version"], **reading.as_meeting(form)}
        pattern = reading.as_pattern(form)
        return recurring.change_series(db.session, who(), series_id, pattern, **typed, now=now(), today=today())

    def done(series: Any) -> Any:
        words = " ".join(translated(part) for part in in_words(series.pattern))
        return tell(redirect(_record(client_id)), say("From now on: %(words)s.", words=words))

    return save(form, act, done=done, page=lambda: _page(form, _now(client_id, series_id)))


def _now(client_id: UUID, series_id: UUID) -> Any:
    """Return the series that goes on with the person by now, else the one that was asked for."""
    going = service.find_series(db.session, who(), client_id)
    return going or recurring.find_series(db.session, who(), series_id)


def _page(form: SeriesForm, series: Any) -> str:
    person = clients.find_person(db.session, who(), series.client_id)
    declare_reading([series.client_id])
    return render_template(
        "visits/series.html",
        form=form,
        series=series,
        person=person,
        name=shown(person),
        words=in_words(series.pattern),
        icons={key.value: icon for key, icon in CHANNEL_ICONS.items() if key},
    )


def end_series(series_id: UUID) -> ResponseReturnValue:
    """End contacts that repeat."""
    return act_now(
        lambda: recurring.end_series(db.session, who(), series_id, now=now(), today=today()),
        lambda series: tell(
            redirect(_record(series.client_id)),
            _("It no longer repeats. What was ahead is called off."),
            undo=url_for("visits.resume_series", series_id=series_id),
        ),
        back=url_for("desk.today"),
    )


def resume_series(series_id: UUID) -> ResponseReturnValue:
    """Let contacts that were ended repeat again."""
    return act_now(
        lambda: recurring.resume_series(db.session, who(), series_id, now=now(), today=today()),
        lambda series: tell(redirect(_record(series.client_id)), _("It repeats again, as it was.")),
        back=url_for("desk.today"),
    )


def _record(client_id: UUID) -> str:
    return url_for("desk.record", client_id=client_id)
