"""The ledger's page: what was told, what waits and why, what has stopped; and what would go out next."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.admin import ledger
from coachdesk.audit import Event
from coachdesk.clock import moment_of
from coachdesk.db import db
from coachdesk.notify.about import ABOUT_WORDS, PERSONAL
from coachdesk.reminders import foreseen, previewing
from coachdesk.reminders.kinds import RULE_WORDS, WITHOUT_STORY
from coachdesk.reminders.reading import FILTERS, read_page, read_question, words
from coachdesk.web import Page, act_now, house_zone, now, reading, tell, today, who
from coachdesk.words import Refused

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

_DAY = dt.timedelta(days=1)
_OFFERED = tuple(about for about in ABOUT_WORDS if about not in PERSONAL)


def furnish(room: Room) -> None:
    """Add the ledger to the administrators' room."""
    room.get("/admin/reminders", action=Action.ADMIN_REMINDERS, endpoint="ledger")(show_ledger)
    room.get("/admin/reminders/next", action=Action.ADMIN_REMINDERS, endpoint="next_told")(show_next)
    room.post("/admin/reminders/<uuid:delivery_id>/again", action=Action.ADMIN_REMINDERS)(try_again)


def show_ledger() -> str:
    """Show what was told. Each look leaves one row, with the filters' names and nothing that was typed into them."""
    question, problem = read_question(_OFFERED, WITHOUT_STORY), None
    try:
        page = read_page(partial(ledger.find_ledger, db.session, who(), question.asked))
    except Refused as refusal:
        page, problem = Page([], 1, 0), refusal
    reading([], Event.LEDGER_READ, detail={"filters": question.asked.used, "found": page.total})
    return render_template(
        "admin/ledger.html",
        page=page,
        tally=ledger.tally(db.session, who(), midnight=moment_of(today(), dt.time(0), house_zone())),
        question=question,
        problem=problem,
        offered_rules=[rule.value for rule in RULE_WORDS if rule in WITHOUT_STORY],
        offered_abouts=[about.value for about in _OFFERED],
        **words(),
    )


def show_next() -> str:
    """Show what would go out tonight, or within a day, if nothing changed: to whom, how, when and why."""
    foresight, whole_day = foreseen.find_mark(db.session), request.args.get("until") == "day"
    until = now() + _DAY if whole_day else previewing.tonight(db.session, now())
    page = read_page(partial(ledger.list_next, db.session, who(), until=until))
    reading([], Event.LEDGER_READ, detail={"filters": ["next"], "found": page.total})
    return render_template(
        "admin/next_told.html",
        page=page,
        foresight=foresight,
        until=until,
        whole_day=whole_day,
        whys_of=ledger.whys_of,
        **words(),
    )


def try_again(delivery_id: UUID) -> ResponseReturnValue:
    """Let a message that has stopped be tried once more."""
    kept = dict(parse_qsl(urlsplit(request.referrer or "").query))
    query = urlencode({name: kept[name] for name in (*FILTERS, "page") if name in kept})
    back = f"{url_for('admin.ledger')}?{query}" if query else url_for("admin.ledger")
    return act_now(
        lambda: ledger.try_again(db.session, who(), delivery_id, now=now()),
        lambda _nothing: tell(redirect(back), _("It is tried again now. Look here in a minute.")),
        back=back,
    )
