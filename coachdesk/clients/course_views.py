"""How coaching goes on with a person: how much of it, a pause, its end, and beginning again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.clients import episodes, service
from coachdesk.clients.forms import ClosureForm, LevelForm, PauseForm
from coachdesk.clients.naming import called, shown, spoken_of
from coachdesk.clients.rules import ENDING_WORDS, LEVEL_WORDS, Ending, Level
from coachdesk.db import db
from coachdesk.web import act_now, now, reading, save, tell, today, who
from coachdesk.web.filters import translated
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room
    from coachdesk.web.forms import Form


def furnish(room: Room) -> None:
    """Add these pages to the room of people."""
    action = Action.CLIENTS_EPISODE
    room.get("/people/<uuid:client_id>/coaching", action=action)(course)
    room.post("/people/<uuid:client_id>/coaching/level", action=action)(change_level)
    room.post("/people/<uuid:client_id>/pauses", action=action)(pause)
    room.post("/people/<uuid:client_id>/pauses/ending", action=action)(resume)
    room.post("/people/<uuid:client_id>/closure", action=action)(close)
    room.post("/people/<uuid:client_id>/reopening", action=action)(reopen)


def course(client_id: UUID) -> str:
    """Show how coaching goes on."""
    return _page(client_id)


def change_level(client_id: UUID) -> ResponseReturnValue:
    """Change how much of coaching somebody wants."""
    form = LevelForm()
    return save(
        form,
        lambda: episodes.set_level(
            db.session, who(), client_id, level=Level(form.level.data), now=now(), today=today()
        ),
        done=lambda row: tell(_back(client_id), _("Saved: %(level)s.", level=_(LEVEL_WORDS[row.level]))),
        page=lambda: _page(client_id, level=form),
    )


def pause(client_id: UUID) -> ResponseReturnValue:
    """Let somebody rest until a day."""
    form = PauseForm()
    typed: Any = form
    return save(
        form,
        lambda: episodes.pause(
            db.session,
            who(),
            client_id,
            until_on=typed.until_on.data,
            words=form.agreed.data,
            now=now(),
            today=today(),
        ),
        done=lambda row: tell(
            _back(client_id),
            say("Resting until %(weekday)s. Nothing is due until then.", weekday=row.until_on),
            undo=url_for("clients.resume", client_id=client_id),
        ),
        page=lambda: _page(client_id, pause=form),
    )


def resume(client_id: UUID) -> ResponseReturnValue:
    """Go on before the day that was agreed."""
    return act_now(
        lambda: episodes.resume(db.session, who(), client_id, now=now(), today=today()),
        lambda _row: tell(_back(client_id), _("The pause is over. You go on together.")),
        back=url_for("clients.course", client_id=client_id),
    )


def close(client_id: UUID) -> ResponseReturnValue:
    """Bring coaching to its end."""
    form = ClosureForm()
    return save(
        form,
        lambda: episodes.close(
            db.session,
            who(),
            client_id,
            ending=Ending(form.ending.data),
            words=form.farewell.data,
            now=now(),
            today=today(),
        ),
        done=lambda row: tell(
            _back(client_id),
            _("Coaching has come to its end here. What was planned is called off. The record stays.")
            if row.ending is Ending.DIED
            else _("Coaching has come to its end here. What was planned is called off. The door stays open."),
            undo=url_for("clients.reopen", client_id=client_id),
        ),
        page=lambda: _page(client_id, closure=form),
    )


def reopen(client_id: UUID) -> ResponseReturnValue:
    """Begin again with somebody who is known."""
    at = now()

    def done(made: Any) -> Any:
        response = redirect(url_for("desk.record", client_id=client_id))
        response = tell(response, _("You walk together again. Everything from before is here."))
        if made.opened_at < at:
            return response  # its end was taken back, and with it what it had called off
        for said, series_id in episodes.list_ended_plans(db.session, who(), client_id, today=today()):
            again = url_for("visits.resume_series", series_id=series_id) if series_id else ""
            words = f"{' '.join(translated(part) for part in said).rstrip('.')}."
            response = tell(response, words, "info", undo=again, undo_label=_("Plan it again"))
        return response

    return act_now(
        lambda: episodes.reopen(db.session, who(), client_id, now=at, today=today()),
        done,
        back=url_for("clients.course", client_id=client_id),
    )


def _back(client_id: UUID) -> Any:
    return redirect(url_for("clients.course", client_id=client_id))


def _page(client_id: UUID, *, level: Form | None = None, pause: Form | None = None, closure: Form | None = None) -> str:
    person = service.find_person(db.session, who().everyday, client_id)
    found = episodes.find_course(db.session, who().everyday, client_id, today=today())
    he, him, _his = spoken_of(person)
    ids = {row.opened_by for row in found.episodes} | {row.closed_by for row in found.episodes if row.closed_by}
    reading([client_id])
    return render_template(
        "clients/course.html",
        person=person,
        name=shown(person),
        called=called(person),
        he=he,
        him=him,
        course=found,
        users=accounts.list_users(db.session, ids),
        endings=ENDING_WORDS,
        levels=LEVEL_WORDS,
        form=level or pause or closure or LevelForm(formdata=None),
        level=level or LevelForm(formdata=None, data={"level": found.level.value}),
        pause=pause or PauseForm(formdata=None),
        closure=closure or ClosureForm(formdata=None),
    )
