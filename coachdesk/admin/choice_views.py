"""The organisation's own lists and its words on reporting, as one page of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.admin.forms import ListsForm
from coachdesk.db import db
from coachdesk.organisation import choices
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import DUTY_WORDS, Duty, ListKind
from coachdesk.web import now, save, tell, who
from coachdesk.web.filters import translated
from coachdesk.words import say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add the lists' page to the administrators' room."""
    room.get("/admin/settings/lists", action=Action.ADMIN_SETTINGS)(lists)
    room.post("/admin/settings/lists", action=Action.ADMIN_SETTINGS)(change_lists)


def lists() -> str:
    """Show the lists."""
    return _page(_form_as_kept())


def _form_as_kept() -> ListsForm:
    kept = {kind.value: "\n".join(row.words for row in rows) for kind, rows in choices.list_choices(db.session).items()}
    duties = {duty.value: words for duty, words in choices.find_duties(db.session).items()}
    version = organisation.find_organisation(db.session).version
    return ListsForm(formdata=None, data={**kept, **duties, "version": version})


def change_lists() -> ResponseReturnValue:
    """Change the lists."""
    form = ListsForm()
    form.newest = _form_as_kept
    return save(
        form,
        lambda: choices.change_lists(
            db.session,
            who(),
            lists={kind: form.lines(kind.value) for kind in ListKind},
            duties={duty: form[duty.value].data for duty in Duty},
            version=form.typed()["version"],
            now=now(),
        ),
        done=lambda _house: tell(redirect(url_for("admin.lists")), _("Saved. Coaches see it from now on.")),
        page=lambda: _page(form),
    )


def _page(form: ListsForm) -> str:
    usual = {duty.value: translated(say(words)) for duty, words in DUTY_WORDS.items()}
    return render_template("admin/lists.html", form=form, usual=usual)
