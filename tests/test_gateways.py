"""Text messages and chat through a real gateway on the loopback: every way it can answer, and what comes of it."""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.access import Role
from coachdesk.audit import AuditEntry
from coachdesk.clock import moment_of
from coachdesk.db import db, writing
from coachdesk.notify import (
    BODY,
    PERSON_SUBJECT,
    SUBJECT,
    Channel,
    Delivery,
    DeliveryState,
    Held,
    Mailer,
    Message,
    Notice,
    Problem,
    Topic,
    apprising,
    deliver,
    enqueue,
)
from coachdesk.notify.apprising import problem_of, refuse_bad_address
from coachdesk.notify.tokens import read_stop_token
from coachdesk.organisation import ways
from coachdesk.organisation.models import OutsideWay
from coachdesk.organisation.rules import WayOff
from coachdesk.reminders import choosing, coming, outcomes, planning, service
from coachdesk.reminders.models import TellingPref
from coachdesk.reminders.prefs import NEVER, USUAL, OffWhy, Prefs
from coachdesk.visits import service as visits
from coachdesk.words import Refused
from tests.cast import TODAY, ZONE, agree
from tests.gateway import Gateway, add_way
from tests.post import Post

EASTERN = ZoneInfo(ZONE)
NUMBER = "+15550102030"
BY_TEXT = Prefs(channels=frozenset({Channel.TEXT}), phone=NUMBER)
SENDER = "CoachDesk <desk@mail.example>"
SECRET = "s" * 40


@pytest.fixture
def gateway():
    made = Gateway()
    yield made
    made.close()


@pytest.fixture
def post():
    made = Post()
    yield made
    made.close()


@pytest.fixture
def send(session, clock, post):
    """Deliver what waits by mail and by the organisation's gateways, as the scheduler does."""

    def do() -> int:
        found: dict[Channel, Any] = dict(ways.map_gateways(session, base_url="https://desk.example"))
        found[Channel.EMAIL] = Mailer(post.url, SENDER, "https://desk.example", SECRET)
        session.rollback()
        with writing():
            return deliver(
                session,
                found,
                claimant=uuid.uuid4(),
                clock=clock.now,
                still_wanted=planning.still_wanted,
                answered=outcomes.note,
            )

    return do


def choose(session, identity, prefs: Prefs, clock) -> None:
    row = choosing.find_row(session, identity.id)
    choosing.choose(session, identity, prefs, version=row.version if row else 0, now=clock.now())
    session.commit()


def remind(session, cast, clock, *, hour=dt.time(10), text="Ask about the interview") -> None:
    service.set_reminder(
        session, cast.dana, cast.marcus, text=text, due_on=TODAY, hour=hour, zone=EASTERN, now=clock.now()
    )
    session.commit()


def plan(session, clock) -> int:
    with writing():
        new = planning.plan(session, now=clock.now())
        session.commit()
    return new


def rows(session, channel=None) -> list[Delivery]:
    session.rollback()
    session.expire_all()
    found = session.scalars(sa.select(Delivery).order_by(Delivery.created_at, Delivery.key)).all()
    return [row for row in found if channel in (None, row.channel)]


def pref(session, identity) -> TellingPref:
    session.rollback()
    session.expire_all()
    found: TellingPref = session.get(TellingPref, identity.id)
    return found


def told(session, identity) -> list[str]:
    session.rollback()
    return list(session.scalars(sa.select(Notice.text).where(Notice.recipient_id == identity.id)))


# ---- what goes out ------------------------------------------------------------------------------------------------


def test_a_text_goes_to_the_number_of_its_reader_and_says_nothing(session, cast, clock, gateway, send):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    send()
    ((got),) = gateway.took
    (row,) = rows(session, Channel.TEXT)
    assert row.state is DeliveryState.SENT
    assert got["to"] == NUMBER
    assert got["message"] == f"You have something to look at in CoachDesk: https://desk.example/told/{row.id}"
    assert not [word for word in ("marcus", "dana", "interview", "recovery") if word in str(got).lower()]
    assert rows(session, Channel.EMAIL) == [], "who chose texts alone gets no mail"


