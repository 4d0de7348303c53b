"""How a form becomes an act: checked, done once, committed; what was typed stays on the page when it cannot be."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from flask import redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from coachdesk.db import db, insert_once
from coachdesk.web.filters import translated
from coachdesk.web.flashing import tell
from coachdesk.web.house import house, now, who
from coachdesk.web.models import UsedForm
from coachdesk.words import Refused, Stale

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

    from coachdesk.web.forms import Form

T = TypeVar("T")
UNPROCESSABLE, CONFLICT, SEE_OTHER = 422, 409, 303


def save(
    form: Form, act: Callable[[], T], *, done: Callable[[T], Response], page: Callable[[], str]
) -> ResponseReturnValue:
    """Do what a form asks for, once, and lead on; or show the page again with a sentence and everything typed."""
    if not form.validate():
        return page(), UNPROCESSABLE
    try:
        earlier = _claim(form.form_key.data)
        if earlier is not None:
            db.session.rollback()
            return redirect(earlier, SEE_OTHER)
        response = done(act())
        _remember(form.form_key.data, response)
        house().forget_sent()
        house().clear_draft()
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        form.refuse(translated(refusal.sentence), refusal.at)
        return page(), UNPROCESSABLE
    except (Stale, StaleDataError):
        db.session.rollback()
        form.refuse(_stale_words(form))
        form.take_newest()
        return page(), CONFLICT
    response.status_code = SEE_OTHER
    return response


def _stale_words(form: Form) -> str:
    words: str = (
        _(
            "You changed this in another window, or by a link or an answer to a message. Nothing is lost: what you chose "
            "here is still below. Look at what is there now, then save again."
        )
        if getattr(form, "is_own", False)
        else _(
            "Somebody changed this while you were writing. Nothing of theirs or yours is lost: "
            "your words are still below. Look at what is there now, then save again."
        )
    )
    return words


def act_now(act: Callable[[], T], done: Callable[[T], Response], *, back: str) -> ResponseReturnValue:
    """Do what a single button asks for and lead on; a refusal is said on the page it came from (`back`)."""
    try:
        response = done(act())
        house().forget_sent()
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        response = tell(redirect(back), refusal.sentence, "care")
    except (Stale, StaleDataError):
        db.session.rollback()
        response = tell(redirect(back), _("Somebody changed this a moment ago. Have a look before you go on."), "care")
    response.status_code = SEE_OTHER
    return response


def is_used(key: str) -> bool:
    """Say whether a form, by its key as sent, has made its record already."""
    try:
        found = db.session.get(UsedForm, (uuid.UUID(key), who().id))
    except ValueError:
        return False
    return found is not None


def _claim(key: uuid.UUID) -> str | None:
    """Take the form's key; return where it led if it was used before. A twin sent at once waits for the first."""
    if insert_once(db.session, UsedForm, key=key, user_id=who().id, at=now(), place=""):
        return None
    place: str | None = db.session.scalar(
        sa.select(UsedForm.place).where(UsedForm.key == key, UsedForm.user_id == who().id)
    )
    return place or request.path


def _remember(key: uuid.UUID, response: Any) -> None:
    db.session.execute(
        sa.update(UsedForm)
        .where(UsedForm.key == key, UsedForm.user_id == who().id)
        .values(place=response.location[:500])
    )
