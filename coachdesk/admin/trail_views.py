"""The trail's page, and the copy of it that can be taken along."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from coachdesk.access import Action, Role
from coachdesk.admin import trail
from coachdesk.admin.changes import TEXTS
from coachdesk.audit import WORDS, Event, Group, reading
from coachdesk.clock import moment_of
from coachdesk.db import db
from coachdesk.web import Page, house_zone, now, page_number, today, who
from coachdesk.web import reading as declare_reading
from coachdesk.web.filters import translated
from coachdesk.web.sheets import stream
from coachdesk.words import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

_SIZE = 50
_MOST_PAGES = 999_999
_YEARS = (2000, 2200)
_FILTERS = ("from", "to", "event", "who", "role", "whose")
_ORDERS = {
    "when": (_l("When"), _l("Oldest first"), _l("Newest first")),
    "what": (_l("What happened"), _l("What happened, A to Z"), _l("What happened, Z to A")),
    "who": (_l("Who"), _l("Who, A to Z"), _l("Who, Z to A")),
    "role": (_l("Role"), _l("Role, A to Z"), _l("Role, Z to A")),
    "whose": (_l("Whose record"), _l("Whose record, A to Z"), _l("Whose record, Z to A")),
}
"""Column heading, and the words of its order rising and falling."""


def furnish(room: Room) -> None:
    """Add the trail to the administrators' room."""
    room.get("/admin/trail", action=Action.ADMIN_TRAIL, endpoint="trail")(trail_page)
    room.get("/admin/trail/export", action=Action.ADMIN_TRAIL, fresh=True)(export_trail)


def trail_page() -> str:
    """Show the trail. Each look leaves one row, with the filters' names and nothing that was typed into them."""
    filters, number, problem = _filters(), page_number(_MOST_PAGES), None
    try:
        found = trail.find_trail(db.session, who(), filters, words=translated, offset=(number - 1) * _SIZE, limit=_SIZE)
    except Refused as refusal:
        found, problem = trail.Found((), 0), refusal
    standing = reading.find_standing(db.session, who())
    detail = {"filters": filters.used, "order": filters.order, "found": found.total}
    declare_reading([], Event.TRAIL_READ, detail=detail)
    return render_template(
        "admin/trail.html",
        page=Page(found.rows, number, found.total, _SIZE),
        filters=filters,
        problem=problem,
        standing=standing,
        typed=_typed(),
        **_offered(filters),
    )


def export_trail() -> ResponseReturnValue:
    """Hand out all that fits, newest first; the row is written before the first line leaves."""
    filters = _filters()
    try:
        asked, count = trail.count_trail(db.session, who(), trail.narrowed(db.session, filters))
    except Refused:
        return redirect(_href("admin.trail", _kept()), 303)  # the page says what to do
    declare_reading([], Event.TRAIL_EXPORTED, detail={"filters": filters.used, "rows": count})
    header = [
        _("When"),
        _("What happened"),
        _("Who"),
        _("Role"),
        _("Whose record"),
        _("About"),
        _("Fields"),
        _("Number"),
        _("From what to what"),
    ]
    return stream(
        f"trail-{today()}.csv", header, _cells(trail.walk_trail(db.session, who(), asked), house_zone(), _words())
    )


def _cells(chunks: Iterator[list[trail.Line]], zone: ZoneInfo, words: dict[str, str]) -> Iterator[list[list[Any]]]:
    for lines in chunks:
        yield [
            [
                line.entry.at.astimezone(zone).isoformat(sep=" ", timespec="seconds"),
                words.get(line.told.line, line.told.line),
                line.who,
                words[line.role],
                "; ".join(line.people),
                line.account or words.get(line.thing, ""),
                ", ".join(line.fields),
                line.entry.id,
                "; ".join(change.written(lambda one, _many, _n: words.get(one, one)) for change in line.changes),
            ]
            for line in lines
        ]


def _words() -> dict[str, str]:
    """Return all that a copy may say, in its reader's language."""
    marked = [*(told.line for told in WORDS.values()), *trail.ROLE_NAMES.values(), *trail.THINGS.values(), *TEXTS]
    return {text: _(text) for text in marked}


# ---- what stands in the address -----------------------------------------------------------------------------------


def _filters() -> trail.Filters:
    first, last = day_of_filter("from"), day_of_filter("to")
    event, role, order = request.args.get("event", ""), request.args.get("role", ""), request.args.get("order", "-when")
    asked = reading.Asked(
        since=moment_of(first, dt.time(0), house_zone()) if first else None,
        until=moment_of(last + dt.timedelta(days=1), dt.time(0), house_zone()) if last else None,
        event=event if event in WORDS else "",
        role=Role(role) if role in trail.ROLE_NAMES else None,
    )
    name = order.removeprefix("-")
    return trail.Filters(
        asked,
        text_of_filter("who"),
        text_of_filter("whose"),
        name if name in _ORDERS else "when",
        order.startswith("-") or name not in _ORDERS,
    )


def text_of_filter(name: str) -> str:
    """Return what was typed into a filter."""
    return " ".join(request.args.get(name, "").split())[:100]


def day_of_filter(name: str) -> dt.date | None:
    """Return the day that a filter holds; what is none counts as not given, and its box is empty again."""
    try:
        day = dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if _YEARS[0] <= day.year < _YEARS[1] else None


def _typed() -> dict[str, str]:
    return {name: str(day_of_filter(name) or "") for name in ("from", "to")}


def _kept() -> dict[str, str]:
    return {name: request.args[name] for name in _FILTERS if request.args.get(name)}


def _href(endpoint: str, kept: dict[str, str], **more: str) -> str:
    query = urlencode({**kept, **more})
    return f"{url_for(endpoint)}?{query}" if query else url_for(endpoint)


def _next_way(name: str, filters: trail.Filters) -> str:
    """Return where a heading leads: to its order, the newest or A first; where it is that already, to the other way."""
    falling = not filters.falling if name == filters.order else name == "when"
    return f"-{name}" if falling else name


def _offered(filters: trail.Filters) -> dict[str, Any]:
    """Return what can be chosen: events by group, roles, orders, and where each heading leads."""
    kept = _kept()
    groups = [
        (
            group.value,
            sorted(
                ((event.value, _(told.line)) for event, told in WORDS.items() if told.group is group),
                key=lambda pair: pair[1],
            ),
        )
        for group in Group
    ]
    columns = [
        {
            "key": name,
            "text": words[0],
            "sorted": ("descending" if filters.falling else "ascending") if name == filters.order else "",
            "href": _href("admin.trail", kept, order=_next_way(name, filters)),
        }
        for name, words in _ORDERS.items()
    ]
    return {
        "groups": groups,
        "roles": {role.value: words for role, words in trail.ROLE_NAMES.items() if role},
        "orders": [
            (key, words)
            for name, (_head, up, down) in _ORDERS.items()
            for key, words in ((f"-{name}", down), (name, up))
        ],
        "columns": columns,
        "export": _href("admin.export_trail", kept),
        "now": now(),
    }
