"""What never arrives, and what nobody wants any more, is switched off and said."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.notify import (
    BODY,
    SUBJECT,
    Channel,
    DeliveryState,
    Message,
    Problem,
    Topic,
    apprising,
    enqueue,
)
from coachdesk.organisation import ways
from coachdesk.organisation.models import OutsideWay
from coachdesk.organisation.rules import WayOff
from coachdesk.reminders import choosing
from coachdesk.reminders.prefs import OffWhy
from tests.gateway import add_way
from tests.notify.helpers import (
    BY_TEXT,
    choose,
    list_rows,
    pref,
    queue_text,
    told,
)


def test_a_number_that_asked_the_gateway_for_no_more_is_let_be(session, cast, clock, gateway, send_all, monkeypatch):
    add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    opted = Problem("the number’s owner wants no more messages", final=True, of_address=True, opted_out=True)
    monkeypatch.setattr(apprising, "_send", lambda *_asked: opted)
    queue_text(session, cast, clock)
    send_all()
    row = pref(session, cast.dana)
    assert (row.by_text, row.text_off) == (False, OffWhy.BY_REPLY)
    assert [row.state for row in list_rows(session, Channel.TEXT)] == [DeliveryState.STOPPED]
    send_all()
    assert told(session, cast.dana) == ["Your number asked for no more texts, so they are switched off."]


def _mails(session, cast, clock, send_all, times: int) -> None:
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
        send_all()


def test_ten_mails_in_a_row_that_an_address_refuses_switch_reminder_mails_off_and_are_told_once(
    session, cast, clock, send_all, post
):
    post.takes_for = "550 No such box"
    _mails(session, cast, clock, send_all, 9)
    post.takes_for = "250 OK"
    _mails(session, cast, clock, send_all, 1)
    assert pref(session, cast.dana).email_failures == 0, "one that arrives counts anew"
    post.takes_for = "550 No such box"
    _mails(session, cast, clock, send_all, 9)
    assert pref(session, cast.dana).by_email
    _mails(session, cast, clock, send_all, 3)
    row = pref(session, cast.dana)
    assert (row.by_email, row.email_off) == (False, OffWhy.FAILING)
    send_all()
    words = "Mails to you have not arrived for a while, so reminder mails are switched off."
    assert told(session, cast.dana).count(words) == 1
    choosing.resume(session, cast.dana, Channel.EMAIL, now=clock.now())
    session.commit()
    assert (pref(session, cast.dana).by_email, pref(session, cast.dana).email_failures) == (True, 0)


def test_a_mail_server_that_is_down_switches_nobody_off(session, cast, clock, send_all, post):
    post.close()
    _mails(session, cast, clock, send_all, 12)
    assert pref(session, cast.dana) is None


def test_a_gateway_that_fails_ten_times_switches_itself_off_and_no_number(
    session, cast, clock, gateway, send_all, reader
):
    way_id = add_way(session, cast, gateway.url)
    choose(session, cast.dana, BY_TEXT, clock)
    gateway.answers = 503
    for n in range(10):
        queue_text(session, cast, clock, f"t{n}")
    for _round in range(60):
        if gateway.asked >= 10:
            break
        clock.move(minutes=30)
        send_all()
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
