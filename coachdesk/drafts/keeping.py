"""How a form's page keeps what is typed, and how the gate keeps what came too late."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import jsonify, redirect, request, session, url_for
from flask_babel import gettext as _

from coachdesk.db import db, writing
from coachdesk.drafts import service, unsent
from coachdesk.web import by_script, is_used, now, tell, who
from coachdesk.web.filters import clock
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from flask.typing import ResponseReturnValue


def keep(
    form: str,
    subject_id: uuid.UUID,
    client_id: uuid.UUID,
    *,
    path: str,
    adds: bool = False,
    without: Collection[str] = (),
    said: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """Keep what is typed. A script is answered with the hour; without one the reader is led back to the form.

    `without` names fields that must not be kept; `said` is told to a script besides the hour. A page that was saved meanwhile brings no draft back, however late its last words arrive.
    """
    service.hold_author(db.session, who())
    if not is_used(request.form.get("form_key", "")):
        fields = {name: request.form.getlist(name) for name in request.form if name not in without}
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
    if by_script():
        return jsonify(saved=clock(now()), **(said or {}))
    return tell(redirect(path, 303), _("Draft saved. Pick it up from Today when you like."))


def forget_sent() -> None:
    """Forget, in the act at hand, what waited for its writer and has now been sent."""
    try:
        key = uuid.UUID(request.form.get("unsent_id", ""))
    except ValueError:
        return
    unsent.was_sent(db.session, who().id, key)
    forget_here(key)


def forget_here(key: uuid.UUID) -> None:
    """Let this browser forget that something of it waits."""
    session["unsent"] = [kept for kept in session.get("unsent", []) if kept != key.hex]


def keep_unsent(writer: uuid.UUID) -> str:
    """Keep what this request brought for its writer; return where they find it once they are back.

    A mere press is not kept: its reader is led back to the page it came from.
    """
    fields = {name: request.form.getlist(name) for name in request.form}
    if by_script() or not unsent.is_worth_keeping(fields):
        return urlsplit(request.referrer or "").path or "/"
    db.session.rollback()
    with writing():
        key = unsent.keep(db.session, writer, path=request.full_path.rstrip("?"), fields=fields, now=now())
        db.session.commit()
    # Known to this browser alone, so that nobody who holds the cookie of a session that ended plants a form elsewhere.
    session["unsent"] = [*session.get("unsent", []), key.hex][-unsent.MOST_KEPT :]
    return url_for("drafts.show_unsent", unsent_id=key)


def find_unsent() -> str | None:
    """Return where this browser's reader finds what they last sent too late, while it still waits."""
    for hexed in reversed(session.get("unsent", [])):
        key = uuid.UUID(hexed)
        with suppress(NotFound):
            unsent.find(db.session, who(), key)
            return url_for("drafts.show_unsent", unsent_id=key)
        forget_here(key)
    return None


def is_of_this_browser(key: uuid.UUID) -> bool:
    """Say whether it was in this browser that something was sent too late."""
    return key.hex in session.get("unsent", [])
