"""“I am worried about their safety”: raised in three taps from every record, and “I have this” on the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown, spoken_of
from coachdesk.db import db
from coachdesk.organisation import choices
from coachdesk.organisation.rules import Duty
from coachdesk.safety import acting, concern_views, finding, news, plan_views, service
from coachdesk.safety.forms import ConcernForm
from coachdesk.safety.rules import ConcernKind, Danger, duty_words
from coachdesk.web import Room, act_now, health, house, now, reading, save, tell, who
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.safety.models import Concern
    from coachdesk.safety.service import Said
    from coachdesk.words import Sentence

room = Room("safety", __name__)
concern_views.furnish(room)
plan_views.furnish(room)


@room.get("/people/<uuid:client_id>/concerns/new", action=Action.SAFETY_RAISE)
def new_concern(client_id: UUID) -> str:
    """Show what to do now, who will be told, and the short form."""
    return _page(ConcernForm(formdata=None), client_id)


def _told_sentence(concern: Concern) -> Sentence:
    return news.told_sentence(
        db.session, who(), concern, late=health.find_stalled() is not None, mailed=house().mail_is_set_up
    )


@room.post("/people/<uuid:client_id>/concerns/new", action=Action.SAFETY_RAISE)
def raise_concern(client_id: UUID) -> ResponseReturnValue:
    """Raise a worry and tell who can take it."""
    clients.find_person(db.session, who(), client_id)
    form = ConcernForm()
    return save(
        form,
        lambda: service.raise_concern(
            db.session, who(), client_id, said=_said(form), done=form.typed_done(), now=now()
        ),
        done=lambda concern: tell(_to(concern.id), _told_sentence(concern), "care"),
        page=lambda: _page(form, client_id),
    )


@room.get("/concerns/<uuid:concern_id>/more", action=Action.SAFETY_ACT)
def tell_more(concern_id: UUID) -> ResponseReturnValue:
    """Show the same form for what was not said yet, with what counts so far in it."""
    concern = finding.find_concern(db.session, who(), concern_id)
    if concern.closed_at is not None:
        said: ResponseReturnValue = tell(_to(concern_id), finding.CLOSED, "care")
        return said
    form = ConcernForm(formdata=None, obj=finding.last_said(db.session, who(), concern))
    return _page(form, concern.client_id, concern_id=concern_id)


@room.post("/concerns/<uuid:concern_id>/more", action=Action.SAFETY_ACT)
def say_more(concern_id: UUID) -> ResponseReturnValue:
    """Say more of a worry, beside what was said before."""
    concern = finding.find_concern(db.session, who(), concern_id)
    form = ConcernForm()
    return save(
        form,
        lambda: service.say_more(db.session, who(), concern_id, said=_said(form), done=form.typed_done(), now=now()),
        done=lambda _row: tell(_to(concern_id), _("Added. What was said before stays beside it.")),
        page=lambda: _page(form, concern.client_id, concern_id=concern_id),
    )


def _said(form: ConcernForm) -> Said:
    typed = form.typed()
    words = {name: typed[name] for name in ("whereabouts", "company", "wishes", "told_outside", "ground")}
    return service.Said(kind=ConcernKind(typed["kind"]), danger=Danger(typed["danger"]), **words)


def _page(form: ConcernForm, client_id: UUID, *, concern_id: UUID | None = None) -> str:
    person = clients.find_person(db.session, who(), client_id)
    _he, _him, his = spoken_of(person)
    reading([client_id])
    return render_template(
        "safety/new.html",
        form=form,
        person=person,
        name=shown(person),
        called=called(person),
        his=his,
        told=None
        if concern_id
        else news.will_be_told_sentences(db.session, who(), client_id, mailed=house().mail_is_set_up),
        concern_id=concern_id,
        earlier=None if concern_id else finding.find_open(db.session, who(), client_id),
        duties=duty_words(Duty, choices.find_duties(db.session)),
    )


def _to(concern_id: UUID) -> Any:
    return redirect(url_for("safety.show_concern", concern_id=concern_id))


# ---- “I have this” ------------------------------------------------------------------------------------------------


@room.post("/concerns/<uuid:concern_id>/taking", action=Action.SAFETY_ANSWER)
def take(concern_id: UUID) -> ResponseReturnValue:
    """Take a concern on; whoever comes second hears who has it."""

    def done(concern: Any) -> Any:
        if concern.taken_by != who().id:
            by = accounts.find_user(db.session, concern.taken_by).name
            return tell(_back(concern_id), say("%(by)s has this already.", by=by))
        person = clients.find_person(db.session, who(), concern.client_id)
        return tell(
            _back(concern_id),
            say("You have this. %(name)s is not alone with it.", name=shown(person)),
            undo=url_for("safety.give_back", concern_id=concern_id),
        )

    return act_now(
        lambda: acting.take_concern(db.session, who(), concern_id, now=now()),
        done,
        back=url_for("supervision.board"),
    )


@room.post("/concerns/<uuid:concern_id>/giving-back", action=Action.SAFETY_ANSWER)
def give_back(concern_id: UUID) -> ResponseReturnValue:
    """Undo “I have this”."""
    board = url_for("supervision.board")
    return act_now(
        lambda: acting.give_back(db.session, who(), concern_id, now=now()),
        lambda _concern: tell(_back(concern_id), say("Back at the head of the board: somebody needs to have this.")),
        back=board,
    )


def _back(concern_id: UUID) -> Any:
    """Lead back to the page the button stood on: the worry's own, or the board."""
    return _to(concern_id) if request.form.get("back") == "concern" else redirect(url_for("supervision.board"))
