"""The organisation's settings, and beside them its crisis lines, each with its own buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.admin.forms import LineEditForm, LineForm, SettingsForm
from coachdesk.db import db
from coachdesk.organisation import lines
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import zones
from coachdesk.web import act_now, now, save, tell, today, who
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

_PERCENT = 100


def furnish(room: Room) -> None:
    """Add the settings and the crisis lines to the administrators' room."""
    room.get("/admin/settings", action=Action.ADMIN_SETTINGS)(settings)
    room.post("/admin/settings", action=Action.ADMIN_SETTINGS)(change_settings)
    room.get("/admin/lines/new", action=Action.ADMIN_SETTINGS)(new_line)
    room.post("/admin/lines/new", action=Action.ADMIN_SETTINGS)(add_line)
    room.get("/admin/lines/<uuid:line_id>", action=Action.ADMIN_SETTINGS)(line)
    room.post("/admin/lines/<uuid:line_id>", action=Action.ADMIN_SETTINGS)(change_line)
    room.post("/admin/lines/<uuid:line_id>/ending", action=Action.ADMIN_SETTINGS)(end_line)
    room.post("/admin/lines/<uuid:line_id>/verification", action=Action.ADMIN_SETTINGS)(verify_line)


def settings() -> str:
    """Show the settings."""
    return _page(_form_as_kept())


def _form_as_kept() -> SettingsForm:
    house = organisation.find_organisation(db.session)
    same = ("name", "zone", "country", "exit_url", "danger_minutes", "worry_minutes", "line_days", "version")
    data = {name: getattr(house, name) for name in same}
    return SettingsForm(formdata=None, data={**data, "review_percent": round(house.review_share * _PERCENT)})


def change_settings() -> ResponseReturnValue:
    """Change the settings."""
    form = SettingsForm()
    form.newest = _form_as_kept
    return save(
        form,
        lambda: organisation.change_settings(db.session, who(), **_typed(form), now=now()),
        done=lambda _house: tell(redirect(url_for("admin.settings")), _("Settings saved.")),
        page=lambda: _page(form),
    )


def _typed(form: SettingsForm) -> dict[str, Any]:
    typed = form.typed()
    share = typed.pop("review_percent") / _PERCENT
    return {**typed, "review_share": share}


def _page(form: SettingsForm) -> str:
    found = organisation.list_crisis_lines(db.session)
    return render_template(
        "admin/settings.html",
        form=form,
        zones=zones(),
        lines=found,
        to_ring={row.id for row in lines.list_to_ring(db.session, today())},
        rung_by=accounts.list_users(db.session, {row.verified_by for row in found if row.verified_by}),
    )


# ---- crisis lines -------------------------------------------------------------------------------------------------


def new_line() -> str:
    """Show the form for a new line."""
    return render_template("admin/line.html", form=LineForm(formdata=None), line=None)


def add_line() -> ResponseReturnValue:
    """Add a line."""
    form = LineForm()
    return save(
        form,
        lambda: lines.add_line(db.session, who(), **form.typed(), now=now()),
        done=lambda row: tell(_lines(), say("%(label)s is added. Ring it once before you trust it.", label=row.label)),
        page=lambda: render_template("admin/line.html", form=form, line=None),
    )


def line(line_id: UUID) -> str:
    """Show a line to be changed."""
    return _line_page(_line_as_kept(line_id), line_id)


def _line_as_kept(line_id: UUID) -> LineEditForm:
    return LineEditForm(formdata=None, obj=lines.find_line(db.session, who(), line_id))


def change_line(line_id: UUID) -> ResponseReturnValue:
    """Change a line."""
    form = LineEditForm()
    form.newest = lambda: _line_as_kept(line_id)
    return save(
        form,
        lambda: lines.change_line(db.session, who(), line_id, **form.typed(), now=now()),
        done=lambda row: tell(_lines(), say("%(label)s is changed.", label=row.label)),
        page=lambda: _line_page(form, line_id),
    )


def _line_page(form: LineEditForm, line_id: UUID) -> str:
    found = lines.find_line(db.session, who(), line_id)
    return render_template("admin/line.html", form=form, line=found)


def end_line(line_id: UUID) -> ResponseReturnValue:
    """End a line."""
    return act_now(
        lambda: lines.end_line(db.session, who(), line_id, now=now()),
        lambda row: tell(_lines(), say("%(label)s is no longer offered.", label=row.label)),
        back=url_for("admin.settings"),
    )


def verify_line(line_id: UUID) -> ResponseReturnValue:
    """“I rang it today”."""
    return act_now(
        lambda: lines.verify_line(db.session, who(), line_id, now=now()),
        lambda row: tell(_lines(), say("%(label)s counts as checked from today.", label=row.label)),
        back=url_for("admin.settings"),
    )


def _lines() -> Any:
    return redirect(url_for("admin.settings", _anchor="h-lines"))
