"""Whoever is shown a person's words or name leaves exactly one row, which names everybody on the page."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry, AuditPerson
from tests.lived import live

PEOPLE = {
    "marcus": ("Marcus Tell", "Marcus T."),
    "lena": ("Lena Ortiz", "Lena O."),
    "aisha": ("Aisha Khan", "Aisha K."),
    "hana": ("Hana Vale", "Hana V."),
}

# Each page that can be opened, by who opens it; what its row is called, or nothing where it shows nobody.
PAGES: dict[str, dict[str, str]] = {
    "dana": {
        "/": "record:read",
        "/today": "record:read",
        "/people": "people:listed",
        "/people?q=marcus": "people:searched",
        "/people/new": "",
        "/people/import": "",
        "/people/waiting": "people:listed",
        "/people/import/template": "",
        "/people/{marcus}": "record:read",
        "/people/{marcus}/goals": "record:read",
        "/people/{marcus}/about": "record:read",
        "/people/{marcus}/about/vision": "record:read",
        "/people/{marcus}/about/agreement": "record:read",
        "/people/{marcus}/contact-points/new": "record:read",
        "/people/{marcus}/supporters/new": "record:read",
        "/people/{marcus}/milestones/new": "record:read",
        "/people/{marcus}/same-person": "people:listed",
        "/contact-points/{point}/edit": "record:read",
        "/supporters/{supporter}/edit": "record:read",
        "/milestones/{milestone}/edit": "record:read",
        "/people/{marcus}/timeline": "record:read",
        "/people/{marcus}/looks": "record:read",
        "/people/{marcus}/sheet": "record:printed",
        "/people/{marcus}/referrals": "record:read",
        "/people/{marcus}/details": "record:read",
        "/people/{marcus}/coaching": "record:read",
        "/people/{marcus}/edit": "record:read",
        "/people/{marcus}/concerns/new": "record:read",
        "/people/{marcus}/safety": "safety-plan:read",
        "/people/{marcus}/safety-plan": "safety-plan:read",
        "/concerns/{concern}": "concern:read",
        "/concerns/{concern}/more": "record:read",
        "/safety-plans/{plan}": "safety-plan:read",
        "/people/{marcus}/check-ins/new": "record:read",
        "/people/{marcus}/attempts/new": "record:read",
        "/people/{marcus}/goals/new": "record:read",
        "/people/{marcus}/reminders/new": "record:read",
        "/people/{marcus}/referrals/new": "record:read",
        "/people/{marcus}/visits/new": "record:read",
        "/check-ins/new": "people:listed",
        "/check-ins/{checkin}": "checkin:read",
        "/goals/{goal}/edit": "record:read",
        "/goals/{goal}/reviews/new": "record:read",
        "/goals/{goal}/reviews/new?question=3": "record:read",
        "/referrals": "people:listed",
        "/referrals/{referral}": "record:read",
        "/reminders": "record:read",
        "/reminders/history": "",
        "/reminders/next": "record:read",
        "/resources": "",
        "/resources/new": "",
        "/resources/{service}": "",
        "/resources/{service}/edit": "",
        "/more": "",
        "/account": "",
        "/account/activity": "",
        "/account/telling": "",
        "/account/calendar": "",
        "/account/keys": "",
        "/account/passphrase": "",
        "/account/devices": "",
        "/account/token": "",
        "/nowhere": "",
    },
    "ruth": {
        "/team": "record:read",
        "/team/reviews": "people:listed",
        "/team/told": "ledger:read",
        "/today": "record:read",
        "/people": "people:listed",
        "/break-glass": "",
        "/people/{marcus}/restrictions": "record:read",
        "/people/{marcus}/hand-over": "record:read",
        "/people/{marcus}/pack": "record:read",
        "/team/away": "",
    },
    "marcus": {
        "/my-goals": "record:read",
        "/my-goals/what-we-wrote": "checkin:read",
        "/my-goals/another-coach": "record:read",
        "/my-goals/my-plan": "safety-plan:read",
        "/my-goals/who-looked": "",
        "/account": "",
        "/account/telling": "",
        "/account/calendar": "",
    },
    "admin": {
        "/admin/accounts": "accounts:read",
        "/admin/accounts/new": "",
        "/admin/people": "people:listed",
        "/admin/people/{marcus}": "rights:read",
        "/admin/access": "people:listed",
        "/admin/break-glass": "people:listed",
        "/admin/teams": "",
        "/admin/settings": "",
        "/admin/lines/new": "",
        "/admin/settings/ladder": "",
        "/admin/settings/lists": "",
        "/admin/settings/reminders": "",
        "/admin/settings/reminders/no-goal": "",
        "/admin/settings/holidays": "",
        "/admin/settings/ways": "",
        "/admin/settings/ways/new": "",
        "/admin/reminders": "ledger:read",
        "/admin/reminders/next": "ledger:read",
        "/admin/trail": "trail:read",
        "/admin/trail/export": "trail:exported",
    },
}
# Pages that need a row of their own kind, or stand at the door; each is asked for in the tests of its room.
ELSEWHERE = {
    "accounts.cannot_get_in",
    "accounts.come_back",
    "accounts.invitation",
    "accounts.leave",
    "accounts.new_passphrase",
    "accounts.second_factor_loss",
    "admin.account",
    "admin.choose_coach",
    "admin.first_page",
    "admin.line",
    "admin.look",
    "admin.team",
    "admin.way",
    "desk.choose_columns",
    "desk.preview",
    "goals.show_review",
    "health.alive",
    "health.ready",
    "reminders.edit_reminder",
    "reminders.offer_stop",
    "reminders.show_told",
    "security.login",
    "security.mf_recovery",
    "security.mf_recovery_codes",
    "security.tf_select",
    "security.two_factor_rescue",
    "security.two_factor_setup",
    "security.two_factor_token_validation",
    "security.verify",
    "security.wan_delete",
    "security.wan_register",
    "security.wan_signin",
    "security.wan_verify",
    "static",
    "portal.show_visit",
    "supervision.review",
    "supervision.show_wish",
    "visits.edit_series",
    "visits.fetch_calendar",
    "visits.show_move",
    "visits.show_off",
}


@pytest.fixture
def full(session: Any, cast: Any) -> dict[str, Any]:
    return live(session, cast)


def rows_after(session: Any, last: int) -> list[tuple[str, set[Any]]]:
    """The new rows of the trail: event, and whom it names."""
    session.rollback()
    entries = session.execute(sa.select(AuditEntry.id, AuditEntry.event).where(AuditEntry.id > last)).all()
    found = [
        (event, set(session.scalars(sa.select(AuditPerson.client_id).where(AuditPerson.entry_id == key))))
        for key, event in entries
    ]
    session.rollback()
    return found


def highest(session: Any) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0


@pytest.mark.parametrize("name", PAGES)
def test_each_page_leaves_one_row_that_names_everybody_on_it(session, reader, cast, full, name):
    someone = reader(name)
    wrong: list[Any] = []
    for path, event in PAGES[name].items():
        last = highest(session)
        page = someone.looks(path.format(**full))
        rows = rows_after(session, last)
        if [row[0] for row in rows] != ([event] if event else []):
            wrong.append((path, "rows", rows))
            continue
        named = rows[0][1] if rows else set()
        # The trail and the list of accounts are lists of names: one row with its filter (and staff's own names).
        if event.startswith(("trail:", "accounts:")):
            continue
        on_page = {key for key, words in PEOPLE.items() if any(text in page.main for text in words)}
        left_out = [key for key in on_page if cast.people[key] not in named]
        if left_out:
            wrong.append((path, "names", left_out))
    assert wrong == []


def test_no_page_of_the_house_is_left_out_here(app, session, cast, full):
    walked = set()
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for pages in PAGES.values():
            for path in pages:
                if path != "/nowhere":
                    walked.add(adapter.match(path.format(**full).partition("?")[0], method="GET")[0])
    gets = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    drafts = {endpoint for endpoint in gets if "draft" in endpoint}
    assert gets - walked - drafts == ELSEWHERE


def test_a_refused_page_leaves_one_row_and_names_nobody(session, reader, cast, full):
    dana = reader("dana")
    last = highest(session)
    dana.opens(f"/people/{cast.hana}", status=404)
    assert rows_after(session, last) == []
    dana.opens("/admin/trail", status=404)
    assert rows_after(session, last) == [("access:refused", set())]


def test_changes_of_rights_are_written_down(session, reader, cast):
    admin = reader("admin")
    admin.opens(f"/admin/people/{cast.marcus}/coach")
    last = highest(session)
    admin.sends(coach_id=str(cast.imani.id), earlier="everything")
    events = [event for event, _people in rows_after(session, last)]
    assert events[:2] == ["assignment:ended", "assignment:made"]
