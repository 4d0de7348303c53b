"""How a form's page keeps what is typed: the rooms' own routes call it with whose record it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import jsonify, redirect, request
from flask_babel import gettext as _

from coachdesk.db import db
from coachdesk.drafts import service
from coachdesk.web import is_used, now, tell, who
from coachdesk.web.filters import clock

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue


def keep(
    form: str, subject_id: uuid.UUID, client_id: uuid.UUID, *, path: str, adds: bool = False
) -> ResponseReturnValue:
    """Keep what is typed. A script is answered with the hour; without one the reader is led back to the form.

    A page that was saved meanwhile brings no draft back, however late its last words arrive.
    """
    service.hold_author(db.session, who())
    if not is_used(request.form.get("form_key", "")):
        fields = {name: request.form.getlist(name) for name in request.form}
        service.save_draft(
            db.session,
            who(),
            client_id,
            form=form,
            subject_id=subject_id,
            fields=fields,
            path=path,
            now=now(),
            adds=adds,
        )
    db.session.commit()
    if request.accept_mimetypes.best == "application/json":
        return jsonify(saved=clock(now()))
    return tell(redirect(path, 303), _("Draft saved. Pick it up from Today when you like."))
