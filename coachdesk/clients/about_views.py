"""Writing a card about a person: the life they want, their strengths, what to do when we lose them, what we agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import about, service
from coachdesk.clients.forms import CardForm, card_form
from coachdesk.clients.naming import called, shown
from coachdesk.clients.rules import CardKind
from coachdesk.db import db
from coachdesk.web import now, reading, save, tell, today, who
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add these pages to the room."""
    room.get("/people/<uuid:client_id>/about/<card>", action=Action.CLIENTS_EDIT)(edit_card)
    room.post("/people/<uuid:client_id>/about/<card>", action=Action.CLIENTS_EDIT)(write_card)


def edit_card(client_id: UUID, card: str) -> str:
    """Show the form over a card; of an agreement whose day has come, the next review is open again."""
    kind = _kind(card)
    service.find_person(db.session, who(), client_id)
    return _page(_form_over(client_id, kind), client_id, kind)


def write_card(client_id: UUID, card: str) -> ResponseReturnValue:
    """Write a card anew."""
    kind = _kind(card)
    service.find_person(db.session, who(), client_id)
    form = card_form(kind)()
    form.newest = lambda: _form_over(client_id, kind)
    return save(
        form,
        lambda: about.write_card(db.session, who(), client_id, kind, **form.typed(), now=now(), today=today()),
        done=lambda _row: tell(redirect(url_for("desk.about", client_id=client_id)), _("Saved.")),
        page=lambda: _page(form, client_id, kind),
    )


def _kind(card: str) -> CardKind:
    try:
        return CardKind(card)
    except ValueError as wrong:
        raise NotFound from wrong


def _form_over(client_id: UUID, kind: CardKind) -> CardForm:
    stood = about.list_cards(db.session, who(), client_id).get(kind)
    data: dict[str, Any] = {"version": stood.number if stood else 0, "words": stood.words if stood else ""}
    if kind is CardKind.AGREEMENT:
        data["agreed_on"] = (stood.agreed_on if stood else None) or today()
        data["review_on"] = stood.review_on if stood and stood.review_on and stood.review_on > today() else None
    elif stood:
        data["in_portal"] = stood.in_portal
    return card_form(kind)(formdata=None, data=data)


def _page(form: CardForm, client_id: UUID, kind: CardKind) -> str:
    person = service.find_person(db.session, who(), client_id)
    stood = about.list_cards(db.session, who(), client_id).get(kind)
    reading([client_id])
    return render_template(
        "clients/card.html",
        form=form,
        kind=kind.value,
        person=person,
        name=shown(person),
        called=called(person),
        stood=stood if stood and stood.words else None,
        today_is=today(),
    )
