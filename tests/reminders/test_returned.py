"""Who hears of a mail to a person, or of an invitation, that could not be delivered."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.access import SYSTEM, Assignment
from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.accounts.rules import LinkPurpose
from coachdesk.notify import Channel, Delivery, DeliveryState, Message, Topic, enqueue
from coachdesk.reminders import returned
from tests.cast import MONDAY


def _stop(session) -> None:
    """Let what waits be stopped, as a server that refuses the address leaves it."""
    stopped = sa.update(Delivery).where(Delivery.channel == Channel.EMAIL)
    session.execute(stopped.values(state=DeliveryState.STOPPED, error="the mail server answered 550"))
    session.commit()


def _mail(session, identity, *, topic=Topic.REMINDERS, now=MONDAY) -> None:
    message = Message(
        key=uuid.uuid4().hex, topic=topic, channel=Channel.EMAIL, recipient_id=identity.id, address="x@cast.example"
    )
    enqueue(session, message, now=now)
    session.commit()


def _told(session) -> list[Delivery]:
    found = sa.select(Delivery).where(Delivery.channel == Channel.IN_APP).order_by(Delivery.created_at)
    return list(session.scalars(found))


def test_the_coach_of_a_person_hears_that_a_mail_to_them_came_back_and_where_to_look(app, session, cast, reader):
    _mail(session, cast.accounts["marcus"])
    assert returned.tell(session, now=MONDAY) == 0, "it is still on its way"
    _stop(session)
    scheduler.plan(app)
    (row,) = [row for row in _told(session) if row.key.startswith("returned:")]
    assert (row.recipient_id, row.client_id) == (cast.dana.id, cast.marcus)
    assert "Marcus" not in row.text
    scheduler.send(app)
    dana = reader("dana")
    assert "A mail to somebody you walk with could not be delivered." in dana.opens("/today").main
    assert dana.opens(row.path).status == 200


def test_it_is_said_once_for_a_day_however_often_it_is_looked_at(session, cast):
    _mail(session, cast.accounts["marcus"])
    _mail(session, cast.accounts["marcus"])
    _stop(session)
    assert [returned.tell(session, now=MONDAY + dt.timedelta(days=days)) for days in (0, 0, 1, 13)] == [1, 0, 0, 0]
    later = MONDAY + dt.timedelta(days=1)
    _mail(session, cast.accounts["marcus"], now=later)
    _stop(session)
    assert returned.tell(session, now=later) == 1


def test_whoever_invited_a_person_hears_that_it_came_back(session, cast):
    marcus = accounts.find_user(session, cast.accounts["marcus"].id)
    links.mail_link(session, marcus, links.invite(session, cast.ruth, marcus, now=MONDAY), now=MONDAY)
    session.commit()
    _stop(session)
    assert returned.tell(session, now=MONDAY) == 1
    (row,) = _told(session)
    assert row.recipient_id == cast.ruth.id


def test_a_link_a_person_asked_for_at_the_door_is_said_to_their_coach(session, cast):
    marcus = accounts.find_user(session, cast.accounts["marcus"].id)
    path = links.make_link(session, SYSTEM, marcus, LinkPurpose.RETURN, now=MONDAY)
    links.mail_link(session, marcus, path, now=MONDAY)
    session.commit()
    _stop(session)
    returned.tell(session, now=MONDAY)
    assert [row.recipient_id for row in _told(session)] == [cast.dana.id]


def test_nobody_hears_of_what_comes_back_from_staff_or_from_a_person_without_a_coach(session, cast):
    _mail(session, cast.dana)
    _mail(session, cast.accounts["marcus"])
    session.execute(sa.update(Assignment).where(Assignment.client_id == cast.marcus).values(ended_at=MONDAY))
    session.commit()
    _stop(session)
    assert returned.tell(session, now=MONDAY) == 0
