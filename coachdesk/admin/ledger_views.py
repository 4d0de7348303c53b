"""The ledger's page: what was told, what waits and why, what has stopped; and what would go out next."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.admin import ledger
from coachdesk.admin.ledger import STANDING_WORDS, Asked, Standing
from coachdesk.admin.trail_views import day_of_filter, text_of_filter
from coachdesk.audit import Event
from coachdesk.clock import moment_of
from coachdesk.db import db
from coachdesk.notify import Channel, Topic
from coachdesk.notify.wording import CHANNEL_WORDS, HELD_WORDS, TOPIC_WORDS
from coachdesk.reminders.kinds import RULE_WORDS, Rule
from coachdesk.web import Page, act_now, house_zone, now, page_number, reading, tell, today, who
from coachdesk.words import Refused

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

_SIZE = 50
_AHEAD = dt.timedelta(days=1)
_FILTERS = ("state", "channel", "about", "who", "from", "to", "page")


def furnish(room: Room) -> None:
    """Add the ledger to the administrators' room."""
    room.get("/admin/reminders", action=Action.ADMIN_REMINDERS, endpoint="ledger")(show_ledger)
    room.get("/admin/reminders/next", action=Action.ADMIN_REMINDERS, endpoint="next_told")(show_next)
    room.post("/admin/reminders/<uuid:delivery_id>/again", action=Action.ADMIN_REMINDERS)(try_again)


def show_ledger() -> str:
    """Show what was told. Each look leaves one row, with the filters' names and nothing that was typed into them."""
    asked, number, problem = _asked(), page_number(), None
    try:
        rows, total = ledger.find_ledger(db.session, who(), asked, offset=(number - 1) * _SIZE, limit=_SIZE)
    except Refused as refusal:
        rows, total, problem = [], 0, refusal
    reading([], Event.LEDGER_READ, detail={"filters": asked.used, "found": total})
    return render_template(
        "admin/ledger.html",
        page=Page(rows, number, total, _SIZE),
        tally=ledger.tally(db.session, who(), midnight=moment_of(today(), dt.time(0), house_zone())),
        asked=asked,
        typed={name: str(day_of_filter(name) or "") for name in ("from", "to")},
        problem=problem,
        **_words(),
    )


def _asked() -> Asked:
    first, last = day_of_filter("from"), day_of_filter("to")
    kind, _colon, about = request.args.get("about", "").partition(":")
    return Asked(
        standing=_one_of(Standing, request.args.get("state")),
        channel=_one_of(Channel, request.args.get("channel")),
        rule=_one_of(Rule, about) if kind == "rule" else None,
        topic=_one_of(Topic, about) if kind == "topic" else None,
        who=text_of_filter("who"),
        since=moment_of(first, dt.time(0), house_zone()) if first else None,
        until=moment_of(last + dt.timedelta(days=1), dt.time(0), house_zone()) if last else None,
    )


def _one_of(kind: Any, value: str | None) -> Any:
    """Return the value the address asks for; what is none counts as not asked for."""
    return kind(value) if value in set(kind) else None


def _words() -> dict[str, Any]:
    return {
        "standings": {one.value: text for one, text in STANDING_WORDS.items()},
        "channels": {one.value: text for one, text in CHANNEL_WORDS.items()},
        "topics": {one.value: text for one, text in TOPIC_WORDS.items()},
        "rules": {one.value: text for one, text in RULE_WORDS.items()},
        "held": {one.value: text for one, text in HELD_WORDS.items()},
    }


def show_next() -> str:
    """Show what would go out within a day if nothing changed: to whom, how, when and why."""
    lines = ledger.list_next(db.session, who(), now=now(), until=now() + _AHEAD)
    number = page_number()
    page = Page(lines[(number - 1) * _SIZE : number * _SIZE], number, len(lines), _SIZE)
    reading([], Event.LEDGER_READ, detail={"filters": ["next"], "found": page.total})
    return render_template("admin/next_told.html", page=page, until=now() + _AHEAD, **_words())


def try_again(delivery_id: UUID) -> ResponseReturnValue:
    """Let a message that has stopped be tried once more."""
    kept = dict(parse_qsl(urlsplit(request.referrer or "").query))
    query = urlencode({name: kept[name] for name in _FILTERS if name in kept})
    back = f"{url_for('admin.ledger')}?{query}" if query else url_for("admin.ledger")
    return act_now(
        lambda: ledger.try_again(db.session, who(), delivery_id, now=now()),
        lambda _nothing: tell(redirect(back), _("It is tried again now. Look here in a minute.")),
        back=back,
    )
