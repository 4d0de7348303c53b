"""What tests of messages share: what is queued, by whom it is sent, and what the database has of it."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.db import writing
from coachdesk.notify import (
    BODY,
    GO,
    SUBJECT,
    Channel,
    Delivery,
    Mailer,
    Message,
    Notice,
    Problem,
    Topic,
    deliver,
    enqueue,
)
from coachdesk.reminders import choosing, outcomes, planning, service
from coachdesk.reminders.models import TellingPref
from coachdesk.reminders.prefs import Prefs
from tests.cast import TODAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from coachdesk.clock import FixedClock
    from tests.cast import Cast

SENDER = "CoachDesk <desk@mail.example>"
BASE = "https://desk.example"
SECRET = "s" * 40
EASTERN = ZoneInfo(ZONE)
NUMBER = "+15550102030"
BY_TEXT = Prefs(channels=frozenset({Channel.TEXT}), phone=NUMBER)
MAIL = Channel.EMAIL
WHAT = "Marcus Tell asked not to be alone tonight"
"""What stands in the app and may never stand in a mail."""


def by(mailer: Mailer | None) -> dict[Channel, Mailer]:
    return {Channel.EMAIL: mailer} if mailer else {}


def mail(cast: Cast, key: str = "a", **more: Any) -> Message:
    values: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "topic": Topic.SAFETY,
        "recipient_id": cast.dana.id,
        "text": WHAT,
        "path": "/desk",
        "subject": SUBJECT,
        "body": BODY,
        "address": f"box-{key}@mail.example",
    }
    return Message(key=key, **{**values, **more})


def notice(cast: Cast, key: str = "n", **more: Any) -> Message:
    return mail(cast, key, channel=Channel.IN_APP, address="", **more)


def queue(session: Any, clock: FixedClock, *messages: Message) -> None:
    for message in messages:
        assert enqueue(session, message, now=clock.now())
    session.commit()


def rows(session: Any) -> dict[str, Delivery]:
    """Return all deliveries as the database has them now, by key."""
    session.rollback()
    return {row.key: row for row in session.scalars(sa.select(Delivery).execution_options(populate_existing=True))}


def count(session: Any, table: Any) -> int:
    return int(session.scalar(sa.select(sa.func.count()).select_from(table)))


def run_at_once(act: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=act) for _each in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


class Pen:
    """A way out that writes down what it was given, after something else has happened."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.sent: list[str] = []
        self.meanwhile = meanwhile

    def send(self, delivery: Delivery) -> Problem | None:
        self.sent.append(delivery.key)
        self.meanwhile()
        return None


def queue_keys(session: Any, cast: Cast, now: dt.datetime, *keys: str, channel: Channel = MAIL, **more: Any) -> None:
    for key in keys:
        usual = {"topic": Topic.REMINDERS, "recipient_id": cast.dana.id, "subject": SUBJECT}
        values = {**usual, "address": f"{key}@mail.example", **more}
        enqueue(session, Message(key=key, channel=channel, **values), now=now)
    session.commit()


def send_by(
    session: Any, clock: FixedClock, way: Any, wanted: Callable[..., Any] = lambda *_asked: GO, **more: Any
) -> int:
    ways = {MAIL: way} if way else {}
    told = {"claimant": uuid.uuid4(), "clock": clock.now, "still_wanted": wanted, "answered": outcomes.note, **more}
    return deliver(session, ways, **told)


def failures(session: Any, cast: Cast) -> int:
    session.expire_all()
    row = choosing.find_row(session, cast.dana.id)
    return row.email_failures if row else 0


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


def list_rows(session, channel=None) -> list[Delivery]:
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


def queue_text(session, cast, clock, key="a") -> None:
    """Queue a text that is always wanted: a worry about safety."""
    if choosing.find_row(session, cast.dana.id) is None:
        choose(session, cast.dana, BY_TEXT, clock)
    message = Message(
        key=key, topic=Topic.SAFETY, channel=Channel.TEXT, recipient_id=cast.dana.id, body=SUBJECT, address=NUMBER
    )
    enqueue(session, message, now=clock.now())
    session.commit()
