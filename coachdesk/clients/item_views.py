"""Contact points, who helps and days to mark: six routes for each, made alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.clients import items, service
from coachdesk.clients.forms import (
    POINT_FORMS,
    MilestoneEditForm,
    MilestoneForm,
    SupporterEditForm,
    SupporterForm,
)
from coachdesk.clients.items import Item
from coachdesk.clients.naming import called, shown
from coachdesk.clients.reading import as_item
from coachdesk.clients.rules import PointKind
from coachdesk.db import db
from coachdesk.web import act_now, now, reading, save, tell, today, who
from coachdesk.words import mark

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room
    from coachdesk.web.forms import Form, VersionedForm


@dataclass(frozen=True)
class _Pages:
    """The pages of one kind of item: where they lie, where they lead back to, and what they say when it is done."""

    item: Item
    path: str
    back: str
    added: str
    changed: str
    ended: str
    put_back: str

    def form(self, kind: PointKind | None, *, of_row: bool) -> type[Form | VersionedForm]:
        """Return the form of a new row, or of one that is there."""
        if self.item is Item.POINT:
            return POINT_FORMS[kind or PointKind.PHONE][of_row]
        if self.item is Item.SUPPORTER:
            return SupporterEditForm if of_row else SupporterForm
        return MilestoneEditForm if of_row else MilestoneForm


_PAGES = (
    _Pages(
        Item.POINT,
        "contact-points",
        "desk.details",
        mark("A further way to reach them is written down."),
        mark("Saved."),
        mark("Taken away. Nobody uses it from now on."),
        mark("It is back, with what was agreed for it."),
    ),
    _Pages(
        Item.SUPPORTER,
        "supporters",
        "desk.about",
        mark("Written down. It is good to know who stands there too."),
        mark("Saved."),
        mark("Taken away."),
        mark("It is back."),
    ),
    _Pages(
        Item.MILESTONE,
        "milestones",
        "desk.about",
        mark("The day is written down."),
        mark("Saved."),
        mark("Taken away."),
        mark("It is back."),
    ),
)


def furnish(room: Room) -> None:
    """Add these pages to the room."""
    for pages in _PAGES:
        _furnish_new(room, pages)
        _furnish_row(room, pages)
        _furnish_ending(room, pages)


def _furnish_new(room: Room, pages: _Pages) -> None:
    path = f"/people/<uuid:client_id>/{pages.path}/new"

    @room.get(path, action=Action.CLIENTS_EDIT, endpoint=f"new_{pages.item}")
    def new(client_id: UUID) -> str:
        return _new_page(pages, pages.form(_kind(), of_row=False)(formdata=None), client_id)

    @room.post(path, action=Action.CLIENTS_EDIT, endpoint=f"add_{pages.item}")
    def add(client_id: UUID) -> ResponseReturnValue:
        service.find_person(db.session, who(), client_id)
        kind = _kind()
        form = pages.form(kind, of_row=False)()
        return save(
            form,
            lambda: items.add_item(
                db.session, who(), client_id, pages.item, kind=kind, **as_item(form), now=now(), today=today()
            ),
            done=lambda _row: tell(_back(pages, client_id), pages.added),
            page=lambda: _new_page(pages, form, client_id),
        )


def _furnish_row(room: Room, pages: _Pages) -> None:
    path = f"/{pages.path}/<uuid:item_id>/edit"

    @room.get(path, action=Action.CLIENTS_EDIT, endpoint=f"edit_{pages.item}")
    def edit(item_id: UUID) -> str:
        row = items.find_item(db.session, who(), pages.item, item_id)
        return _row_page(pages, _form_over(pages, row), row)

    @room.post(path, action=Action.CLIENTS_EDIT, endpoint=f"change_{pages.item}")
    def change(item_id: UUID) -> ResponseReturnValue:
        row = items.find_item(db.session, who(), pages.item, item_id)
        form: Any = pages.form(getattr(row, "kind", None), of_row=True)()
        form.newest = lambda: _form_over(pages, items.find_item(db.session, who(), pages.item, item_id))
        return save(
            form,
            lambda: items.change_item(
                db.session, who(), pages.item, item_id, **as_item(form), now=now(), today=today()
            ),
            done=lambda row: tell(_back(pages, row.client_id), pages.changed),
            page=lambda: _row_page(pages, form, items.find_item(db.session, who(), pages.item, item_id)),
        )


def _furnish_ending(room: Room, pages: _Pages) -> None:
    path = f"/{pages.path}/<uuid:item_id>/ending"

    @room.post(path, action=Action.CLIENTS_EDIT, endpoint=f"end_{pages.item}")
    def end(item_id: UUID) -> ResponseReturnValue:
        return act_now(
            lambda: items.end_item(db.session, who(), pages.item, item_id, now=now()),
            lambda row: tell(
                _back(pages, row.client_id),
                pages.ended,
                undo=url_for(f"clients.put_{pages.item}_back", item_id=row.id),
            ),
            back=url_for("desk.people"),
        )

    @room.post(f"{path}/undo", action=Action.CLIENTS_EDIT, endpoint=f"put_{pages.item}_back")
    def put_back(item_id: UUID) -> ResponseReturnValue:
        return act_now(
            lambda: items.put_item_back(db.session, who(), pages.item, item_id, now=now()),
            lambda row: tell(_back(pages, row.client_id), pages.put_back),
            back=url_for("desk.people"),
        )


def _kind() -> PointKind:
    """Return the kind of contact point the address asks for; a number, where it says none that there is."""
    asked = request.args.get("kind", "")
    return PointKind(asked) if asked in tuple(PointKind) else PointKind.PHONE


def _back(pages: _Pages, client_id: UUID) -> Any:
    return redirect(url_for(pages.back, client_id=client_id))


def _form_over(pages: _Pages, row: Any) -> Any:
    form: Any = pages.form(getattr(row, "kind", None), of_row=True)(formdata=None, obj=row)
    if pages.item is Item.SUPPORTER and not form.draft:
        form.touch.data = row.touch.value if row.touch else None
    return form


def _new_page(pages: _Pages, form: Any, client_id: UUID) -> str:
    kind = _kind()
    asked = kind.value if pages.item is Item.POINT else None
    action = url_for(f"clients.add_{pages.item}", client_id=client_id, kind=asked)
    return _page(pages, form, client_id, kind=kind, action=action)


def _row_page(pages: _Pages, form: Any, row: Any) -> str:
    action = url_for(f"clients.change_{pages.item}", item_id=row.id)
    ending = url_for(f"clients.end_{pages.item}", item_id=row.id)
    return _page(pages, form, row.client_id, kind=getattr(row, "kind", None), action=action, ending=ending)


def _page(pages: _Pages, form: Any, client_id: UUID, *, kind: PointKind | None, action: str, ending: str = "") -> str:
    person = service.find_person(db.session, who(), client_id)
    reading([client_id])
    return render_template(
        f"clients/{pages.item}.html",
        form=form,
        kind=kind.value if kind else "",
        person=person,
        name=shown(person),
        called=called(person),
        action=action,
        ending=ending,
        back=url_for(pages.back, client_id=client_id),
        back_words=_("Details") if pages.item is Item.POINT else _("About %(name)s", name=called(person)),
    )
