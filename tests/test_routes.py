"""Every route against every role: one expected status each, and a route that is not in the table fails."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.web.room import GATE

if TYPE_CHECKING:
    from tests.cast import Cast

# endpoint: who may (by the first letters coach, supervisor, person, administrator; "*" everybody, signed in or not)
ROUTES = {
    "accounts.accept": "*",
    "accounts.accept_without": "*",
    "accounts.account": "cspa",
    "accounts.activity": "csa",
    "accounts.change_account": "cspa",
    "accounts.home": "cspa",
    "accounts.ask_link": "*",
    "accounts.cannot_get_in": "*",
    "accounts.choose_again": "*",
    "accounts.come_back": "*",
    "accounts.confirm_loss": "*",
    "accounts.devices": "cspa",
    "accounts.end_device": "cspa",
    "accounts.end_other_devices": "cspa",
    "accounts.enter": "*",
    "accounts.invitation": "*",
    "accounts.keys": "csa",
    "accounts.new_passphrase": "*",
    "accounts.second_factor_loss": "*",
    "accounts.token": "cspa",
    "accounts.leave": "*",
    "admin.access": "a",
    "admin.account": "a",
    "admin.accounts": "a",
    "admin.add_account": "a",
    "admin.add_line": "a",
    "admin.assign": "a",
    "admin.change_account": "a",
    "admin.change_line": "a",
    "admin.change_ladder": "a",
    "admin.change_lists": "a",
    "admin.change_settings": "a",
    "admin.choose_coach": "a",
    "admin.disable": "a",
    "admin.enable": "a",
    "admin.end_line": "a",
    "admin.end_session": "a",
    "admin.reset_second_factor": "a",
    "admin.export_trail": "a",
    "admin.end_restriction": "a",
    "admin.first_page": "a",
    "admin.add_holiday": "a",
    "admin.change_reminder_rule": "a",
    "admin.holidays": "a",
    "admin.reminder_rule": "a",
    "admin.reminder_rules": "a",
    "admin.remove_holiday": "a",
    "admin.invite": "a",
    "admin.line": "a",
    "admin.look": "a",
    "admin.looks": "a",
    "admin.make_team": "a",
    "admin.new_account": "a",
    "admin.new_line": "a",
    "admin.next_told": "a",
    "admin.people": "a",
    "admin.person": "a",
    "admin.restrict": "a",
    "admin.review_look": "a",
    "admin.ladder": "a",
    "admin.ledger": "a",
    "admin.lists": "a",
    "admin.settings": "a",
    "admin.rename_team": "a",
    "admin.team": "a",
    "admin.teams": "a",
    "admin.trail": "a",
    "admin.try_again": "a",
    "admin.verify_line": "a",
    "admin.add_way": "a",
    "admin.ways": "a",
    "admin.make_answer_path": "a",
    "admin.new_way": "a",
    "admin.remove_way": "a",
    "admin.switch_way": "a",
    "admin.try_way": "a",
    "admin.way": "a",
    "reminders.change_telling": "csp",
    "reminders.offer_stop": "*",
    "reminders.stop_mails": "*",
    "reminders.take_answer": "*",
    "reminders.telling": "cspa",
    "reminders.turn_on_again": "cspa",
    "checkins.correct": "cs",
    "checkins.log": "cs",
    "checkins.log_attempt": "cs",
    "checkins.new_attempt": "cs",
    "checkins.new_checkin": "cs",
    "checkins.keep_correction": "cs",
    "checkins.keep_draft": "cs",
    "checkins.pick_person": "cs",
    "checkins.show_checkin": "cs",
    "checkins.withdraw": "cs",
    "checkins.withdraw_attempt": "cs",
    "clients.number_works": "cs",
    "clients.add_milestone": "cs",
    "clients.add_person": "cs",
    "clients.add_point": "cs",
    "clients.add_supporter": "cs",
    "clients.change_milestone": "cs",
    "clients.change_person": "cs",
    "clients.change_level": "cs",
    "clients.close": "cs",
    "clients.course": "cs",
    "clients.edit_person": "cs",
    "clients.pause": "cs",
    "clients.reopen": "cs",
    "clients.resume": "cs",
    "clients.change_point": "cs",
    "clients.change_supporter": "cs",
    "clients.edit_card": "cs",
    "clients.edit_milestone": "cs",
    "clients.edit_point": "cs",
    "clients.edit_supporter": "cs",
    "clients.end_link": "cs",
    "clients.end_milestone": "cs",
    "clients.end_point": "cs",
    "clients.end_restriction": "s",
    "clients.end_supporter": "cs",
    "clients.invite_person": "cs",
    "clients.link_person": "cs",
    "clients.new_milestone": "cs",
    "clients.new_person": "cs",
    "clients.new_point": "cs",
    "clients.new_supporter": "cs",
    "clients.put_link_back": "cs",
    "clients.put_milestone_back": "cs",
    "clients.put_point_back": "cs",
    "clients.put_supporter_back": "cs",
    "clients.restrict": "s",
    "clients.restrictions": "s",
    "clients.same_person": "cs",
    "clients.take_on": "cs",
    "clients.waiting": "cs",
    "clients.write_card": "cs",
    "desk.about": "cs",
    "desk.bring_in": "cs",
    "desk.confirm_import": "cs",
    "desk.details": "cs",
    "desk.goals": "cs",
    "desk.import_template": "cs",
    "desk.looks": "cs",
    "desk.more": "cs",
    "desk.order_days": "cs",
    "desk.people": "cs",
    "desk.preview": "cs",
    "desk.choose_columns": "cs",
    "desk.set_columns": "cs",
    "desk.read_file": "cs",
    "desk.record": "cs",
    "desk.referrals": "cs",
    "desk.sheet": "cs",
    "desk.timeline": "cs",
    "desk.today": "cs",
    "desk.undo_import": "cs",
    "drafts.begin_last_look": "cspa",
    "drafts.bring_back": "cspa",
    "drafts.discard": "cspa",
    "drafts.keep_form": "cspa",
    "drafts.let_unsent_go": "cspa",
    "drafts.show_last": "cspa",
    "drafts.show_unsent": "cspa",
    "goals.add_step": "cs",
    "goals.answer": "cs",
    "goals.change_goal": "cs",
    "goals.complete_step": "cs",
    "goals.edit_goal": "cs",
    "goals.new_goal": "cs",
    "goals.review": "cs",
    "goals.set_goal": "cs",
    "goals.show_review": "cs",
    "goals.undo_step": "cs",
    "health.alive": "*",
    "health.ready": "*",
    "portal.another_coach": "p",
    "portal.ask_help": "p",
    "portal.stay": "p",
    "portal.wish_for_another": "p",
    "portal.can_make_it": "p",
    "portal.cannot_make_it": "p",
    "portal.did_step": "p",
    "portal.my_goals": "p",
    "portal.my_plan": "p",
    "portal.show_visit": "p",
    "portal.undo": "p",
    "portal.what_we_wrote": "p",
    "portal.who_looked": "p",
    "referrals.list_all": "cs",
    "referrals.make_referral": "cs",
    "referrals.move": "cs",
    "referrals.new_referral": "cs",
    "referrals.show_referral": "cs",
    "referrals.withdraw_yes": "cs",
    "reminders.done": "cs",
    "reminders.let_be_last": "cs",
    "reminders.let_go_on": "cs",
    "reminders.change_reminder": "cs",
    "reminders.edit_reminder": "cs",
    "reminders.put_back": "cs",
    "reminders.take_back": "cs",
    "reminders.list_mine": "cs",
    "reminders.move_later": "cs",
    "reminders.new_reminder": "cs",
    "reminders.see": "cs",
    "reminders.set_aside": "cs",
    "reminders.set_reminder": "cs",
    "reminders.show_history": "cs",
    "reminders.show_next": "cs",
    "reminders.show_told": "cs",
    "reminders.undo": "cs",
    "resources.add_service": "cs",
    "resources.change_service": "cs",
    "resources.edit_service": "cs",
    "resources.list_all": "cs",
    "resources.new_service": "cs",
    "resources.show_service": "cs",
    "safety.add_action": "cs",
    "safety.close": "s",
    "safety.edit_plan": "cs",
    "safety.follow_up": "cs",
    "safety.give_back": "s",
    "safety.hand_on": "s",
    "safety.new_concern": "cs",
    "safety.raise_concern": "cs",
    "safety.reopen": "s",
    "safety.say_more": "cs",
    "safety.show_concern": "cs",
    "safety.show_person": "cs",
    "safety.show_plan": "cs",
    "safety.take": "s",
    "safety.tell_more": "cs",
    "safety.write_plan": "cs",
    "security.change_password": "cspa",
    "security.login": "*",
    "security.logout": "*",
    "security.mf_recovery": "*",
    "security.mf_recovery_codes": "cspa",
    "security.tf_select": "*",
    "security.two_factor_rescue": "",
    "security.two_factor_setup": "*",
    "security.two_factor_setup_validate": "cspa",
    "security.two_factor_token_validation": "*",
    "security.verify": "cspa",
    "security.wan_delete": "cspa",
    "security.wan_register": "cspa",
    "security.wan_register_response": "cspa",
    "security.wan_signin": "*",
    "security.wan_signin_response": "*",
    "security.wan_verify": "cspa",
    "security.wan_verify_response": "cspa",
    "static": "*",
    "supervision.ask_coach": "s",
    "supervision.away": "s",
    "supervision.close_earlier": "s",
    "supervision.end_away": "s",
    "supervision.give": "s",
    "supervision.hand_over": "s",
    "supervision.pack": "cs",
    "supervision.answer_wish": "s",
    "supervision.open_earlier": "s",
    "supervision.set_away": "s",
    "supervision.show_told": "s",
    "supervision.show_wish": "s",
    "supervision.board": "s",
    "supervision.break_glass": "s",
    "supervision.close_record": "s",
    "supervision.open_record": "s",
    "supervision.queue": "s",
    "supervision.review": "s",
    "supervision.sign_off": "s",
    "supervision.talk": "s",
    "visits.calendar": "csp",
    "visits.end_calendar": "csp",
    "visits.fetch_calendar": "*",
    "visits.make_calendar": "csp",
    "visits.call_off": "cs",
    "visits.cancel": "cs",
    "visits.change_series": "cs",
    "visits.edit_series": "cs",
    "visits.end_series": "cs",
    "visits.move": "cs",
    "visits.new_visit": "cs",
    "visits.plan": "cs",
    "visits.put_back": "cs",
    "visits.resume_series": "cs",
    "visits.show_move": "cs",
    "visits.show_off": "cs",
    "visits.take_back": "cs",
}
ROLES = {
    "c": ("dana", Role.COACH),
    "s": ("ruth", Role.SUPERVISOR),
    "p": ("marcus", Role.CLIENT),
    "a": ("admin", Role.ADMINISTRATOR),
}


def _address(rule) -> str:
    """Fill a rule with ids of nobody, so that no answer depends on a row."""
    address = str(rule.rule)
    for name in rule.arguments:
        kind = type(rule._converters[name]).__name__
        value = str(uuid.UUID(int=7, version=4)) if kind == "UUIDConverter" else "check-in"
        address = address.replace(f"<uuid:{name}>", value).replace(f"<path:{name}>", value).replace(f"<{name}>", value)
    return address


def test_every_route_stands_in_the_table_and_declares_what_it_needs(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(ROUTES)
    assert endpoints == set(app.extensions[GATE])


def test_addresses_are_kebab_case_and_their_ids_typed(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            assert rule.rule == rule.rule.lower()
            assert "_" not in rule.rule.replace("_id", "")
            assert all(f"<uuid:{name}>" in rule.rule for name in rule.arguments if name.endswith("_id"))


@pytest.mark.parametrize("letter", ROLES)
def test_every_role_gets_what_is_theirs_and_nothing_else(app, reader, cast: Cast, letter, clock):
    someone = reader(ROLES[letter][0])
    someone.opens("/account")
    wrong = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        if rule.endpoint in ("security.logout", "accounts.leave", "security.login", "static", "health.ready"):
            continue
        for method in rule.methods & {"GET", "POST"}:
            with app.app_context():
                answer = someone.client.open(_address(rule), method=method, data=_token(someone))
            mine = letter in ROUTES[rule.endpoint] or ROUTES[rule.endpoint] == "*"
            # What is theirs answers with a page, a sentence, a redirect, or 404 for a row of nobody.
            fine = answer.status_code in (200, 303, 302, 404, 422) if mine else answer.status_code == 404
            if not fine:
                wrong.append((rule.endpoint, method, answer.status_code))
            if not mine and answer.status_code == 404:
                assert "Marcus" not in answer.get_data(as_text=True)
    assert wrong == []


@pytest.mark.parametrize("letter", ROLES)
def test_first_pages_answer_with_200_for_their_role(reader, letter):
    pages = {
        "c": ["/today", "/people", "/referrals", "/resources", "/reminders"],
        "s": ["/team", "/today", "/team/reviews", "/break-glass"],
        "p": ["/my-goals"],
        "a": [
            "/admin/accounts",
            "/admin/people",
            "/admin/teams",
            "/admin/settings",
            "/admin/settings/ladder",
            "/admin/settings/lists",
            "/admin/settings/reminders",
            "/admin/settings/reminders/no-goal",
            "/admin/settings/holidays",
            "/admin/access",
            "/admin/break-glass",
        ],
    }
    someone = reader(ROLES[letter][0])
    someone.opens("/account")
    for page in pages[letter]:
        someone.opens(page)


def test_nobody_signed_out_sees_more_than_the_doors(app, session):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if ROUTES[rule.endpoint] == "*":
            continue
        with app.app_context():
            session.rollback()
            answer = client.get(_address(rule)) if "GET" in rule.methods else client.post(_address(rule))
        assert answer.status_code in (303, 400), rule.endpoint
        if answer.status_code == 303:
            assert answer.location.startswith("/sign-in?next=")


def test_refused_access_is_written_down(reader, session):
    from coachdesk.audit import AuditEntry

    reader("dana").opens("/admin/accounts", status=404)
    row = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "access:refused")).one()
    assert row.details == {"route": "admin.accounts"}


def _token(someone) -> dict[str, str]:
    token = someone.page.soup.find("input", {"name": "csrf_token"})
    return {"csrf_token": str(token["value"])} if token else {}
