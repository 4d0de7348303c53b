"""Where a draft is let go; each form's own room keeps its drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.db import db
from coachdesk.drafts import service
from coachdesk.web import Room, act_now, now, tell, who

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

room = Room("drafts", __name__)


@room.post("/drafts/<form>/<uuid:subject_id>/discard", action=Action.DRAFTS_KEEP)
def discard(form: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Let a draft go."""
    return act_now(
        lambda: service.discard_draft(db.session, who(), form, subject_id, now=now()),
        lambda _nothing: tell(redirect(url_for("accounts.home")), _("The draft is gone.")),
        back=url_for("accounts.home"),
    )
