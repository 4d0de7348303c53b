"""Reminders set by hand and asks; and the ledger of what was told and what was done about it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import AboutPerson, Base, EncryptedText, Id, Versioned, word
from coachdesk.notify.messages import Channel, Held, Topic
from coachdesk.reminders.answers import Reason
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.kinds import Act, Rule
from coachdesk.reminders.prefs import OffWhy
from coachdesk.reminders.repeating import Often

if TYPE_CHECKING:
    from enum import StrEnum


def _derived(kind: type[StrEnum]) -> sa.Enum:
    """Return a column type for one word of an enum that is written anew all the time, so that nothing guards old ones."""
    return sa.Enum(kind, native_enum=False, length=32, values_callable=lambda words: [word.value for word in words])


class Reminder(Base, AboutPerson, Versioned):
    """Something to do for a person on a day: set by hand, or an ask (help asked, asked to talk)."""

    __tablename__ = "reminder"
    __table_args__ = (
        sa.Index("ix_reminder_person", "client_id", "done_at", "due_on"),
        sa.Index("ix_reminder_reader", "for_user_id", "done_at", "due_on"),
        sa.Index("ix_reminder_follows", "follows_id"),
    )
    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    kind: Mapped[AskKind] = mapped_column(word(AskKind, name="kind"))
    for_user_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    """Who it is for; none means whoever is the person's coach on the day."""
    text: Mapped[str] = mapped_column(EncryptedText, default="")
    due_on: Mapped[dt.date]
    hour: Mapped[dt.time | None]
    """Wall-clock time in the reader's zone."""
    about_id: Mapped[uuid.UUID | None]
    """The step or check-in an ask is about."""
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    done_at: Mapped[dt.datetime | None]
    done_by: Mapped[uuid.UUID | None]
    repeat: Mapped[Often | None] = mapped_column(word(Often, name="repeat"))
    """How often it comes again; none means once."""
    repeat_from: Mapped[dt.date | None]
    """The day the first of them was set for: the days of all others are reckoned from it."""
    repeat_until: Mapped[dt.date | None]
    follows_id: Mapped[uuid.UUID | None]
    """The one before it."""
    last_at: Mapped[dt.datetime | None]
    """When it was let be the last; none while it comes again, as far as it does."""
    taken_back_at: Mapped[dt.datetime | None]
    """When it was taken back rather than done."""


_OPEN = sa.text("over_at IS NULL")


class LedgerEntry(Base, AboutPerson):
    """One occurrence that somebody was told of, or acted on. Its key says rule, subject, reader and day."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        sa.Index("ix_ledger_entry_reader", "recipient_id", "due_on"),
        sa.Index("ix_ledger_entry_open", "client_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_ledger_entry_told", "recipient_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_ledger_entry_rule", "rule", "id"),
    )
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(160), unique=True)
    rule: Mapped[Rule] = mapped_column(word(Rule, name="rule"))
    subject_id: Mapped[uuid.UUID]
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    recipient_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    due_on: Mapped[dt.date]
    why: Mapped[str] = mapped_column(EncryptedText)
    """The sentence that explained it when it was first told."""
    made_at: Mapped[dt.datetime]
    over_at: Mapped[dt.datetime | None]
    """When it was seen to be due no longer, whatever came of it; none while it is."""


class LedgerAct(Base, AboutPerson):
    """Done, Later, Not needed: what the reader did about an occurrence. Undo ends the row."""

    __tablename__ = "ledger_act"
    __table_args__ = (
        sa.Index("ix_ledger_act_entry", "entry_id", "undone_at"),
        sa.Index("ix_ledger_act_by", "by", "at"),
    )
    id: Mapped[Id]
    entry_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ledger_entry.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))
    act: Mapped[Act] = mapped_column(word(Act, name="act"))
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    """Later: hidden from Today until this moment."""
    reason: Mapped[Reason | None] = mapped_column(word(Reason, name="reason"))
    """Why it is not needed."""
    words: Mapped[str] = mapped_column(EncryptedText, default="")
    """The same in the reader's own words."""
    undone_at: Mapped[dt.datetime | None]


