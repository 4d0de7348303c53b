"""A record's line of time, narrowed by its address; and who looked at the record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _

from coachdesk import audit
from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.audit import reading as trail
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown
from coachdesk.clock import day_of
from coachdesk.db import db
from coachdesk.desk import record as records
from coachdesk.desk import timeline
from coachdesk.desk.givens import KINDS, Asked, read_asked, read_place
from coachdesk.web import Page, house_zone, now, page_number, reader_zone, reading, today, who
from coachdesk.web.filters import day, translated

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from coachdesk.web import Room

_LOOKS = 50


@dataclass(frozen=True)
class _Look:
    """What somebody did or read on a record; what is alike on one day is one look, from `since` to `at`."""

    at: dt.datetime
    since: dt.datetime
    by: str
    words: str
    stands_out: bool


def furnish(room: Room) -> None:
    """Add the pages to the room of the desk."""
    room.get("/people/<uuid:client_id>/timeline", action=Action.DESK_RECORD, endpoint="timeline")(show_timeline)
    room.get("/people/<uuid:client_id>/looks", action=Action.DESK_RECORD)(looks)


def show_timeline(client_id: UUID) -> str:
    """Show everything that happened, or the part of it that the address asks for."""
    typed = {name: request.args.get(name, "").strip()[:40] for name in ("by", "from", "to")}
    asked = read_asked(request.args.getlist("kind"), typed["by"], typed["from"], typed["to"])
    header = records.open_header(
        db.session, who(), client_id, zone=house_zone(), reader=reader_zone(), now=now(), today=today()
    )
    reading([client_id])
    whose: Any = {"name": header.called, "zone": house_zone(), "today": today()}
    line = timeline.read_line(
        db.session,
        who(),
        client_id,
        asked,
        **whose,
        before=read_place(request.args.get("before", "")),
        after=read_place(request.args.get("after", "")),
    )
    writers = timeline.list_writers(db.session, who(), client_id, **whose)
    return render_template(
        "desk/timeline.html",
        header=header,
        tab="timeline",
        line=line,
        asked=asked,
        kinds=KINDS,
        writers=writers,
        chips=_chips(client_id, asked, dict(writers)),
        newer_url=_url(client_id, asked, after=line.newer) if line.newer else "",
        older_url=_url(client_id, asked, before=line.older) if line.older else "",
        problem=_problem(asked, typed),
    )


def _problem(asked: Asked, typed: dict[str, str]) -> str:
    """Return what is wrong with what was typed, in a sentence."""
    if (typed["from"] and not asked.since) or (typed["to"] and not asked.until):
        return str(_("This must be a real day, like %(example)s.", example="2026-11-27"))
    if asked.since and asked.until and asked.since > asked.until:
        return str(_("The last day lies before the first. Choose them the other way round."))
    return ""


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    pairs = [("kind", kind) for kind in KINDS if kind in asked.kinds]
    given = (("by", asked.by), ("from", asked.since), ("to", asked.until))
    return pairs + [(name, str(value)) for name, value in given if value is not None]


def _url(client_id: UUID, asked: Asked, **place: Any) -> str:
    return _address(client_id, [*_pairs(asked), *((name, str(value)) for name, value in place.items())])


def _address(client_id: UUID, pairs: list[tuple[str, str]]) -> str:
    query = urlencode(pairs)
    return url_for("desk.timeline", client_id=client_id) + (f"?{query}" if query else "")


def _chips(client_id: UUID, asked: Asked, names: dict[Any, str]) -> list[tuple[str, str]]:
    """Return what was chosen, as words, each with the address that leaves it out."""
    words = {
        "by": _("by %(name)s", name=names.get(asked.by, _("somebody else"))),
        "from": _("from %(day)s", day=day(asked.since)) if asked.since else "",
        "to": _("to %(day)s", day=day(asked.until)) if asked.until else "",
    }
    pairs = _pairs(asked)
    return [
        (
            translated(KINDS[value]) if name == "kind" else words[name],
            _address(client_id, [pair for pair in pairs if pair != (name, value)]),
        )
        for name, value in pairs
    ]


def looks(client_id: UUID) -> str:
    """Show who read or wrote on a record, as the trail has it.

    The look itself leaves a row, as every reading of the record does.
    """
    person = clients.find_person(db.session, who(), client_id)
    number = page_number()
    found = trail.list_looks_at(db.session, who(), client_id, offset=(number - 1) * _LOOKS, limit=_LOOKS)
    reading([client_id])
    names = accounts.list_users(db.session, {row.actor_id for row in found.rows if row.actor_id})
    together: dict[Any, _Look] = {}
    for row in found.rows:
        user = names.get(row.actor_id) if row.actor_id else None
        across = audit.is_across_teams(row.event, row.role, row.details)
        look = _Look(row.at, row.at, user.name if user else "CoachDesk", audit.told(row.event).line, across)
        alike = day_of(look.at, house_zone()), row.actor_id, look.words, across
        newest = together.setdefault(alike, look)
        if newest is not look:
            together[alike] = replace(newest, since=look.at)
    lines = list(together.values())
    return render_template(
        "desk/looks.html", person=person, name=shown(person), called=called(person),
        page=Page(lines, number, found.total, _LOOKS),
    )  # fmt: skip
