"""What leaves by the ways a reader chose says nothing of anybody, and can be stopped from where it is read."""

from __future__ import annotations

import datetime as dt

import pytest

from coachdesk.clock import moment_of
from coachdesk.notify import (
    BODY,
    PERSON_SUBJECT,
    SUBJECT,
    Channel,
    DeliveryState,
    Message,
    Topic,
    enqueue,
)
from coachdesk.notify.tokens import read_stop_token
from coachdesk.reminders.prefs import NEVER, Prefs
from tests.cast import TODAY, agree
from tests.gateway import add_way
from tests.notify.helpers import (
    BY_TEXT,
    EASTERN,
    NUMBER,
    SECRET,
    choose,
    list_rows,
    plan,
    remind,
)


def test_a_text_goes_to_the_number_of_its_reader_and_says_nothing(session, cast, clock, gateway, send_all):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    send_all()
    ((got),) = gateway.took
    (row,) = list_rows(session, Channel.TEXT)
    assert row.state is DeliveryState.SENT
    assert got["to"] == NUMBER
    assert got["message"] == f"You have something to look at in CoachDesk: https://desk.example/told/{row.id}"
    assert not [word for word in ("marcus", "dana", "interview", "recovery") if word in str(got).lower()]
    assert list_rows(session, Channel.EMAIL) == [], "who chose texts alone gets no mail"


def test_the_days_one_message_goes_by_each_way_the_reader_chose_with_the_count(
    session, cast, clock, gateway, send_all, post
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
    send_all()
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
    before = len(list_rows(session))
    assert plan(session, clock) == 0
    clock.move(days=1)
    plan(session, clock)
    assert len(list_rows(session)) == before, "what was told by text is not told again the next day"


def test_a_reminder_mail_can_be_stopped_by_its_link_and_by_the_mail_programs_button(
    session, cast, clock, send_all, post
):
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    send_all()
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
    session, cast, clock, send_all, post, topic
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
    assert send_all() == 1
    assert post.mails[0]["List-Unsubscribe"] is None
    text = post.mails[0].get_body(("plain",))
    assert text is not None
    assert "Stop" not in text.get_content()


def test_the_mail_of_a_person_does_not_say_where_it_comes_from(session, cast, clock, send_all, post):
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
    assert send_all() == 1
    assert "coachdesk" not in post.mails[0].as_string().lower()
