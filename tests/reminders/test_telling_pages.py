"""“How you are told” and the link that stops mails, as their readers meet them."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.clients.models import Client
from coachdesk.notify import Channel
from coachdesk.notify.tokens import make_stop_token
from coachdesk.reminders import choosing
from coachdesk.reminders.prefs import USUAL, OffWhy
from coachdesk.words import NotFound
from tests.cast import MONDAY
from tests.conftest import KEYS
from tests.reminders.tellings import ACTION, PATH, events, filled, row_of, texts_to

# ---- one's own page -----------------------------------------------------------------------------------------------


def test_a_coach_chooses_hour_days_and_quiet_and_the_trail_names_the_fields_alone(session, cast, reader):
    dana = reader("dana")
    page = dana.opens(PATH)
    assert "Text message" not in page.main
    dana.sends(ACTION, **filled(hour="9:30", each="yes", quiet_from="8 pm"))
    row = row_of(session, cast.dana)
    assert (row.hour, row.days, row.each) == (dt.time(9, 30), "01234", True)
    assert (row.quiet_from, row.quiet_until) == (dt.time(20), dt.time(7))
    ((event, details),) = events(session)
    assert (event, sorted(details["fields"])) == ("telling:changed", ["days", "each", "hour", "quiet_from"])


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(session, cast, reader):
    dana = reader("dana")
    dana.opens(PATH)
    for fills, words in (
        ({"hour": "11 pm"}, "That is in your quiet hours, from 9:00 pm to 7:00 am."),
        ({"hour": "noonish"}, "Write a time like"),
        ({"hour": "0"}, "Write a time like 2:30 pm."),
        ({"days": []}, "Choose at least one day, or no way at all."),
        ({"quiet_until": ""}, "Write both ends of your quiet hours, or neither."),
        ({"quiet_until": "21:00"}, "Write two different times, or leave both empty."),
        ({"channels": ["pigeon"]}, "Choose from these."),
    ):
        page = dana.sends(ACTION, status=422, **filled(**fills))
        assert (page.status, words in page.main) == (422, True), (fills, page.main)
    assert row_of(session, cast.dana) is None


def test_two_times_that_are_none_are_told_apart(reader):
    dana = reader("dana")
    dana.opens(PATH)
    page = dana.sends(ACTION, status=422, **filled(hour="noonish", quiet_until="dawn"))
    assert [link.get_text() for link in page.soup.select("#error-summary a")] == [
        "At what time? Write a time like 2:30 pm.",
        "Quiet until: Write a time like 2:30 pm.",
    ]


def test_texts_are_offered_where_there_is_a_gateway_and_the_number_lies_sealed(session, cast, reader):
    texts_to(session, cast, reader)
    row = row_of(session, cast.dana)
    assert (row.by_text, row.by_email, row.phone) == (True, False, "+15550102030")
    kept = session.execute(sa.text("SELECT phone, phone_digest FROM telling_pref")).one()
    assert kept.phone.startswith("gAAAA")
    assert "555" not in kept.phone_digest or len(kept.phone_digest) == 64
    assert "555" not in json.dumps([details for _event, details in events(session)])


def test_of_two_who_save_at_once_the_later_sees_both(session, cast, reader):
    one, two = reader("dana"), reader("dana")
    one.opens(PATH)
    two.opens(PATH)
    one.sends(ACTION, **filled(hour="9 am"))
    page = two.sends(ACTION, status=409, **filled(hour="10 am"))
    assert page.status == 409
    assert "9:00 am" in page.main
    assert row_of(session, cast.dana).hour == dt.time(9)


def test_whoever_saves_in_two_windows_hears_that_it_was_they_themself_and_sees_both(session, cast, reader):
    dana = reader("dana")
    earlier = dana.opens(PATH)
    dana.opens(PATH)
    dana.sends(ACTION, **filled(hour="9 am"))
    dana.page = earlier
    page = dana.sends(ACTION, status=409, **filled(hour="10 am"))
    assert "You changed this in another window" in page.main
    assert "Somebody changed this" not in page.main
    assert page.soup.select_one("input[name=hour]")["value"] == "10 am"
    assert "At what time? 9:00 am" in page.main
    assert "Saved." in dana.sends(ACTION).main
    assert row_of(session, cast.dana).hour == dt.time(10)


def test_no_way_at_all_is_said_plainly_before_and_after(session, cast, reader):
    dana = reader("dana")
    page = dana.opens(PATH)
    assert (
        "Choose none, and no reminder is sent to you; everything that is due still stands on your pages here."
        in page.main
    )
    page = dana.sends(ACTION, **filled(channels=[], days=[]))
    assert "Saved. No reminder is sent to you. Everything that is due still stands on your pages here." in page.main
    page = dana.opens(PATH)
    silent = "No reminder is sent to you. Everything that is due still stands on your pages here."
    assert page.soup.select_one("p.well").get_text() == silent
    dana.sends(ACTION, **filled())
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
    assert row_of(session, cast.admin).by_email


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
    assert (row_of(session, cast.accounts["marcus"]).by_email, row_of(session, cast.accounts["marcus"]).hour) == (
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
    assert row_of(session, cast.accounts["marcus"]) is None


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
    assert row_of(session, cast.dana) is None, "looking stops nothing"


def test_its_button_stops_the_mails_and_the_account_says_so_with_turn_on_again(session, cast, reader):
    stranger = reader(None)
    stranger.opens(_link(cast))
    assert "These mails are stopped" in stranger.sends().words
    row = row_of(session, cast.dana)
    assert (row.by_email, row.email_off) == (False, OffWhy.BY_LINK)
    detail = {"channel": "email", "changes": [["channel.email", True, False]], "why": "by_link"}
    assert events(session) == [("telling:stopped", detail)]
    dana = reader("dana")
    assert "you stopped them by the link" in dana.opens("/account").main
    dana.presses("Turn on again")
    row = row_of(session, cast.dana)
    assert (row.by_email, row.email_off) == (True, None)
    assert "Turn on again" not in dana.opens("/account").main


def test_a_mail_programs_own_button_needs_no_page_no_session_and_no_token(app, session, cast):
    client = app.test_client()
    answer = client.post(_link(cast), data={"List-Unsubscribe": "One-Click"}, base_url="http://desk.example")
    assert answer.status_code == 200
    assert row_of(session, cast.dana).email_off is OffWhy.BY_LINK
    again = client.post(_link(cast), data={"List-Unsubscribe": "One-Click"}, base_url="http://desk.example")
    assert again.status_code == 200
    assert len(events(session)) == 1, "a second press is no news"


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
    assert (row_of(session, cast.dana) is None) is (status == 404)


@pytest.mark.parametrize("token", ["x", "a.b", "ImEi.xyz"])
def test_a_link_that_was_not_made_here_stops_nothing(app, session, cast, token):
    client = app.test_client()
    assert client.post(f"/reminder-mails/{token}", base_url="http://desk.example").status_code == 404
    other = make_stop_token("another secret of this length, quite long", cast.dana.id, now=MONDAY)
    assert client.post(f"/reminder-mails/{other}", base_url="http://desk.example").status_code == 404
    assert row_of(session, cast.dana) is None
