"""The list of rooms, and what every page knows: who reads, where things are, the crisis lines, the exit."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app, g, session, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.local import LocalProxy

from coachdesk.access import Role, unscoped
from coachdesk.checkins import reviewing
from coachdesk.clients import breaking, episodes, glass_reviews
from coachdesk.clients import service as clients
from coachdesk.db import db
from coachdesk.organisation import lines, ways
from coachdesk.organisation import service as organisation
from coachdesk.referrals import service as referrals
from coachdesk.reminders import choosing
from coachdesk.safety import waiting
from coachdesk.visits import ending
from coachdesk.web import flashed, health, house, is_signed_in, now, today, who
from coachdesk.web.headers import nonce

if TYPE_CHECKING:
    import datetime as dt

    from flask import Flask

    from coachdesk.access import Identity

ROOMS = (
    "accounts",
    "drafts",
    "clients",
    "goals",
    "safety",
    "visits",
    "resources",
    "checkins",
    "referrals",
    "reminders",
    "desk",
    "supervision",
    "portal",
    "admin",
)

# key of the page, words on the rail, words on the phone's bar, endpoint, icon, the letters that lead there
_COACH = (
    ("today", _l("Today"), _l("Today"), "desk.today", "today", "g t"),
    ("people", _l("My people"), _l("People"), "desk.people", "people", "g p"),
    ("log", _l("Log check-in"), _l("Log"), "checkins.pick_person", "pen", "c"),
    ("referrals", _l("Referrals"), _l("Referrals"), "referrals.list_all", "refer", "g r"),
    ("more", _l("More"), _l("More"), "desk.more", "dots", "g m"),
)
_SUPERVISOR = (
    ("team", _l("Team"), _l("Team"), "supervision.board", "people", "g b"),
    ("review", _l("To review"), _l("To review"), "supervision.queue", "inbox", "g v"),
    ("today", _l("Today"), _l("Today"), "desk.today", "today", "g t"),
    ("people", _l("People"), _l("People"), "desk.people", "heart", "g p"),
    ("more", _l("More"), _l("More"), "desk.more", "dots", "g m"),
)
_ADMINISTRATOR = (
    ("accounts", _l("Accounts"), _l("Accounts"), "admin.accounts", "people", "g a"),
    ("people", _l("People"), _l("People"), "admin.people", "heart", "g p"),
    ("teams", _l("Teams"), _l("Teams"), "admin.teams", "chart", "g t"),
    ("access", _l("Who sees whom"), _l("Access"), "admin.access", "lock", "g w"),
    ("settings", _l("Settings"), _l("Settings"), "admin.settings", "dots", "g s"),
)
_RAILS = {Role.COACH: _COACH, Role.SUPERVISOR: _SUPERVISOR, Role.ADMINISTRATOR: _ADMINISTRATOR}
ROLE_WORDS = {
    Role.COACH: _l("Recovery coach"),
    Role.SUPERVISOR: _l("Supervisor"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.CLIENT: "",
}


def furnish(app: Flask) -> None:
    """Register the blueprint of every room that has pages, and let plans end with an episode."""
    episodes.keep_plans(ending.PLANS)
    app.extensions[health.BEGUN] = app.extensions["coachdesk"].clock.now()
    for name in ROOMS:
        if find_spec(f"coachdesk.{name}") and find_spec(f"coachdesk.{name}.views"):
            app.register_blueprint(import_module(f"coachdesk.{name}.views").room)


def what_templates_know() -> dict[str, Any]:
    """Return what every template may use without being handed it."""
    reader = who() if is_signed_in() else None
    keys = _keys(reader.role) if reader else []
    return {
        "who": reader,
        "role_words": ROLE_WORDS.get(reader.role, "") if reader else "",
        "rail": _rail(reader.role) if reader else [],
        "key_list": keys,
        "key_ways": json.dumps({letters: href for letters, _text, href in keys}),
        "has_keys": bool(reader and reader.role in _RAILS and current_user.shortcuts),
        "counts": LocalProxy(lambda: _counts(reader) if reader else {}),
        "links": _links(reader.role) if reader else {},
        "opened": LocalProxy(lambda: _opened(reader) if reader else []),
        "mail_is_set_up": house().mail_is_set_up,
        "stalled": LocalProxy(lambda: _stalled(reader) if reader else None),
        "crisis": LocalProxy(_crisis),
        "exit_url": LocalProxy(_exit_url),
        "csp_nonce": nonce(),
        "flashed": flashed,
        "theme": current_user.theme if reader else "",
        "told_off": LocalProxy(lambda: _told_off(reader) if reader else []),
        "told_private": session.pop("told_private", False) if not reader else False,
        "lang": "en",
        "dir": "ltr",
    }


def _rail(role: Role) -> list[dict[str, Any]]:
    return [
        {"key": key, "text": text, "short": brief, "href": url_for(endpoint), "icon": icon}
        for key, text, brief, endpoint, icon, _letters in _RAILS.get(role, ())
    ]


def _keys(role: Role) -> list[tuple[str, Any, str]]:
    """Return the letters that lead somewhere, what is there, and its address; a person's own pages have none."""
    if role not in _RAILS:
        return []
    places = [(letters, text, url_for(endpoint)) for _key, text, _brief, endpoint, _icon, letters in _RAILS[role]]
    if role is Role.SUPERVISOR:
        places.append(("c", _l("Log check-in"), url_for("checkins.pick_person")))
    if find := _links(role)["find"]:
        places.append(("/", _l("Find a person"), f"{find}#q"))
    own = [("g y", _l("Your account"), url_for("accounts.account")), ("?", _l("These keys"), url_for("accounts.keys"))]
    return [*places, *own]


