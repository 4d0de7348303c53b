"""A random house by night: what the dry run says leaves is what then leaves, each thing at its moment, and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import unscoped
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.clock import moment_of
from coachdesk.db import writing
from coachdesk.notify import Channel, Delivery, DeliveryState, Held, Mailer, deliver
from coachdesk.organisation import ways
from coachdesk.reminders import choosing, coming, ledger, looking, planning, previewing
from coachdesk.reminders import service as reminders
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from coachdesk.reminders.prefs import Prefs
from coachdesk.visits import service as visits
from tests.cast import TODAY, ZONE, Cast
from tests.gateway import Gateway, add_way
from tests.reminders.life import Life

if TYPE_CHECKING:
    from tests.post import Post

EASTERN = ZoneInfo(ZONE)
Sent = tuple[str, Channel, str, int, int]
"""Key, channel, address, how many things, and at which tick."""
NUMBER = "+15550102030"
ALL = frozenset({Channel.EMAIL, Channel.TEXT, Channel.CHAT})


class House:
    """A caseload that lives, is planned for and told by every way."""

    def __init__(self, session: Any, cast: Cast, clock: Any, post: Post, gateway: Gateway) -> None:
        self.session, self.cast, self.clock, self.post = session, cast, clock, post
        add_way(session, cast, gateway.url)
        add_way(session, cast, gateway.url, "chat")

    def tick(self) -> None:
        """Plan and send, once."""
        with writing():
            planning.plan(self.session, now=self.clock.now())
            coming.tell_people(self.session, now=self.clock.now())
        found: dict[Channel, Any] = dict(ways.map_gateways(self.session, base_url="https://desk.example"))
        found[Channel.EMAIL] = Mailer(self.post.url, "CoachDesk <desk@desk.example>", "https://desk.example")
        wanted = planning.still_wanted
        deliver(self.session, found, claimant=uuid.uuid4(), clock=self.clock.now, still_wanted=wanted)
        self.session.expire_all()

    def foresee(self, ticks: list[dt.datetime]) -> set[Sent]:
        """Return what the dry run says of the time up to the last of these ticks."""
        found = previewing.preview(self.session, now=ticks[0], until=ticks[-1], ways=tuple(Channel))
        self.session.rollback()
        assert not [one for one in found if one.held is not None and one.at is None]
        return {
            (
                one.key,
                one.channel,
                one.reader.email,
                len(one.dues),
                next(n for n, at in enumerate(ticks) if at >= one.at),
            )
            for one in found
            if one.at
        }

    def live(self, ticks: list[dt.datetime]) -> set[Sent]:
        """Live through these ticks and return what went out at each."""
        before = {row.id for row in self._sent()}
        for at in ticks:
            self.clock.set(at)
            self.tick()
        emails = {user.id: user.email for user in self.session.scalars(sa.select(User))}
        links = sa.select(LedgerDelivery.delivery_id, sa.func.count()).group_by(LedgerDelivery.delivery_id)
        counts: dict[Any, int] = dict(self.session.execute(unscoped(links, because="a test")).all())
        return {
            (
                row.key,
                row.channel,
                emails[row.recipient_id],
                counts.get(row.id, 0),
                sum(at <= (row.sent_at or at) for at in ticks) - 1,
            )
            for row in self._sent()
            if row.id not in before
        }

    def _sent(self) -> list[Delivery]:
        return list(self.session.scalars(sa.select(Delivery).where(Delivery.state == DeliveryState.SENT)))

    def choose(self, name: str, **chosen: Any) -> None:
        """Let somebody choose how they are told."""
        who = self.cast.accounts.get(name) or self.cast.staff[name]
        row = choosing.find_row(self.session, who.id)
        prefs = Prefs(**chosen)
        choosing.choose(self.session, who, prefs, version=row.version if row else 1, now=self.clock.now())
        self.session.commit()


def _ticks(begin: dt.datetime, hours: int) -> list[dt.datetime]:
    """Return every quarter of an hour, and the minute before each hour, from a moment on."""
    quarters = [begin + dt.timedelta(minutes=15 * n) for n in range(hours * 4 + 1)]
    return sorted({*quarters, *(at - dt.timedelta(minutes=1) for at in quarters[1:] if at.minute == 0)})


@pytest.mark.parametrize(
    ("seed", "evening"),
    [
        (4, dt.date(2026, 11, 26)),
        (5, dt.date(2027, 3, 13)),
        (6, dt.date(2027, 11, 6)),
    ],
)
def test_what_the_dry_run_says_is_what_goes_out_key_by_key_and_at_its_moment(
    session, cast: Cast, clock, post, gateway, seed, evening
):
    """After days of life: each by itself, mail, text and chat, zones apart, leave, pauses, ends, nights of a new clock."""
    begin = moment_of(evening, dt.time(21, 45), EASTERN)
    clock.set(begin - dt.timedelta(hours=50))
    house = House(session, cast, clock, post, gateway)
    staff = [cast.dana, cast.imani, cast.ruth]
    session.execute(sa.update(User).where(User.id == cast.imani.id).values(zone="Europe/London"))
    agreed = {"may_email": True, "email": cast.email("hana"), "zone": "America/Los_Angeles"}
    session.execute(sa.update(Client).where(Client.id == cast.hana).values(**agreed))
    session.commit()
    house.choose("hana", channels=frozenset({Channel.EMAIL}), hour=dt.time(9))
    house.choose("imani", channels=ALL, phone=NUMBER, chat_name="imani", hour=dt.time(7, 30))
    life = Life(session, staff, [cast.marcus, cast.lena, cast.aisha], seed=seed, began=clock.now())
    while clock.now() < begin:
        life.act(clock.now())
        house.tick()
        clock.move(minutes=45)
    session.execute(sa.update(User).values(active=True))
    session.commit()
    ticks = _ticks(begin, 28)
    clock.set(begin)
    for _each in range(8):
        life.remind(clock.now())
        life.act(clock.now())
    session.execute(sa.update(User).values(active=True))
    met = evening + dt.timedelta(days=2)
    visits.plan_visit(session, cast.chris, cast.hana, planned_on=met, now=clock.now(), today=evening)
    session.commit()
    house.choose("dana", channels=ALL, phone=NUMBER, chat_name="dana", each=seed % 2 == 0)
    said = house.foresee(ticks)
    assert [one for one in said if one[0].startswith("coming:") and one[2] == cast.email("hana")]
    assert house.live(ticks) == said


def test_what_was_done_and_then_was_not_is_told_again_and_the_dry_run_knows(session, cast, clock, post, gateway):
    house = House(session, cast, clock, post, gateway)
    clock.set(moment_of(TODAY, dt.time(12), EASTERN))
    house.tick()  # today's one message is behind
    made = reminders.set_reminder(
        session, cast.dana, cast.marcus, text="Ring", due_on=TODAY, zone=EASTERN, now=clock.now()
    )
    session.commit()
    house.tick()
    dues = looking.look_at(session, [cast.marcus], now=clock.now()).dues
    key = next(due.key for due in dues.values() if due.subject == made.id)
    act = ledger.done(session, cast.dana, key, now=clock.now(), today=TODAY)
    session.commit()
    clock.move(minutes=1)
    house.tick()
    ledger.undo(session, cast.dana, act.id, now=clock.now())
    session.commit()
    ticks = _ticks(moment_of(TODAY, dt.time(12, 5), EASTERN), 24)
    clock.set(ticks[0])
    said = house.foresee(ticks)
    mail = next(one for one in said if one[1] is Channel.EMAIL and one[2] == cast.email("dana"))
    assert mail[0].startswith("digest:")
    assert house.live(ticks) == said
    told = session.scalars(unscoped(sa.select(LedgerEntry.key).join(LedgerDelivery), because="a test")).all()
    assert key in told


def test_a_message_for_which_there_is_no_way_is_said_to_be_held(session, cast, clock):
    clock.set(moment_of(TODAY + dt.timedelta(days=2), dt.time(8), EASTERN))
    without = previewing.preview(session, now=clock.now(), ways=())
    assert {(one.channel, one.held) for one in without} == {(Channel.EMAIL, Held.NO_WAY)}
    assert {one.held for one in previewing.preview(session, now=clock.now(), ways=tuple(Channel))} == {None}
