"""What cannot be read holds up its own message and no other."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.clock import moment_of
from coachdesk.notify import (
    Channel,
    Delivery,
    DeliveryState,
    Topic,
)
from coachdesk.reminders import choosing, planning, service
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.models import Reminder
from coachdesk.reminders.prefs import Prefs
from tests.cast import MONDAY, TODAY
from tests.gateway import add_way
from tests.notify.helpers import (
    EASTERN,
    MAIL,
    Pen,
    queue_keys,
    send_by,
)

if TYPE_CHECKING:
    from flask import Flask

    from coachdesk.clock import FixedClock
    from tests.cast import Cast


def test_a_message_that_cannot_be_unsealed_holds_up_no_other(session: Any, cast: Cast, clock: FixedClock) -> None:
    queue_keys(session, cast, clock.now(), "a", topic=Topic.SAFETY)
    queue_keys(session, cast, clock.now(), "b")
    session.execute(
        sa.text("UPDATE delivery SET address = 'gAAAAA', created_at = :late, attempts = 0 WHERE key = 'a'"),
        {"late": clock.now()},
    )
    session.commit()
    session.expunge_all()
    pen = Pen()
    assert send_by(session, clock, pen) == 1
    assert pen.sent == ["b"]
    found = session.execute(sa.select(Delivery.state, Delivery.error).where(Delivery.key == "a")).one()
    assert found == (DeliveryState.WAITING, "it could not be handled here; the log says more")


def test_a_message_that_cannot_be_unsealed_does_not_stop_the_mending_of_others(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    right = clock.now()
    queue_keys(session, cast, right + dt.timedelta(hours=2), "a", "b")
    session.execute(sa.update(Delivery).where(Delivery.key == "a").values(address=sa.literal_column("'gAAAAA'")))
    session.commit()
    session.expunge_all()
    pen = Pen()
    assert send_by(session, clock, pen) == 1
    assert pen.sent == ["b"]


def test_a_gateway_whose_address_cannot_be_unsealed_leaves_the_other_ways_as_they_are(
    app: Flask, session: Any, cast: Cast
) -> None:
    add_way(session, cast, "json://127.0.0.1:9/send?:to={to}")
    add_way(session, cast, "json://127.0.0.1:9/room", "chat")
    session.execute(sa.text("UPDATE outside_way SET url = 'gAAAAA' WHERE kind = 'text'"))
    session.commit()
    session.expunge_all()
    assert set(scheduler.ways_of(app)) == {Channel.CHAT}
    assert scheduler.ways_of(app, (Channel.IN_APP,)) == {}


def test_one_record_that_cannot_be_read_holds_up_its_own_message_and_no_other(
    session: Any, cast: Cast, clock: FixedClock
) -> None:
    for identity, person in ((cast.dana, cast.marcus), (cast.imani, cast.aisha), (cast.chris, cast.hana)):
        service.set_reminder(
            session, identity, person, text="x", due_on=TODAY, hour=dt.time(11), zone=EASTERN, now=clock.now()
        )
    session.commit()
    clock.set(moment_of(TODAY, dt.time(12), EASTERN))
    planning.plan(session, now=clock.now())
    broken = sa.update(Reminder).where(Reminder.client_id == cast.marcus)
    session.execute(broken.values(text=sa.literal_column("'gAAAAA'")))
    session.commit()
    session.expunge_all()
    pen = Pen()
    send_by(session, clock, pen, wanted=partial(planning.still_wanted, ahead=Ahead()))
    readers = dict(
        session.execute(sa.select(Delivery.recipient_id, Delivery.state).where(Delivery.channel == MAIL)).all()
    )
    assert readers[cast.imani.id] is DeliveryState.SENT
    assert readers[cast.chris.id] is DeliveryState.SENT
    assert readers[cast.dana.id] is DeliveryState.WAITING


def test_whose_number_cannot_be_unsealed_chooses_anew(session: Any, cast: Cast, reader: Any) -> None:
    choosing.choose(session, cast.dana, Prefs(quiet_from=dt.time(22)), version=1, now=MONDAY)
    session.commit()
    session.execute(sa.text("UPDATE telling_pref SET phone = 'gAAAAA'"))
    session.commit()
    session.expunge_all()
    dana = reader("dana")
    dana.opens("/account/telling")
    assert "Saved. It counts from the next message on." in dana.sends(hour="9 am").main
    assert "Your account" in dana.opens("/account").main