class LedgerDelivery(Base, AboutPerson):
    """Which delivery told of which occurrence: one mail may tell of several."""

    __tablename__ = "ledger_delivery"
    __table_args__ = (sa.Index("ix_ledger_delivery_delivery", "delivery_id"),)
    entry_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ledger_entry.id"), primary_key=True)
    delivery_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("delivery.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"))


class DigestDay(Base):
    """A reader's local day whose one mail was considered, sent or not: the row is made once, so the mail is too."""

    __tablename__ = "digest_day"
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    considered_at: Mapped[dt.datetime]


class PlanMark(Base):
    """How far planning has come: one row, written with what was planned."""

    __tablename__ = "plan_mark"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime | None]
    """The moment of the last plan."""
    day: Mapped[dt.date | None]
    """The organisation's day it was made on."""
    whole_at: Mapped[dt.datetime | None]
    """When everybody was looked at last."""
    latest: Mapped[int] = mapped_column(sa.BigInteger)
    """The number of the last row of the trail there was."""
    seen: Mapped[list[int]] = mapped_column(sa.JSON)
    """The numbers of rows so young that others may still be committed among them."""


class PlanNext(Base):
    """The next moment of today at which something about a person can be told, where nothing changes meanwhile."""

    __tablename__ = "plan_next"
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)


class Foreseen(Base):
    """A message that would leave within a day if nothing changed, as it was worked out last."""

    __tablename__ = "foreseen"
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    recipient_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    channel: Mapped[Channel] = mapped_column(_derived(Channel))
    topic: Mapped[Topic] = mapped_column(_derived(Topic))
    held: Mapped[Held | None] = mapped_column(_derived(Held))
    """Why it leaves no sooner, or would not leave at all."""


class ForeseenThing(Base, AboutPerson):
    """Something a foreseen message would tell of."""

    __tablename__ = "foreseen_thing"
    __table_args__ = (sa.Index("ix_foreseen_thing_message", "foreseen_id"),)
    id: Mapped[Id]
    foreseen_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("foreseen.id"))
    client_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("client.id"), index=True)
    rule: Mapped[Rule] = mapped_column(_derived(Rule))
    why: Mapped[str] = mapped_column(EncryptedText)


class Foresight(Base):
    """When it was worked out last what would leave: one row."""

    __tablename__ = "foresight"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    begun_at: Mapped[dt.datetime]
    """When somebody began to work it out anew; others leave it to them."""
    at: Mapped[dt.datetime | None]
    """The moment from which what is kept looks ahead; none before the first is done."""
    latest: Mapped[int] = mapped_column(sa.BigInteger)
    """The number of the last row of the trail there was."""
    took: Mapped[int]
    """Thousandths of a second."""


class StoppedNumber(Base):
    """A telephone number that answered STOP and has not answered START since."""

    __tablename__ = "stopped_number"
    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Keyed digest of its digits."""
    at: Mapped[dt.datetime]


class TellingPref(Base, Versioned):
    """How an account wants to be told; without a row it is told the usual way. Hours are wall-clock in its zone."""

    __tablename__ = "telling_pref"
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    hour: Mapped[dt.time]
    days: Mapped[str] = mapped_column(sa.String(7))
    """The figures of the days, Monday 0."""
    by_email: Mapped[bool]
    by_text: Mapped[bool] = mapped_column(default=False)
    by_chat: Mapped[bool] = mapped_column(default=False)
    each: Mapped[bool] = mapped_column("each_by_itself", default=False)
    quiet_from: Mapped[dt.time]
    quiet_until: Mapped[dt.time]
    phone: Mapped[str] = mapped_column(EncryptedText, default="")
    phone_digest: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    """Keyed digest of the number's digits: whose texts an answer is about."""
    chat_name: Mapped[str] = mapped_column(EncryptedText, default="")
    email_off: Mapped[OffWhy | None] = mapped_column(word(OffWhy, name="email_off"))
    text_off: Mapped[OffWhy | None] = mapped_column(word(OffWhy, name="text_off"))
    email_failures: Mapped[int] = mapped_column(default=0)
    text_failures: Mapped[int] = mapped_column(default=0)
