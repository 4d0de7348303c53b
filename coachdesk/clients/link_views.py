"""Saying that two records are of the same person, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.audit import Event
from coachdesk.clients import likeness, linking, service
from coachdesk.clients.forms import LinkForm
from coachdesk.clients.naming import initials_of, shown, shown_map, tone_of
from coachdesk.clients.reading import id_or_none
from coachdesk.db import db
from coachdesk.web import act_now, now, reading, save, tell, who

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add these pages to the room."""
    room.get("/people/<uuid:client_id>/same-person", action=Action.CLIENTS_LINK)(same_person)
    room.post("/people/<uuid:client_id>/same-person", action=Action.CLIENTS_LINK)(link_person)
    room.post("/person-links/<uuid:link_id>/ending", action=Action.CLIENTS_LINK)(end_link)
    room.post("/person-links/<uuid:link_id>/ending/undo", action=Action.CLIENTS_LINK)(put_link_back)


def same_person(client_id: UUID) -> str:
    """Show who this person may be, and the form that says so."""
    return _page(LinkForm(formdata=None), client_id)


def link_person(client_id: UUID) -> ResponseReturnValue:
    """Say that two records are of the same person."""
    service.find_person(db.session, who().everyday, client_id)
    form, _alike, _people = _offer(LinkForm(), client_id)
    return save(
        form,
        lambda: linking.link_people(db.session, who(), client_id, id_or_none(form.other_id.data), now=now()),
        done=lambda row: tell(
            redirect(url_for("desk.details", client_id=client_id)),
            _("The two records know of each other now. Everybody who may see both finds it there."),
            undo=url_for("clients.end_link", link_id=row.id, on=client_id),
        ),
        page=lambda: _page(form, client_id),
    )


def end_link(link_id: UUID) -> ResponseReturnValue:
    """Say that two records are of two people after all."""
    return act_now(
        lambda: linking.end_link(db.session, who(), link_id, now=now()),
        lambda row: tell(
            _record(row),
            _("The two records are apart again."),
            undo=url_for("clients.put_link_back", link_id=row.id, on=_on(row)),
        ),
        back=url_for("desk.people"),
    )


def put_link_back(link_id: UUID) -> ResponseReturnValue:
    """Take the end of a link back."""
    return act_now(
        lambda: linking.put_link_back(db.session, who(), link_id, now=now()),
        lambda row: tell(_record(row), _("The two records know of each other again.")),
        back=url_for("desk.people"),
    )


def _on(row: Any) -> UUID:
    """Return on which of the two records the button stood."""
    found: UUID = row.other_id if request.args.get("on") == str(row.other_id) else row.client_id
    return found


def _record(row: Any) -> Any:
    return redirect(url_for("desk.details", client_id=_on(row)))


def _offer(form: LinkForm, client_id: UUID) -> tuple[LinkForm, list[Any], list[UUID]]:
    """Give the form whom this person may be: those alike first, then everybody else the reader sees every day.

    Returns it with those alike, and with the ids of everybody whose name the page shows.
    """
    reader = who().everyday
    person = service.find_person(db.session, reader, client_id)
    linked = {row.id for _link, row in likeness.list_links(db.session, reader, client_id)} | {client_id}
    alike = likeness.list_alike(db.session, reader, likeness.likeness_of(person), but=client_id)
    first = {row.id for row in alike}
    others = [row for row in service.list_people(db.session, reader) if row.id not in first | linked]
    names = shown_map([*alike, *others])
    form.other_id.choices = [
        ("", _("Choose a record")),
        *((str(row.id), _("%(name)s (much alike)", name=names[row.id])) for row in alike),
        *((str(row.id), names[row.id]) for row in others),
    ]
    marks = [{"id": row.id, "name": names[row.id], "mark": (initials_of(row), tone_of(row))} for row in alike]
    return form, marks, [client_id, *names]


def _page(form: LinkForm, client_id: UUID) -> str:
    form, alike, people = _offer(form, client_id)
    person = service.find_person(db.session, who().everyday, client_id)
    reading(people, Event.PEOPLE_LISTED, detail={"found": len(people)})
    return render_template("clients/same_person.html", form=form, person=person, name=shown(person), like=alike)
