"""“I would like another coach”: said in plain words, read by supervisors alone, and taken back in one tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import wishing
from coachdesk.db import db
from coachdesk.portal import service
from coachdesk.portal.forms import AnotherCoachForm
from coachdesk.web import act_now, now, reading, save, tell, today, who
from coachdesk.words import say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add these pages to the person's room."""
    room.get("/my-goals/another-coach", action=Action.PORTAL_ASK)(another_coach)
    room.post("/my-goals/another-coach", action=Action.PORTAL_ASK)(wish_for_another)
    room.post("/my-goals/another-coach/undo", action=Action.PORTAL_ASK)(stay)


def another_coach() -> str:
    """Show the form, with who will read it."""
    found = wishing.find_own(db.session, who())
    return _page(AnotherCoachForm(formdata=None, data={"words": found.words if found else ""}))


def wish_for_another() -> ResponseReturnValue:
    """Say that one would like another coach."""
    form = AnotherCoachForm()

    def done(both: tuple[Any, list[str]]) -> Any:
        made, names = both
        words = say("%(names)s will speak with you by %(weekday)s. Your coach does not see this.",
                    names=_(" or ").join(names), weekday=made.talk_by)  # fmt: skip
        return tell(_home(), words, undo=url_for("portal.stay"))

    return save(
        form,
        lambda: wishing.wish(db.session, who(), words=form.words.data, now=now(), today=today()),
        done=done,
        page=lambda: _page(form),
    )


def stay() -> ResponseReturnValue:
    """Take the wish back."""
    return act_now(
        lambda: wishing.take_back(db.session, who(), now=now()),
        lambda _row: tell(_home(), _("Taken back. Everything stays as it is.")),
        back=url_for("portal.my_goals"),
    )


def _home() -> Any:
    return redirect(url_for("portal.my_goals"))


def _page(form: AnotherCoachForm) -> str:
    client_id = who().client_id
    reading([client_id] if client_id else [])
    return render_template(
        "portal/another_coach.html",
        form=form,
        coach=service.find_coach(db.session, who()),
        readers=[user.first_name for user in wishing.list_readers(db.session, client_id)] if client_id else [],
        waiting=wishing.find_own(db.session, who()),
    )