def test_the_days_one_message_goes_by_each_way_the_reader_chose_with_the_count(
    session, cast, clock, gateway, send, post
):
    add_way(session, cast, gateway.url)
    add_way(session, cast, gateway.room_url, "chat")
    choose(
        session,
        cast.dana,
        Prefs(channels=frozenset({Channel.EMAIL, Channel.TEXT, Channel.CHAT}), phone=NUMBER),
        clock,
    )
    clock.set(moment_of(dt.date(2026, 11, 25), dt.time(8), EASTERN))
    plan(session, clock)
    send()
    said = {got["path"]: got["message"].partition(": ")[0] for got in gateway.took}
    assert said == {
        "/send": "You have 2 things to look at in CoachDesk",
        "/room": "There is something to look at in CoachDesk for one of you",
    }
    mail = next(mail for mail in post.mails if mail["To"] == cast.email("dana"))
    text, page = (part.get_content() for part in mail.iter_parts())
    assert text.splitlines()[0] == "You have 2 things to look at. Open them here:"
    assert text.splitlines()[2].startswith("https://desk.example/told/")
    assert "You have 2 things to look at." in page
    before = len(rows(session))
    assert plan(session, clock) == 0
    clock.move(days=1)
    plan(session, clock)
    assert len(rows(session)) == before, "what was told by text is not told again the next day"


def test_a_reminder_mail_can_be_stopped_by_its_link_and_by_the_mail_programs_button(session, cast, clock, send, post):
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    send()
    (mail,) = post.mails
    assert mail.get_content_type() == "multipart/alternative"
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in post.raw[0], "mail programs read no encoded words there"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().splitlines() == [
        BODY,
        "",
        text.get_content().splitlines()[2],
        "",
        "Stop mails like this one:",
        link,
    ]
    assert f'href="{link}"' in page.get_content()
    assert not [sign for sign in ("<img", "<script", "http://", "url(", "style=") if sign in page.get_content()]
    assert read_stop_token(SECRET, link.rpartition("/")[2], now=clock.now()) == cast.dana.id
    assert "dana" not in link


@pytest.mark.parametrize("topic", [Topic.SAFETY, Topic.ACCOUNT, Topic.INVITATION, Topic.BREAK_GLASS])
def test_what_is_urgent_or_lets_somebody_in_cannot_be_stopped_and_is_never_quiet(
    session, cast, clock, send, post, topic
):
    choose(session, cast.dana, NEVER, clock)
    clock.set(moment_of(TODAY, dt.time(23), EASTERN))
    message = Message(
        key="a",
        topic=topic,
        channel=Channel.EMAIL,
        recipient_id=cast.dana.id,
        subject=SUBJECT,
        body=BODY,
        address=cast.email("dana"),
    )
    enqueue(session, message, now=clock.now())
    session.commit()
    assert send() == 1
    assert post.mails[0]["List-Unsubscribe"] is None
    text = post.mails[0].get_body(("plain",))
    assert text is not None
    assert "Stop" not in text.get_content()


def test_the_mail_of_a_person_does_not_say_where_it_comes_from(session, cast, clock, send, post):
    agree(session, cast)
    message = Message(
        key="a",
        topic=Topic.INVITATION,
        channel=Channel.EMAIL,
        recipient_id=cast.accounts["marcus"].id,
        subject=PERSON_SUBJECT,
        body=PERSON_SUBJECT,
        address=cast.email("marcus"),
    )
    enqueue(session, message, now=clock.now())
    session.commit()
    assert send() == 1
    assert "coachdesk" not in post.mails[0].as_string().lower()


# ---- whether it may leave -----------------------------------------------------------------------------------------


def test_quiet_hours_hold_a_message_until_they_are_over(session, cast, clock, gateway, send):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    remind(session, cast, clock, hour=dt.time(22))
    clock.set(moment_of(TODAY, dt.time(22, 1), EASTERN))
    plan(session, clock)
    send()
    (row,) = rows(session, Channel.TEXT)
    until = moment_of(TODAY + dt.timedelta(days=1), dt.time(7), EASTERN)
    assert (row.state, row.held, row.not_before, row.attempts) == (DeliveryState.WAITING, Held.QUIET, until, 0)
    clock.set(until)
    send()
    assert [row.state for row in rows(session, Channel.TEXT)] == [DeliveryState.SENT]


