"""Every page there is and who reads it, taken from the table of the record's routes and from the routes themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.test_matrix import COLUMNS, MATRIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from werkzeug.routing import Rule

    from tests.reader import Reader

READERS = {
    "dana": "coach, own",
    "chris": "coach, other",
    "ruth": "supervisor, own",
    "omar": "supervisor, break-glass",
    "marcus": "person, own",
    "admin": "administrator, own",
}
"""Who walks, and which column of the table says what they find. Chris has nobody in the record: he meets empty pages."""
ADDRESSED = {
    "admin.account": ("admin", "/admin/accounts/{dana}"),
    "admin.reminder_rule": ("admin", "/admin/settings/reminders/goals-untouched"),
    "admin.line": ("admin", "/admin/lines/{line}"),
    "admin.team": ("admin", "/admin/teams/{team}"),
    "admin.way": ("admin", "/admin/ways/{way}"),
    "desk.choose_columns": ("dana", "/people/import/{brought}/columns"),
    "desk.preview": ("dana", "/people/import/{brought}"),
    "resources.show_service": ("dana", "/resources/{service}"),
    "resources.edit_service": ("dana", "/resources/{service}/edit"),
}
"""Pages of a row that is about no person."""
AT_THE_DOOR = {
    "accounts.come_back",
    "accounts.invitation",
    "accounts.new_passphrase",
    "accounts.second_factor_loss",
    "reminders.offer_stop",
    "visits.fetch_calendar",
    "drafts.show_last",
    "drafts.show_unsent",
    "static",
}
"""Asked for with what a mail, a browser or a page holds; the tests of their rooms open them."""
STATES = {
    "dana": (
        "/goals/{goal}/reviews/new?question=3",
        "/goals/{goal}/reviews/new?question=feel",
        "/goals/{goal}/reviews/new?question=5",
        "/goals/{goal}/reviews/new?question=6",
        "/people/{marcus}/contact-points/new?kind=phone",
        "/people?q=nobody",
        "/nowhere",
    ),
    "admin": ("/admin/trail?who=a&order=whose", "/admin/reminders?state=waiting&who=d", "/admin/people?show=needs"),
}
"""The same pages in another state."""
LEADS_OUT = ("/leave", "/admin/trail/export", "/people/import/template")
"""No pages: one ends the session, two are files."""


def list_pages(app: Flask, reader: Callable[[str], Reader], name: str, ids: dict[str, Any]) -> Iterator[str]:
    """Return the addresses of all pages that somebody reads, each route once and some in several states."""
    someone = reader(name)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()) or rule.rule in LEADS_OUT or rule.endpoint in AT_THE_DOOR:
            continue
        if path := _address(rule, name):
            path = path.format(**ids)
            found = someone.looks(path)
            assert found.status == 200 or not rule.arguments, path
            if found.status == 200 and found.response.mimetype == "text/html":
                yield path
    yield from (path.format(**ids) for path in STATES.get(name, ()))


def _address(rule: Rule, name: str) -> str | None:
    """Return where somebody finds a page, or nothing where it is not theirs."""
    if rule.endpoint in MATRIX:
        row = MATRIX[rule.endpoint]
        theirs = row.who.replace(" ", "")[list(COLUMNS).index(READERS[name])] == "Y"
        return row.path if row.method == "GET" and theirs else None
    if rule.endpoint in ADDRESSED:
        whose, path = ADDRESSED[rule.endpoint]
        return path if whose == name else None
    assert not rule.arguments, f"{rule.endpoint} is a page that nobody opens here"
    return rule.rule
