"""Where a draft is let go, and where waits what was sent by somebody no longer signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.db import db
from coachdesk.drafts import keeping, service, unsent
from coachdesk.web import Room, act_now, now, tell, who
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

room = Room("drafts", __name__)


@room.post("/drafts", action=Action.DRAFTS_KEEP)
def keep_form() -> ResponseReturnValue:
    """Keep what is typed in any form."""
    return keeping.keep()


@room.post("/drafts/<form>/<uuid:subject_id>/discard", action=Action.DRAFTS_KEEP)
def discard(form: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Throw a draft away; from its own page that page is shown again, as it was before anything was typed."""
    note = keeping.read_note()
    back = note.path if note else url_for("accounts.home")
    undo = url_for("drafts.bring_back", form=form, subject_id=subject_id)
    return act_now(
        lambda: service.discard_draft(db.session, who(), form, subject_id, now=now()),
        lambda was: tell(redirect(back), _("The draft is thrown away."), undo=undo if was else ""),
        back=back,
    )


@room.post("/drafts/<form>/<uuid:subject_id>/bringing-back", action=Action.DRAFTS_KEEP)
def bring_back(form: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Bring back what was thrown away."""
    return act_now(
        lambda: service.bring_back(db.session, who(), form, subject_id, now=now()),
        lambda draft: tell(redirect(draft.path), _("Your words are back.")),
        back=url_for("accounts.home"),
    )


@room.post("/drafts/<uuid:draft_id>/last-look", action=Action.DRAFTS_KEEP)
def begin_last_look(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Show somebody a last time what they wrote about a person whose record they may not see any more."""
    return act_now(
        lambda: service.show_last(db.session, who(), draft_id, now=now()),
        lambda _nothing: redirect(url_for("drafts.show_last", draft_id=draft_id)),
        back=url_for("accounts.home"),
    )


@room.get("/drafts/<uuid:draft_id>/last-look", action=Action.DRAFTS_KEEP)
def show_last(draft_id: uuid.UUID) -> str:
    """Show their own words, and nothing of the record."""
    words = service.last_words(db.session, who(), draft_id, named=keeping.names_of_words(), now=now())
    return render_template("drafts/last_look.html", words=words)


@room.get("/unsent/<uuid:unsent_id>", action=Action.ACCOUNT_OWN)
def show_unsent(unsent_id: uuid.UUID) -> str:
    """Show somebody what they wrote before they were signed out, ready to be sent."""
    if not keeping.is_of_this_browser(unsent_id):
        raise NotFound
    row = unsent.find(db.session, who(), unsent_id)
    return render_template("drafts/unsent.html", row=row, words=unsent.words_of(row.fields))


@room.post("/unsent/<uuid:unsent_id>/letting-go", action=Action.ACCOUNT_OWN)
def let_unsent_go(unsent_id: uuid.UUID) -> ResponseReturnValue:
    """Let it go."""
    keeping.forget_here(unsent_id)
    return act_now(
        lambda: unsent.let_go(db.session, who(), unsent_id),
        lambda _nothing: tell(redirect(url_for("accounts.home")), _("It is gone.")),
        back=url_for("accounts.home"),
    )