def _by_mail_again(session, cast, clock) -> None:
    choose(session, cast.dana, USUAL, clock)


def _another_number(session, cast, clock) -> None:
    choose(session, cast.dana, Prefs(channels=frozenset({Channel.TEXT}), phone="+15550109999"), clock)


def _stop(session, _cast, clock) -> None:
    choosing.heed_answer(session, NUMBER, stop=True, now=clock.now())
    session.commit()


@pytest.mark.parametrize(
    ("meanwhile", "held"),
    [
        (_by_mail_again, Held.CHANNEL_OFF),
        (_another_number, Held.NOT_SAFE),
        (_stop, Held.CHANNEL_OFF),
    ],
)
def test_what_was_chosen_meanwhile_counts(session, cast, clock, gateway, send, meanwhile, held):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    meanwhile(session, cast, clock)
    send()
    assert [(row.state, row.held) for row in rows(session, Channel.TEXT)] == [(DeliveryState.SKIPPED, held)]
    assert gateway.asked == 0


# ---- a person -----------------------------------------------------------------------------------------------------


def _speaks_tomorrow(session, cast, clock, **agreed) -> None:
    agree(session, cast, **agreed)
    visits.plan_visit(
        session,
        cast.dana,
        cast.marcus,
        planned_on=TODAY + dt.timedelta(days=1),
        hour=None,
        today=TODAY,
        now=clock.now(),
    )
    session.commit()


def _asks(session, cast, clock) -> None:
    marcus = cast.accounts["marcus"]
    assert marcus.role is Role.CLIENT
    choose(session, marcus, Prefs(channels=frozenset({Channel.EMAIL}), hour=dt.time(9)), clock)


def _tell_people(session, clock) -> int:
    with writing():
        new = coming.tell_people(session, now=clock.now())
        session.commit()
    return new


def test_a_person_who_asked_is_written_to_once_the_day_before_you_speak(session, cast, clock, send, post):
    _speaks_tomorrow(session, cast, clock)
    assert _tell_people(session, clock) == 0, "nobody asked for it"
    _asks(session, cast, clock)
    assert _tell_people(session, clock) == 1
    assert _tell_people(session, clock) == 0
    assert send() == 1
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"], mail["From"]) == (cast.email("marcus"), PERSON_SUBJECT, "desk@mail.example")
    assert mail["List-Unsubscribe"]
    assert not [word for word in ("coachdesk", "dana", "marcus t", "recovery") if word in mail.as_string().lower()]


@pytest.mark.parametrize(
    "agreed",
    [{"may_email": False}, {"email_wrong_on": TODAY}, {"email": "elsewhere@cast.example"}],
    ids=["not agreed", "does not work", "another address"],
)
def test_what_is_no_longer_safe_as_it_leaves_does_not_leave(session, cast, clock, send, post, agreed):
    _speaks_tomorrow(session, cast, clock)
    _asks(session, cast, clock)
    _tell_people(session, clock)
    agree(session, cast, **agreed)
    session.commit()
    assert send() == 0
    assert [(row.state, row.held) for row in rows(session)] == [(DeliveryState.SKIPPED, Held.NOT_SAFE)]


def test_a_contact_that_was_called_off_is_not_told_of(session, cast, clock, send):
    _speaks_tomorrow(session, cast, clock)
    _asks(session, cast, clock)
    _tell_people(session, clock)
    visit = visits.find_open_visit(session, cast.dana, cast.marcus)
    assert visit is not None
    visits.drop_visit(session, cast.dana, visit, now=clock.now())
    session.commit()
    assert send() == 0
    assert [row.held for row in rows(session)] == [Held.NOT_DUE]


# ---- what a gateway answers ---------------------------------------------------------------------------------------


