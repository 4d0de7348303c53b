"""The organisation's settings, with its crisis lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.admin.forms import MOST_LINES, SettingsForm
from coachdesk.db import db
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import Line, zones
from coachdesk.web import now, save, tell, who

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

_MORE_ROWS = "more-lines"
_PERCENT = 100


def furnish(room: Room) -> None:
    """Add the settings page to the administrators' room."""
    room.get("/admin/settings", action=Action.ADMIN_SETTINGS)(settings)
    room.post("/admin/settings", action=Action.ADMIN_SETTINGS)(change_settings)


def settings() -> str:
    """Show the settings."""
    return _page(_form_as_kept())


def _form_as_kept() -> SettingsForm:
    house = organisation.find_organisation(db.session)
    lines = [
        {
            "label": line.label,
            "number": line.number,
            "kind": line.kind,
            "is_emergency": line.is_emergency,
            "verified_on": line.verified_on,
        }
        for line in organisation.list_crisis_lines(db.session)
    ]
    return SettingsForm(
        formdata=None,
        data={
            "name": house.name,
            "zone": house.zone,
            "country": house.country,
            "exit_url": house.exit_url,
            "review_percent": round(house.review_share * _PERCENT),
            "version": house.version,
            "lines": lines,
        },
    )


def change_settings() -> ResponseReturnValue:
    """Change the settings; “Add another line” shows the form with one more row."""
    form = SettingsForm()
    form.newest = _form_as_kept
    if _MORE_ROWS in request.form:
        if len(form.lines) < MOST_LINES:
            form.lines.append_entry()
        return _page(form)
    return save(
        form,
        lambda: organisation.change_settings(db.session, who(), **_typed(form), now=now()),
        done=lambda _house: tell(redirect(url_for("admin.settings")), _("Settings saved.")),
        page=lambda: _page(form),
    )


def _typed(form: SettingsForm) -> dict[str, Any]:
    typed = form.typed()
    lines = [
        Line(row["label"] or row["number"], row["number"], row["kind"], row["is_emergency"], row["verified_on"])
        for row in typed.pop("lines")
        if row["number"]
    ]
    share = typed.pop("review_percent") / _PERCENT
    return {**typed, "review_share": share, "lines": lines}


def _page(form: SettingsForm) -> str:
    return render_template("admin/settings.html", form=form, zones=zones())
