"""What a message told of, as it stands now; and all that its reader was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template

from coachdesk.access import Action
from coachdesk.clients import service as clients
from coachdesk.clients.naming import shown_map
from coachdesk.db import db
from coachdesk.notify import find_where_told
from coachdesk.notify.about import ABOUT_WORDS, about_of
from coachdesk.notify.wording import CHANNEL_WORDS, HELD_WORDS
from coachdesk.reminders import facts, foreseen, told
from coachdesk.reminders.answer_views import later_words
from coachdesk.reminders.answers import REASON_WORDS
from coachdesk.web import Page, house_zone, now, page_number, reading, today, who
from coachdesk.web.paging import SIZE

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add what was told to the room of reminders."""
    room.get("/told/<uuid:delivery_id>", action=Action.REMINDERS_LIST)(show_told)
    room.get("/reminders/history", action=Action.REMINDERS_LIST)(show_history)
    room.get("/reminders/next", action=Action.REMINDERS_LIST)(show_next)


def show_told(delivery_id: UUID) -> ResponseReturnValue:
    """Show what a message told its reader of, as it stands now; of a worry about safety, the worry itself."""
    if path := find_where_told(db.session, who().id, delivery_id):
        return redirect(path, 303)
    page = told.open_told(db.session, who(), delivery_id, zone=house_zone(), now=now(), today=today())
    if page.people:
        reading(page.people, subject=page.delivery)
    return render_template("reminders/told.html", page=page, **words())


def words() -> dict[str, object]:
    """Return what “Later” offers now, and the words of channels and of reasons."""
    return {
        "choices": later_words(),
        "channels": {channel.value: text for channel, text in CHANNEL_WORDS.items()},
        "held": {held.value: text for held, text in HELD_WORDS.items()},
        "reasons": {reason.value: text for reason, text in REASON_WORDS.items()},
    }


def show_history() -> str:
    """Show all that its reader was told, and what was not sent and why."""
    number = page_number()
    rows, total = told.list_messages(db.session, who(), offset=(number - 1) * SIZE, limit=SIZE)
    shown = {entry.client_id for row in rows for entry in row.entries}
    shown |= {row.delivery.client_id for row in rows if row.delivery.client_id}
    people = facts.list_known(db.session, who(), ids=shown)
    if shown:
        reading(shown)
    return render_template(
        "reminders/history.html",
        page=Page(rows, number, total),
        names={row.person.id: row.facts.name for row in people},
        about_words=lambda one: ABOUT_WORDS[about_of(one.topic, one.key)],
        **words(),
    )


def show_next() -> str:
    """Show what its reader would be told within a day if nothing changed."""
    coming = foreseen.list_own(db.session, who().everyday, now=now())
    shown = {thing.client_id for one in coming for thing in one.things}
    reading(shown)
    people = clients.list_people(db.session, who(), ids=shown) if shown else []
    foresight = foreseen.find_mark(db.session)
    return render_template(
        "reminders/next.html", coming=coming, names=shown_map(people), foresight=foresight, **words()
    )
