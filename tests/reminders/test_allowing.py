"""Whether a message may leave as it is sent: to whom it is agreed, where its reader is now, and when it is quiet."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import OneTimeLink, User
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.clients.models import Client
from coachdesk.clock import moment_of
from coachdesk.notify import GO, Channel, Delivery, Held, Topic, Verdict
from coachdesk.reminders import choosing, stopping
from coachdesk.reminders.allowing import may_leave
from coachdesk.reminders.prefs import NEVER, Prefs
from tests.cast import MONDAY, TODAY, agree

LA = ZoneInfo("America/Los_Angeles")
URGENT = [Topic.SAFETY, Topic.BREAK_GLASS, Topic.INVITATION, Topic.ACCOUNT]


def _user(session, cast, name) -> User:
    identity = cast.accounts.get(name) or cast.staff[name]
    return accounts.find_user(session, identity.id)


def _asked(session, user, *, topic=Topic.REMINDERS, channel=Channel.EMAIL, address="", path="/", now=MONDAY):
    delivery = Delivery(id=uuid.uuid4(), topic=topic, channel=channel, address=address or user.email, path=path)
    return may_leave(session, user, delivery, now)


def _choose(session, identity, prefs) -> None:
    choosing.choose(session, identity, prefs, version=1, now=MONDAY)
    session.commit()


def test_a_persons_quiet_hours_are_those_of_where_they_live(session, cast):
    agree(session, cast, zone="America/Los_Angeles")
    _choose(session, cast.accounts["marcus"], Prefs(channels=frozenset({Channel.EMAIL}), hour=dt.time(9)))
    marcus = _user(session, cast, "marcus")
    at_night = moment_of(TODAY, dt.time(6), LA)  # nine in the morning in New York
    until = moment_of(TODAY, dt.time(7), LA)
    assert _asked(session, marcus, now=at_night) == Verdict(Held.QUIET, until)
    assert _asked(session, marcus, now=until) == GO
    late = moment_of(TODAY, dt.time(19), LA)  # ten in the evening in New York
    assert _asked(session, marcus, now=late) == GO


@pytest.mark.parametrize("topic", [*URGENT, Topic.REMINDERS])
def test_what_a_person_did_not_agree_to_leaves_for_nothing(session, cast, topic):
    agree(session, cast)
    _choose(session, cast.accounts["marcus"], Prefs(channels=frozenset({Channel.EMAIL}), hour=dt.time(9)))
    marcus = _user(session, cast, "marcus")
    assert _asked(session, marcus, topic=topic) == GO
    agree(session, cast, may_email=False)
    assert _asked(session, marcus, topic=topic) == Verdict(Held.NOT_SAFE)


@pytest.mark.parametrize("topic", URGENT)
def test_what_is_urgent_leaves_in_quiet_hours_and_where_the_way_is_off(session, cast, topic):
    agree(session, cast)
    night = moment_of(TODAY, dt.time(23), ZoneInfo("America/New_York"))
    assert _asked(session, _user(session, cast, "marcus"), topic=topic, now=night) == GO
    _choose(session, cast.dana, NEVER)
    assert _asked(session, _user(session, cast, "dana"), topic=topic, now=night) == GO


@pytest.mark.parametrize("topic", [*URGENT, Topic.REMINDERS])
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.TEXT, Channel.CHAT])
def test_nothing_goes_where_its_reader_is_no_longer_reached(session, cast, topic, channel):
    dana = _user(session, cast, "dana")
    prefs = Prefs(
        channels=frozenset({Channel.EMAIL, Channel.TEXT, Channel.CHAT}), phone="+15550102030", chat_name="dana.o"
    )
    choosing._write(choosing._hold(session, dana.id, dana.role_name), prefs)
    session.commit()
    now_at = {Channel.EMAIL: dana.email, Channel.TEXT: prefs.phone, Channel.CHAT: prefs.chat_name}[channel]
    assert _asked(session, dana, topic=topic, channel=channel, address=now_at) == GO
    assert _asked(session, dana, topic=topic, channel=channel, address=f"x{now_at}") == Verdict(Held.NOT_SAFE)


def test_no_text_goes_to_a_number_that_answered_stop_meanwhile(session, cast):
    dana = _user(session, cast, "dana")
    prefs = Prefs(channels=frozenset({Channel.TEXT}), phone="+15550102030")
    choosing._write(choosing._hold(session, dana.id, dana.role_name), prefs)
    stopping.remember(session, "+15550102030", now=MONDAY)
    session.commit()
    asked = [_asked(session, dana, topic=topic, channel=Channel.TEXT, address=prefs.phone) for topic in Topic]
    assert {verdict.held for verdict in asked} == {Held.CHANNEL_OFF}


def test_what_is_on_its_way_when_a_persons_account_moves_does_not_reach_the_earlier_address(session, cast):
    agree(session, cast)
    marcus = _user(session, cast, "marcus")
    earlier = marcus.email
    agree(session, cast, email="new@cast.example")
    accounts.move_account(session, cast.dana, marcus, email="new@cast.example", now=MONDAY)
    session.commit()
    assert _asked(session, marcus, topic=Topic.ACCOUNT, address=earlier) == Verdict(Held.NOT_SAFE)
    mails = session.scalars(sa.select(Delivery)).all()
    assert [may_leave(session, marcus, mail, MONDAY) for mail in mails] == [GO], "the news of it goes to the new one"


@pytest.mark.parametrize("purpose", list(LinkPurpose))
def test_a_link_that_opens_nothing_any_more_is_not_mailed(session, cast, purpose):
    dana = _user(session, cast, "dana")
    path = links.make_link(session, cast.admin, dana, purpose, now=MONDAY)
    session.commit()
    ends = session.scalar(sa.select(OneTimeLink.ends_at))

    def asked(now=MONDAY):
        return _asked(session, dana, topic=Topic.INVITATION, path=path, now=now)

    assert asked() == GO
    assert asked(ends - dt.timedelta(seconds=1)) == GO
    assert asked(ends) == Verdict(Held.NOT_DUE)
    links.use_link(session, path.rpartition("/")[2], purpose, now=MONDAY)
    assert asked() == Verdict(Held.NOT_DUE)


def test_a_link_ended_by_a_newer_one_is_not_mailed(session, cast):
    dana = _user(session, cast, "dana")
    first, second = (links.invite(session, cast.admin, dana, now=MONDAY) for _each in range(2))
    asked = [_asked(session, dana, topic=Topic.INVITATION, path=path) for path in (first, second)]
    assert asked == [Verdict(Held.NOT_DUE), GO]


def test_at_the_door_a_person_without_mail_is_answered_as_everybody_and_written_to_by_nothing(
    app, reader, session, cast
):
    app.extensions["coachdesk"].mail_is_set_up = True
    session.execute(sa.update(Client).values(may_email=False))
    session.commit()
    pages = set()
    for name in ("marcus", "dana"):
        nobody = reader(None)
        nobody.opens("/cannot-get-in")
        pages.add(nobody.sends(email=cast.email(name)).main)
    assert len(pages) == 1
    session.rollback()
    verdicts = {
        mail.recipient_id: may_leave(session, accounts.find_user(session, mail.recipient_id), mail, MONDAY).held
        for mail in session.scalars(sa.select(Delivery))
    }
    assert verdicts == {cast.accounts["marcus"].id: Held.NOT_SAFE, cast.dana.id: None}