def _queue(session, cast, clock, key="a") -> None:
    """Queue a text that is always wanted: a worry about safety."""
    if choosing.find_row(session, cast.dana.id) is None:
        choose(session, cast.dana, BY_TEXT, clock)
    message = Message(
        key=key, topic=Topic.SAFETY, channel=Channel.TEXT, recipient_id=cast.dana.id, body=SUBJECT, address=NUMBER
    )
    enqueue(session, message, now=clock.now())
    session.commit()


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (500, DeliveryState.WAITING, "the gateway answered 500"),
        (429, DeliveryState.WAITING, "the gateway answered 429"),
        (401, DeliveryState.WAITING, "the gateway answered 401"),
        (422, DeliveryState.STOPPED, "the gateway answered 422"),
        (302, DeliveryState.WAITING, "the gateway answered 302"),
    ],
)
def test_an_answer_is_told_by_its_number_and_tried_again_where_that_may_help(
    session, cast, clock, gateway, send, status, state, error
):
    add_way(session, cast, gateway.url)
    gateway.answers, gateway.says = status, b'{"message": "Marcus Tell +15550102030"}'
    _queue(session, cast, clock)
    assert send() == 0
    (row,) = rows(session, Channel.TEXT)
    assert (row.state, row.error) == (state, error)


def test_a_gateway_that_is_not_there_is_waited_for(session, cast, clock, gateway, send):
    add_way(session, cast, gateway.url)
    gateway.close()
    _queue(session, cast, clock)
    assert send() == 0
    (row,) = rows(session, Channel.TEXT)
    assert (row.state, row.error) == (DeliveryState.WAITING, "the gateway could not be reached")


def test_a_gateway_that_never_answers_holds_nothing_longer_than_its_time(
    session, cast, clock, gateway, send, monkeypatch
):
    monkeypatch.setattr(apprising, "LONGEST", 0.5)
    add_way(session, cast, gateway.url)
    gateway.waits.clear()
    _queue(session, cast, clock)
    begun = time.monotonic()
    assert send() == 0
    assert time.monotonic() - begun < 5
    (row,) = rows(session, Channel.TEXT)
    assert (row.state, row.error) == (DeliveryState.WAITING, "the gateway gave no answer in time")


def test_the_longest_wait_is_shorter_than_what_a_send_may_take():
    from coachdesk.notify.line import WHOLE

    assert apprising.CONNECT + apprising.READ < apprising.LONGEST < WHOLE


@pytest.mark.parametrize(
    "said",
    [
        "Failed to send Twilio notification to +1555: Attempt to send to unsubscribed recipient, error=21610.",
        "Failed: the recipient has opted out, error=400.",
    ],
)
def test_a_number_that_wants_no_more_is_told_from_one_that_does_not_work(said):
    assert problem_of(said).opted_out
    assert problem_of(said).final
    assert not problem_of("Failed: error=21211.").opted_out
    assert problem_of("Failed: error=21211.").of_address
    assert problem_of("Failed: error=20003.").everybody


@pytest.mark.parametrize("number", ["21211", "21214", "21217", "21610", "21614"])
def test_what_a_gateway_says_of_the_number_ends_the_message(number):
    problem = problem_of(f"Failed: error={number}.")
    assert (problem.final, problem.of_address, problem.everybody) == (True, True, False)


@pytest.mark.parametrize("number", ["21212", "21408", "21606", "21608", "21611", "21612", "21659", "21700"])
def test_what_a_gateway_says_of_us_is_tried_again_and_is_no_numbers_fault(number):
    problem = problem_of(f"Failed: error={number}.")
    assert (problem.final, problem.of_address, problem.everybody) == (False, False, True)


