"""Where drafts are kept and let go; the pages they belong to are other rooms'."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from flask import jsonify, redirect, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.db import db
from coachdesk.drafts import service
from coachdesk.web import Room, act_now, now, tell, who
from coachdesk.web.filters import clock
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

room = Room("drafts", __name__)
PATHS = {"check-in": "/people/{subject}/check-ins/new", "goal-review": "/goals/{subject}/reviews/new"}
"""The forms that have drafts, and where each goes on."""
OF_SEVERAL_PAGES = frozenset({"goal-review"})


@room.post("/drafts/<form>/<uuid:subject_id>", action=Action.DRAFTS_KEEP)
def keep(form: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what is typed. A script is answered with the hour; without one the reader is led back to the form."""
    if form not in PATHS:
        raise NotFound
    path = PATHS[form].format(subject=subject_id)
    fields = {name: request.form.getlist(name) for name in request.form}
    draft = service.save_draft(
        db.session,
        who(),
        _person(form, subject_id),
        form=form,
        subject_id=subject_id,
        fields=fields,
        path=path,
        now=now(),
        adds=form in OF_SEVERAL_PAGES,
    )
    db.session.commit()
    if request.accept_mimetypes.best == "application/json":
        return jsonify(saved=clock(draft.saved_at))
    return tell(redirect(path, 303), _("Draft saved. Pick it up from Today when you like."))


def _person(form: str, subject_id: uuid.UUID) -> uuid.UUID:
    """Return whose record a draft belongs to; a check-in's subject is the person."""
    if form == "check-in":
        return subject_id
    try:
        return uuid.UUID(request.form.get("client_id", ""))
    except ValueError as wrong:
        raise NotFound from wrong


@room.post("/drafts/<form>/<uuid:subject_id>/discard", action=Action.DRAFTS_KEEP)
def discard(form: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Let a draft go."""
    return act_now(
        lambda: service.discard_draft(db.session, who(), form, subject_id, now=now()),
        lambda _nothing: tell(redirect(url_for("accounts.home")), _("The draft is gone.")),
        back=url_for("accounts.home"),
    )
