"""The outreach ladder, as one of the organisation's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.admin.forms import LadderForm
from coachdesk.db import db
from coachdesk.organisation import outreach
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import MOST_RUNGS, Rung, RungAct
from coachdesk.web import now, save, tell, who

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

_MORE_ROWS = "more-rungs"


def furnish(room: Room) -> None:
    """Add the ladder's page to the administrators' room."""
    room.get("/admin/settings/ladder", action=Action.ADMIN_SETTINGS)(ladder)
    room.post("/admin/settings/ladder", action=Action.ADMIN_SETTINGS)(change_ladder)


def ladder() -> str:
    """Show the ladder."""
    return _page(_form_as_kept())


def _form_as_kept() -> LadderForm:
    rungs = [{"day": rung.day, "act": rung.act.value} for rung in outreach.find_ladder(db.session)]
    version = organisation.find_organisation(db.session).version
    return LadderForm(formdata=None, data={"rungs": rungs, "version": version})


def change_ladder() -> ResponseReturnValue:
    """Change the ladder; “Add another step” shows the form with one more row."""
    form = LadderForm()
    form.newest = _form_as_kept
    if _MORE_ROWS in request.form:
        if len(form.rungs) < MOST_RUNGS:
            form.rungs.append_entry()
        return _page(form)

    def act() -> object:
        typed = form.typed()
        rungs = [Rung(row["day"], RungAct(row["act"])) for row in typed["rungs"] if row["day"] is not None]
        return outreach.change_ladder(db.session, who(), rungs=rungs, version=typed["version"], now=now())

    return save(
        form,
        act,
        done=lambda _house: tell(redirect(url_for("admin.ladder")), _("The ladder is saved. It counts from now on.")),
        page=lambda: _page(form),
    )


def _page(form: LadderForm) -> str:
    return render_template("admin/ladder.html", form=form)