def _counts(reader: Identity) -> dict[str, int]:
    """Return the numbers on the rail, by the key of their page: one query, and none where no rail is drawn."""
    _ask(reader)
    found: dict[str, int] = g.counts
    return found


def _opened(reader: Identity) -> list[breaking.Open]:
    """Return the records a supervisor has open in an emergency, for the banner; asked together with the numbers."""
    _ask(reader)
    found: list[breaking.Open] = g.open_looks
    return found


def _stalled(reader: Identity) -> dt.datetime | None:
    """Return since when nothing is sent, where the scheduler stands still; asked together with the numbers."""
    _ask(reader)
    if "seen" not in g:
        return None
    return health.stalled_since(g.seen, current_app.extensions[health.BEGUN], now=now())


def _ask(reader: Identity) -> None:
    if "counts" in g:
        return
    asked: dict[str, Any] = {
        Role.COACH: lambda: {
            "people": clients.select_how_many(reader),
            "referrals": referrals.select_how_many_wait(reader, today()),
        },
        Role.SUPERVISOR: lambda: {
            "team": waiting.select_how_many_wait(reader),
            "review": reviewing.select_how_many_wait(reader),
        },
        Role.ADMINISTRATOR: lambda: {
            "access": glass_reviews.select_how_many_wait(),
            "settings": _settings_wait(),
        },
    }.get(reader.role, dict)()
    g.counts, g.open_looks = {}, []
    if not asked:
        return
    seen = health.select_seen(health.SCHEDULER)
    parts = [part.scalar_subquery().label(key) for key, part in {**asked, "seen": seen}.items()]
    statement = sa.select(*parts)
    if reader.role is Role.SUPERVISOR:  # one row of numbers, and one for each record that is open
        looks = breaking.select_open(reader).subquery()
        one = sa.select(sa.literal(1).label("one")).subquery()
        statement = statement.add_columns(looks).select_from(one.outerjoin(looks, sa.true()))
    rows = db.session.execute(unscoped(statement, because="each part is scoped")).all()
    g.counts, g.seen = {key: getattr(rows[0], key) for key in asked}, rows[0].seen
    if reader.role is Role.SUPERVISOR:
        g.open_looks = [breaking.as_open(row) for row in rows if row.id]
        g.opened = frozenset(look.client_id for look in g.open_looks)  # what is read of them is written down apart


def _settings_wait() -> Any:
    """Select how much an administrator should see to: lines to ring again, and ways that were switched off."""
    to_ring = lines.select_how_many_to_ring(db.session, today()).scalar_subquery()
    return sa.select(to_ring + ways.select_how_many_failed().scalar_subquery())


def _links(role: Role) -> dict[str, str]:
    find = url_for("desk.people") if role in (Role.COACH, Role.SUPERVISOR) else ""
    return {
        "home": url_for("accounts.home"),
        "find": find,
        "account": url_for("accounts.account"),
        "sign_out": url_for("security.logout"),
        "leave": url_for("accounts.leave"),
        "door": url_for("security.login"),
        "more": url_for("desk.more") if find else url_for("accounts.account"),
    }


def _told_off(reader: Identity) -> list[tuple[Any, str, bool]]:
    """Return the ways of being told that are off although their reader did not untick them, with why."""
    return [*choosing.list_off(db.session, reader.id)]


def _crisis() -> Any:
    if "crisis" not in g:
        g.crisis = organisation.list_crisis_lines(db.session)
    return g.crisis


def _exit_url() -> str:
    if "exit_url" not in g:
        g.exit_url = organisation.find_organisation(db.session).exit_url
    found: str = g.exit_url
    return found
