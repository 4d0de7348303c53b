"""“How you are told”, the link that stops mails, and answers to texts, as their readers meet them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.clients.models import Client
from coachdesk.notify import Channel
from coachdesk.notify.tokens import make_stop_token
from coachdesk.organisation import ways
from coachdesk.reminders import choosing, stopping
from coachdesk.reminders.models import TellingPref
from coachdesk.reminders.prefs import USUAL, OffWhy
from coachdesk.words import NotFound, Refused
from tests.cast import MONDAY
from tests.conftest import KEYS
from tests.gateway import add_way

PATH = ACTION = "/account/telling"


def _row(session, identity) -> TellingPref:
    session.rollback()
    session.expire_all()
    found: TellingPref = session.get(TellingPref, identity.id)
    return found


def _events(session, begins="telling:") -> list[tuple[str, Any]]:
    session.rollback()
    rows = session.execute(sa.select(AuditEntry.event, AuditEntry.details).order_by(AuditEntry.id))
    return [(event, details) for event, details in rows if event.startswith(begins)]


def _fills(**more):
    return {
        "channels": ["email"],
        "each": "no",
        "hour": "8 am",
        "days": ["0", "1", "2", "3", "4"],
        "quiet_from": "9 pm",
        "quiet_until": "7 am",
        **more,
    }


def _texts_to(session, cast, reader, number="+1 555 010 2030"):
    add_way(session, cast)
    dana = reader("dana")
    dana.opens(PATH)
    dana.sends(ACTION, **_fills(channels=["text"], phone=number))
    return dana


# ---- one's own page -----------------------------------------------------------------------------------------------


def test_a_coach_chooses_hour_days_and_quiet_and_the_trail_names_the_fields_alone(session, cast, reader):
    dana = reader("dana")
    page = dana.opens(PATH)
    assert "Text message" not in page.main
    dana.sends(ACTION, **_fills(hour="9:30", each="yes", quiet_from="8 pm"))
    row = _row(session, cast.dana)
    assert (row.hour, row.days, row.each) == (dt.time(9, 30), "01234", True)
    assert (row.quiet_from, row.quiet_until) == (dt.time(20), dt.time(7))
    ((event, details),) = _events(session)
    assert (event, sorted(details["fields"])) == ("telling:changed", ["days", "each", "hour", "quiet_from"])


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(session, cast, reader):
    dana = reader("dana")
    dana.opens(PATH)
    for fills, words in (
        ({"hour": "11 pm"}, "That is in your quiet hours, from 9:00 pm to 7:00 am."),
        ({"hour": "noonish"}, "Write a time like"),
        ({"days": []}, "Choose at least one day, or no way at all."),
        ({"quiet_until": ""}, "Write both ends of your quiet hours, or neither."),
        ({"channels": ["pigeon"]}, "Choose from these."),
    ):
        page = dana.sends(ACTION, status=422, **_fills(**fills))
        assert (page.status, words in page.main) == (422, True), (fills, page.main)
    assert _row(session, cast.dana) is None


def test_texts_are_offered_where_there_is_a_gateway_and_the_number_lies_sealed(session, cast, reader):
    _texts_to(session, cast, reader)
    row = _row(session, cast.dana)
    assert (row.by_text, row.by_email, row.phone) == (True, False, "+15550102030")
    kept = session.execute(sa.text("SELECT phone, phone_digest FROM telling_pref")).one()
    assert kept.phone.startswith("gAAAA")
    assert "555" not in kept.phone_digest or len(kept.phone_digest) == 64
    assert "555" not in json.dumps([details for _event, details in _events(session)])


def test_of_two_who_save_at_once_the_later_sees_both(session, cast, reader):
    one, two = reader("dana"), reader("dana")
    one.opens(PATH)
    two.opens(PATH)
    one.sends(ACTION, **_fills(hour="9 am"))
    page = two.sends(ACTION, status=409, **_fills(hour="10 am"))
    assert page.status == 409
    assert "9:00 am" in page.main
    assert _row(session, cast.dana).hour == dt.time(9)


def test_whoever_saves_in_two_windows_hears_that_it_was_they_themself_and_sees_both(session, cast, reader):
    dana = reader("dana")
    earlier = dana.opens(PATH)
    dana.opens(PATH)
    dana.sends(ACTION, **_fills(hour="9 am"))
    dana.page = earlier
    page = dana.sends(ACTION, status=409, **_fills(hour="10 am"))
    assert "You changed this in another window" in page.main
    assert "Somebody changed this" not in page.main
    assert page.soup.select_one("input[name=hour]")["value"] == "10 am"
    assert "At what time? 9:00 am" in page.main
    assert "Saved." in dana.sends(ACTION).main
    assert _row(session, cast.dana).hour == dt.time(10)


def test_no_way_at_all_is_said_plainly_before_and_after(session, cast, reader):
    dana = reader("dana")
    page = dana.opens(PATH)
    assert (
        "Choose none, and no reminder is sent to you; everything that is due still stands on your pages here."
        in page.main
    )
    page = dana.sends(ACTION, **_fills(channels=[], days=[]))
    assert "Saved. No reminder is sent to you. Everything that is due still stands on your pages here." in page.main
    page = dana.opens(PATH)
    silent = "No reminder is sent to you. Everything that is due still stands on your pages here."
    assert page.soup.select_one("p.well").get_text() == silent
    dana.sends(ACTION, **_fills())
    assert not dana.opens(PATH).soup.select("p.well")


def test_an_administrator_reads_what_they_are_told_of_and_turns_mails_on_again(session, cast, reader):
    admin = reader("admin")
    page = admin.opens(admin.opens("/account").link("How you are told"))
    assert "No mail is set up here yet, so none is sent." in page.main
    assert "there is nothing to choose." in page.main
    assert not page.soup.select("main form")
    for _try in range(10):
        choosing.count(session, cast.admin.id, Channel.EMAIL, went=False, now=MONDAY)
    session.commit()
    assert "ten in a row did not reach your address" in admin.opens(PATH).main
    assert "Turned on again." in admin.presses("Turn on again").main
    assert _row(session, cast.admin).by_email


def test_an_administrator_has_nothing_to_choose(session, cast):
    with pytest.raises(NotFound):
        choosing.choose(session, cast.admin, USUAL, version=0, now=MONDAY)


# ---- a person -----------------------------------------------------------------------------------------------------


def _agree(session, cast, **values) -> None:
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(**values))
    session.commit()


def test_a_person_is_asked_two_questions_and_is_told_nothing_unless_they_say_so(session, cast, reader):
    _agree(session, cast, may_email=True, email=cast.email("marcus"))
    marcus = reader("marcus")
    page = marcus.opens(PATH)
    assert len(page.soup.select("main form fieldset, main form .field")) == 2
    assert page.soup.select_one("input[name=by_email][value=no]").has_attr("checked")
    marcus.sends(ACTION, by_email="yes", hour="9 am")
    assert (_row(session, cast.accounts["marcus"]).by_email, _row(session, cast.accounts["marcus"]).hour) == (
        True,
        dt.time(9),
    )


@pytest.mark.parametrize(
    ("agreed", "why"),
    [
        ({"may_email": False}, "you and your coach have not agreed on e-mail"),
        ({"email_wrong_on": dt.date(2026, 11, 20)}, "a mail to your address did not arrive"),
        ({"email": "other@cast.example"}, "your coach has another e-mail address for you than"),
    ],
)
def test_a_person_who_cannot_be_mailed_reads_why_and_what_to_do_and_is_offered_no_choice(
    session, cast, reader, agreed, why
):
    _agree(session, cast, may_email=True, email=cast.email("marcus"))
    marcus = reader("marcus")
    open_before = marcus.opens(PATH)
    assert "We remind you only between 7:00 am and 9:00 pm." in open_before.main
    _agree(session, cast, **agreed)
    page = marcus.opens(PATH)
    assert why in page.main
    assert "Then you can choose it here." in page.main or "Once it is written down" in page.main
    assert not page.soup.select("input[name=by_email]")
    assert "other@cast.example" not in page.main
    marcus.page = open_before
    page = marcus.sends(ACTION, status=422, by_email="yes", hour="9 am")
    assert why in page.soup.find(id="error-summary").get_text(" ")
    assert page.soup.select_one("input[name=by_email][value=yes]").has_attr("checked")
    assert _row(session, cast.accounts["marcus"]) is None


def test_a_person_reads_that_nothing_is_sent_once_they_said_no(session, cast, reader):
    _agree(session, cast, may_email=True, email=cast.email("marcus"))
    marcus = reader("marcus")
    marcus.opens(PATH)
    assert "Saved. No reminder is sent to you." in marcus.sends(ACTION, by_email="no", hour="9 am").main


# ---- the link in a mail -------------------------------------------------------------------------------------------


def _link(cast) -> str:
    return f"/reminder-mails/{make_stop_token(KEYS.session, cast.dana.id, now=MONDAY)}"


def test_the_link_says_what_it_stops_and_names_nobody(session, cast, reader):
    page = reader(None).opens(_link(cast))
    assert "Stop these mails?" in page.words
    assert "Dana" not in page.text
    assert cast.email("dana") not in page.text
    assert _row(session, cast.dana) is None, "looking stops nothing"


def test_its_button_stops_the_mails_and_the_account_says_so_with_turn_on_again(session, cast, reader):
    stranger = reader(None)
    stranger.opens(_link(cast))
    assert "These mails are stopped" in stranger.sends().words
    row = _row(session, cast.dana)
    assert (row.by_email, row.email_off) == (False, OffWhy.BY_LINK)
    detail = {"channel": "email", "changes": [["channel.email", True, False]], "why": "by_link"}
    assert _events(session) == [("telling:stopped", detail)]
    dana = reader("dana")
    assert "you stopped them by the link" in dana.opens("/account").main
    dana.presses("Turn on again")
    row = _row(session, cast.dana)
    assert (row.by_email, row.email_off) == (True, None)
    assert "Turn on again" not in dana.opens("/account").main


def test_a_mail_programs_own_button_needs_no_page_no_session_and_no_token(app, session, cast):
    client = app.test_client()
    answer = client.post(_link(cast), data={"List-Unsubscribe": "One-Click"}, base_url="http://desk.example")
    assert answer.status_code == 200
    assert _row(session, cast.dana).email_off is OffWhy.BY_LINK
    again = client.post(_link(cast), data={"List-Unsubscribe": "One-Click"}, base_url="http://desk.example")
    assert again.status_code == 200
    assert len(_events(session)) == 1, "a second press is no news"


def test_a_press_without_signing_in_is_written_down_as_nobodys(session, cast, reader):
    stranger = reader(None)
    stranger.opens(_link(cast))
    stranger.sends()
    session.rollback()
    by = session.scalars(sa.select(AuditEntry.actor_id).where(AuditEntry.event == "telling:stopped")).all()
    assert by == [None]


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (1, 404)])
def test_the_link_ends_after_ninety_days(app, session, cast, clock, seconds, status):
    clock.move(days=90, seconds=seconds)
    assert app.test_client().post(_link(cast), base_url="http://desk.example").status_code == status
    assert (_row(session, cast.dana) is None) is (status == 404)


@pytest.mark.parametrize("token", ["x", "a.b", "ImEi.xyz"])
def test_a_link_that_was_not_made_here_stops_nothing(app, session, cast, token):
    client = app.test_client()
    assert client.post(f"/reminder-mails/{token}", base_url="http://desk.example").status_code == 404
    other = make_stop_token("another secret of this length, quite long", cast.dana.id, now=MONDAY)
    assert client.post(f"/reminder-mails/{other}", base_url="http://desk.example").status_code == 404
    assert _row(session, cast.dana) is None


# ---- answers to texts ---------------------------------------------------------------------------------------------


@pytest.fixture
def door(app, session, cast, reader):
    """Where a gateway hands on answers, with Dana told by text."""
    _texts_to(session, cast, reader)
    way_id = ways.list_ways(session, cast.admin)[0].id
    path = ways.make_answer_path(session, cast.admin, way_id, now=dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC))
    session.commit()
    return path


def _answers(app, path, **how):
    return app.test_client().post(path, base_url="http://desk.example", **how).status_code


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"From": "+15550102030", "Body": "STOP"}},
        {"data": {"From": "1 555 010 2030", "Body": " stop. "}},
        {"json": {"from": "+15550102030", "body": "Quit"}},
        {"json": {"msisdn": 15550102030, "text": "UNSUBSCRIBE"}},
    ],
)
def test_stop_is_heeded_as_gateways_send_it(app, session, cast, door, how):
    assert _answers(app, door, **how) == 204
    row = _row(session, cast.dana)
    assert (row.by_text, row.text_off) == (False, OffWhy.BY_REPLY)
    event, detail = _events(session)[-1]
    assert (event, detail["channel"], detail["why"]) == ("telling:stopped", "text", "by_reply")


def test_start_begins_again_what_an_answer_stopped_and_nothing_else(app, session, cast, door):
    said = {"From": "+15550102030", "Body": "START"}
    assert _answers(app, door, data=said) == 204
    assert [event for event, _details in _events(session)] == ["telling:changed"]
    _answers(app, door, data={**said, "Body": "STOP"})
    _answers(app, door, data=said)
    assert (_row(session, cast.dana).by_text, _row(session, cast.dana).text_off) == (True, None)


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"From": "+15550102030", "Body": "I feel low tonight"}},
        {"data": {"From": "+15559999999", "Body": "STOP"}},
        {"data": {}},
        {"json": ["STOP"]},
        {"data": "[" * 50_000, "content_type": "application/json"},
        {"data": "x" * 100_000, "content_type": "text/plain"},
    ],
)
def test_whatever_else_is_answered_changes_and_keeps_nothing(app, session, cast, door, how):
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    session.rollback()
    assert _answers(app, door, **how) == 204
    assert _row(session, cast.dana).by_text
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == before


STOP = {"From": "+15550102030", "Body": "STOP"}
START = {"From": "+15550102030", "Body": "START"}
NUMBER_STOPPED = "This number answered STOP. Send START from it first, then choose it."


@pytest.mark.parametrize(
    "number", ["+15550102030", "0015550102030", "15550102030", "555-010-2030", "05550102030", "+1 (555) 010 2030"]
)
def test_stop_and_start_are_heard_in_whatever_form_the_number_comes(app, session, cast, door, number):
    _answers(app, door, data={**STOP, "From": number})
    assert _row(session, cast.dana).text_off is OffWhy.BY_REPLY
    assert stopping.is_stopped(session, "+15550102030")
    _answers(app, door, data=START)
    assert (_row(session, cast.dana).by_text, stopping.is_stopped(session, "+15550102030")) == (True, False)
    _answers(app, door, data=STOP)
    _answers(app, door, data={**START, "From": number})
    assert (_row(session, cast.dana).by_text, stopping.is_stopped(session, "+15550102030")) == (True, False)


def test_stop_sticks_to_the_number_though_it_is_changed_and_chosen_again(session, cast, reader, app, door):
    _answers(app, door, data=STOP)
    dana = reader("dana")
    for path in (PATH, "/account"):
        page = dana.opens(path)
        assert "Send START from it, and they go on by themselves." in page.main
        assert "Turn on again" not in page.main
    with pytest.raises(Refused, match="answered STOP"):
        choosing.resume(session, cast.dana, Channel.TEXT, now=MONDAY)
    session.rollback()
    for number, status in (("+1 555 010 9999", 200), ("+1 555 010 2030", 422)):
        dana.opens(PATH)
        dana.sends(ACTION, status=status, **_fills(channels=["text"], phone=number))
    assert NUMBER_STOPPED in dana.page.words
    assert _row(session, cast.dana).phone == "+15550109999"
    _answers(app, door, data=START)
    dana.opens(PATH)
    dana.sends(ACTION, **_fills(channels=["text"], phone="+1 555 010 2030"))
    assert (_row(session, cast.dana).phone, _row(session, cast.dana).by_text) == ("+15550102030", True)


def test_nobody_else_is_told_at_a_number_that_answered_stop(session, cast, reader, app, door):
    imani = reader("imani")
    imani.opens(PATH)
    imani.sends(ACTION, **_fills(channels=["text"], phone="+1 555 010 2030"))
    _answers(app, door, data=STOP)
    assert [_row(session, one).by_text for one in (cast.dana, cast.imani)] == [False, False]
    chris = reader("chris")
    chris.opens(PATH)
    chris.sends(ACTION, status=422, **_fills(channels=["text"], phone="001 555 010 2030"))
    assert NUMBER_STOPPED in chris.page.words
    assert _row(session, cast.chris) is None


def test_a_number_nobody_has_any_more_is_let_be_too_and_is_kept_as_a_digest(session, cast, reader, app, door):
    _answers(app, door, data={**STOP, "From": "+15559999999"})
    assert stopping.is_stopped(session, "+15559999999")
    assert "5559999999" not in str(session.execute(sa.text("SELECT digest FROM stopped_number")).all())


def test_without_the_secret_nobody_is_heard_and_guessing_makes_a_wait(app, session, cast, door):
    answers = [_answers(app, f"/texts/guess{n}", data={"From": "+15550102030", "Body": "STOP"}) for n in range(120)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert _row(session, cast.dana).by_text
    assert door.removeprefix("/texts/") not in str(session.execute(sa.text("SELECT * FROM outside_way")).all())


def test_another_number_has_stopped_nothing(session, cast, reader, app, door):
    _answers(app, door, data={"From": "+15550102030", "Body": "STOP"})
    dana = reader("dana")
    dana.opens(PATH)
    dana.sends(ACTION, **_fills(channels=["text"], phone="+1 555 010 9999"))
    row = _row(session, cast.dana)
    assert (row.by_text, row.text_off, row.phone) == (True, None, "+15550109999")
    assert choosing.list_off(session, cast.dana.id) == []
    assert Channel.TEXT in choosing.map_prefs(session)[cast.dana.id].channels