class _Kept(logging.Handler):
    """Whatever a library hands to the log of the house."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.names.append(record.name.partition(".")[0])


def test_nothing_the_library_says_of_an_answer_or_an_address_reaches_the_log(session, cast, clock, gateway, send):
    add_way(session, cast, gateway.url)
    gateway.answers, gateway.says = 400, b"Marcus"
    _queue(session, cast, clock)
    kept = _Kept()
    logging.getLogger().addHandler(kept)
    try:
        send()
    finally:
        logging.getLogger().removeHandler(kept)
    assert gateway.asked == 1
    assert "apprise" not in kept.names


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_room_that_is_gone_is_nobodys_fault_and_loses_no_message(session, cast, clock, gateway, send, status):
    way_id = add_way(session, cast, gateway.room_url, "chat")
    choose(session, cast.dana, Prefs(channels=frozenset({Channel.CHAT})), clock)
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    gateway.answers = status
    send()
    (row,) = rows(session, Channel.CHAT)
    assert (row.state, row.error) == (DeliveryState.WAITING, f"the gateway answered {status}")
    assert session.get(OutsideWay, way_id).failures == 1
    gateway.answers = 200
    clock.move(hours=1)
    assert send() == 1


def test_a_text_that_could_not_be_delivered_is_said_to_its_reader(session, cast, clock, gateway, send):
    add_way(session, cast, gateway.url)
    gateway.answers = 422
    _queue(session, cast, clock)
    send()
    send()
    assert told(session, cast.dana) == [
        "A text message to you could not be delivered. Look whether your number is right."
    ]


# ---- off after ten, and because somebody asked --------------------------------------------------------------------


def test_a_number_that_asked_the_gateway_for_no_more_is_let_be(session, cast, clock, gateway, send, monkeypatch):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    opted = Problem("the number’s owner wants no more messages", final=True, of_address=True, opted_out=True)
    monkeypatch.setattr(apprising, "_send", lambda *_asked: opted)
    _queue(session, cast, clock)
    send()
    row = pref(session, cast.dana)
    assert (row.by_text, row.text_off) == (False, OffWhy.BY_REPLY)
    assert [row.state for row in rows(session, Channel.TEXT)] == [DeliveryState.STOPPED]
    send()
    assert told(session, cast.dana) == ["Your number asked for no more texts, so they are switched off."]


def _mails(session, cast, clock, send, times: int) -> None:
    for _each in range(times):
        message = Message(
            key=uuid.uuid4().hex,
            topic=Topic.SAFETY,
            channel=Channel.EMAIL,
            recipient_id=cast.dana.id,
            subject=SUBJECT,
            body=BODY,
            address=cast.email("dana"),
        )
        enqueue(session, message, now=clock.now())
        session.commit()
        send()


def test_ten_mails_in_a_row_that_an_address_refuses_switch_reminder_mails_off_and_are_told_once(
    session, cast, clock, send, post
):
    post.takes_for = "550 No such box"
    _mails(session, cast, clock, send, 9)
    post.takes_for = "250 OK"
    _mails(session, cast, clock, send, 1)
    assert pref(session, cast.dana).email_failures == 0, "one that arrives counts anew"
    post.takes_for = "550 No such box"
    _mails(session, cast, clock, send, 9)
    assert pref(session, cast.dana).by_email
    _mails(session, cast, clock, send, 3)
    row = pref(session, cast.dana)
    assert (row.by_email, row.email_off) == (False, OffWhy.FAILING)
    send()
    words = "Mails to you have not arrived for a while, so reminder mails are switched off."
    assert told(session, cast.dana).count(words) == 1
    choosing.resume(session, cast.dana, Channel.EMAIL, now=clock.now())
    session.commit()
    assert (pref(session, cast.dana).by_email, pref(session, cast.dana).email_failures) == (True, 0)


def test_a_mail_server_that_is_down_switches_nobody_off(session, cast, clock, send, post):
    post.close()
    _mails(session, cast, clock, send, 12)
    assert pref(session, cast.dana) is None


def test_a_gateway_that_fails_ten_times_switches_itself_off_and_no_number(session, cast, clock, gateway, send, reader):
    way_id = add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    gateway.answers = 503
    for n in range(10):
        _queue(session, cast, clock, f"t{n}")
    for _round in range(60):
        if gateway.asked >= 10:
            break
        clock.move(minutes=30)
        send()
    session.rollback()
    session.expire_all()
    assert session.get(OutsideWay, way_id).off_why is WayOff.FAILING
    assert (pref(session, cast.dana).by_text, pref(session, cast.dana).text_failures) == (True, 0)
    assert Channel.TEXT not in ways.map_gateways(session)
    (detail,) = session.scalars(sa.select(AuditEntry.details).where(AuditEntry.event == "way:switched"))
    assert detail == {"on": False, "why": "failing", "changes": [["way.text", True, False]]}
    admin = reader("admin")
    assert "1" in admin.opens("/admin/settings").soup.select_one('a[href="/admin/settings"]').get_text()
    assert "Off: nothing arrived" in admin.opens("/admin/settings/ways").main
    admin.opens(f"/admin/ways/{way_id}")
    admin.presses("Turn on again")
    session.rollback()
    session.expire_all()
    assert (session.get(OutsideWay, way_id).off_why, session.get(OutsideWay, way_id).failures) == (None, 0)


# ---- what may be a gateway ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "nowhere://sms.example.org/{to}",
        "https//sms.example.org/{to}",
        "syslog://{to}",
        "mailto://a:b@example.org?to={to}",
        "dbus://{to}",
        "{to}",
        "xml://127.0.0.1/{to}",
        "ntfys://ntfy.example.org/{to}",
        "apprises://example.org/{to}",
        "jsons://sms.example.org/{to}?keyfile=/etc/passwd",
        "gchat://a/b/c?keyfile=/etc/passwd&x={to}",
        "jsons://sms.example.org/{to}?pem=/etc/hosts",
        "jsons://sms.example.org/{to}?template=/etc/hosts",
    ],
)
def test_an_address_of_no_gateway_is_refused(url):
    with pytest.raises(Refused, match="knows no gateway"):
        refuse_bad_address(url, needs_to=True)


@pytest.mark.parametrize("url", ["json://sms.example.org/{to}", "json://10.0.0.5/{to}", "json://127.0.0.1/{to}"])
def test_what_would_go_in_the_clear_is_refused(url):
    with pytest.raises(Refused, match="could be read on the way"):
        refuse_bad_address(url, needs_to=True)


@pytest.mark.parametrize(
    "url",
    [
        f"twilio://AC{'a' * 32}:{'b' * 32}@+15550100100/{{to}}",
        "vonage://ABCDEFGH:abcdefghijklmnop@15550100100/{to}",
        "jsons://name:secret@sms.example.org/send?:to={to}",
        "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/@{to}",
    ],
)
def test_the_examples_of_the_page_are_gateways(url):
    refuse_bad_address(url, needs_to=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8443", "localhost", "x.localhost", "10.0.0.5", "192.168.1.1", "169.254.169.254", "[fd00::1]"]
)
def test_a_gateway_of_ones_own_is_not_in_our_own_network(host):
    with pytest.raises(Refused, match="network of our own"):
        refuse_bad_address(f"jsons://{host}/{{to}}", needs_to=True)


@pytest.mark.parametrize("host", ["2130706433", "127.0.0.1", "localhost"])
def test_where_a_name_leads_is_seen_as_something_is_sent(host):
    problem = apprising.Gateway(f"jsons://{host}/{{to}}", "https://desk.example").say(NUMBER, "x")
    assert problem is not None
    assert "network of our own" in problem.sentence
    assert problem.everybody


def test_on_this_machine_a_gateway_is_for_trials_alone():
    refuse_bad_address("json://127.0.0.1:8080/send?:to={to}", needs_to=True, here=True)
    with pytest.raises(Refused):
        refuse_bad_address("json://127.0.0.1:8080/send?:to={to}", needs_to=True)


def test_a_text_needs_the_place_of_its_number_and_a_room_does_not():
    refuse_bad_address("mmosts://chat.example.org/3ccdd113474722377935511fc85d3dd4", needs_to=False)
    with pytest.raises(Refused, match="where the number goes"):
        refuse_bad_address("jsons://sms.example.org/send", needs_to=True)


def test_the_scheduler_sends_by_the_gateways_that_are_on(app, session, cast, gateway):
    way_id = add_way(session, cast, gateway.url)
    assert set(scheduler.ways_of(app)) == {Channel.TEXT}
    with writing():
        ways.switch_way(db.session, cast.admin, way_id, on=False, now=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
        db.session.commit()
    assert scheduler.ways_of(app) == {}
    assert gateway.url not in repr(ways.map_gateways(session))
