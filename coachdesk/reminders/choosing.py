"""How each account is told: chosen by its owner, stopped by a mail's link or an answer, switched off after failing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from coachdesk import audit
from coachdesk.access import COACHING, SYSTEM, Action, Role, demand, unscoped
from coachdesk.accounts import service as accounts
from coachdesk.accounts.models import User
from coachdesk.clients.models import Client
from coachdesk.db import InvalidToken, insert_once, keys
from coachdesk.notify import Channel
from coachdesk.organisation import ways
from coachdesk.organisation.rules import MOST_FAILURES
from coachdesk.reminders import stopping
from coachdesk.reminders.models import TellingPref
from coachdesk.reminders.prefs import (
    LEAVES,
    NEVER,
    OFF_WORDS,
    STILL_STOPPED,
    USUAL,
    OffWhy,
    Prefs,
    digits_of,
    refuse_bad,
)
from coachdesk.words import NotFound, Refused, Stale, mark, say

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.words import Sentence

log = structlog.get_logger()
NOT_AGREED = mark(
    "Nothing is sent to you: you and your coach have not agreed on e-mail. If e-mail is safe for you, tell your coach. "
    "Once it is written down, you can choose it here."
)
_ANOTHER = mark(
    "Nothing is sent to you: your coach has another e-mail address for you than %(address)s, with which you sign in. Ask "
    "your coach to write this one down. Then you can choose it here."
)
_WRONG = mark(
    "Nothing is sent to you: a mail to your address did not arrive. Ask your coach to check it. Then you can choose it here."
)
STOPPED = mark("This number answered STOP. Send START from it first, then choose it.")
_OFF = {Channel.EMAIL: "email_off", Channel.TEXT: "text_off"}
_FAILURES = {Channel.EMAIL: "email_failures", Channel.TEXT: "text_failures"}


def map_prefs(session: Any) -> Mapping[uuid.UUID, Prefs]:
    """Return how those who coach, or are over who does, want to be told where they said so, by account. One query.

    Whose number or name in the chat cannot be read is told as they chose but by that, and whose choices make no sense
    the usual way; nobody else waits for them.
    """
    of_staff = (
        _select_sealed().join(User, User.id == TellingPref.user_id).where(User.active, User.role_name.in_(COACHING))
    )
    return {row.user_id: _read_apart(row, *sealed) for row, *sealed in session.execute(of_staff)}


def find_prefs(session: Any, user: User) -> Prefs:
    """Return how one account wants to be told."""
    try:
        row = session.get(TellingPref, user.id)
        return _read(row) if row else usual_for(user.role_name)
    except (InvalidToken, ValueError):
        row, *sealed = session.execute(_select_sealed().where(TellingPref.user_id == user.id)).one()
        return _read_apart(row, *sealed)


def find_row(session: Any, user_id: uuid.UUID) -> TellingPref | None:
    """Return what an account chose, or none where it is told the usual way."""
    found: TellingPref | None = session.get(TellingPref, user_id, options=_still_sealed())
    return found


def list_off(session: Any, user_id: uuid.UUID) -> list[tuple[Channel, str, bool]]:
    """Return an account's channels that are off although their owner did not untick them, why, and whether they may resume."""
    row = session.get(TellingPref, user_id, options=_still_sealed())
    found = []
    if row and row.email_off:
        found.append((Channel.EMAIL, OFF_WORDS[Channel.EMAIL, row.email_off], True))
    if row and row.text_off:
        sticks = stopping.is_stopped(session, _phone_of(row))
        words = STILL_STOPPED if sticks else OFF_WORDS[Channel.TEXT, row.text_off]
        found.append((Channel.TEXT, words, not sticks))
    return found


def usual_for(role: Role) -> Prefs:
    """Return how an account is told that has said nothing: staff by mail, a person not at all."""
    return NEVER if role is Role.CLIENT else USUAL


def is_safe(session: Any, reader: User, channel: Channel) -> bool:
    """Say whether what was agreed with a person lets us write to them by a channel, at the address of now."""
    return channel is Channel.EMAIL and why_unsafe(session, reader) is None


def why_unsafe(session: Any, reader: User) -> Sentence | None:
    """Say why a person cannot be written to by mail, and what to do about it; none where they can."""
    agreed = sa.select(Client.may_email, Client.email_wrong_on, Client.email).where(Client.id == reader.client_id)
    row = session.execute(
        unscoped(agreed, because="it is asked whether they may be written to, and shown to nobody")
    ).one()
    if not row.may_email:
        return say(NOT_AGREED)
    if row.email.strip().lower() != reader.email:
        return say(_ANOTHER, address=reader.email)
    return say(_WRONG) if row.email_wrong_on else None


def choose(session: Any, identity: Identity, prefs: Prefs, *, version: int, now: dt.datetime) -> TellingPref:
    """Choose how one is told; it counts from the next message on. May raise `Refused`, `Stale`."""
    demand(identity, Action.ACCOUNT_TELLING_CHANGE)
    offered = ways.map_asks_for_name(session)
    refuse_bad(prefs, named=offered.get(Channel.CHAT, False))
    _refuse_unsafe(session, identity, prefs)
    if Channel.TEXT in prefs.channels and stopping.is_stopped(session, prefs.phone):
        raise Refused(STOPPED, "phone")
    row = _hold(session, identity.id, identity.role)
    before = find_prefs(session, accounts.find_user(session, identity.id))
    if row.version != max(version, 1):
        raise Stale
    for channel in prefs.channels - before.channels:
        _refuse_unoffered(channel, offered)
    changed = [name for name in Prefs.__dataclass_fields__ if getattr(before, name) != getattr(prefs, name)]
    changes = audit.changes("telling", _as_told(before), _as_told(prefs), unsaid=("phone", "chat_name"))
    _write(row, prefs)
    row.version += 1
    session.flush()
    audit.record(
        session,
        identity,
        audit.Event.TELLING_CHANGED,
        subject=("user_account", identity.id),
        client_id=identity.client_id,
        fields=changed,
        detail={"changes": changes},
        now=now,
    )
    return row


def resume(session: Any, identity: Identity, channel: Channel, *, now: dt.datetime) -> None:
    """“Turn on again”: a channel that was stopped or failed counts anew."""
    demand(identity, Action.ACCOUNT_TELLING)
    row = _hold(session, identity.id, identity.role)
    if channel not in _OFF or getattr(row, _OFF[channel]) is None:
        raise NotFound
    if channel is Channel.TEXT and stopping.is_stopped(session, _phone_of(row)):
        raise Refused(STOPPED)
    _turn_on(row, channel)
    row.version += 1
    _note(session, identity, audit.Event.TELLING_RESUMED, row.user_id, _switched(channel, on=True), now=now)


def find_stopper(session: Any, user_id: uuid.UUID | None) -> User:
    """Return whose mails a link would stop; raises `NotFound` where nobody has this account any more."""
    user = accounts.list_users(session, [user_id]).get(user_id) if user_id else None
    if user is None or not user.active:
        raise NotFound
    return user


def stop_mails(session: Any, user_id: uuid.UUID | None, *, now: dt.datetime) -> None:
    """Stop the reminder mails of an account, as the link in one of them asks; whoever has the mail asks."""
    _stop(session, find_stopper(session, user_id), Channel.EMAIL, OffWhy.BY_LINK, None, now=now)


def heed_answer(session: Any, number: str, *, stop: bool, now: dt.datetime) -> None:
    """Stop the texts to a number, or go on with what an answer had stopped; whoever has the number asks."""
    if not digits_of(number):
        return
    if stop:
        stopping.remember(session, number, now=now)
        _stop_texts(session, number, None, now=now)
        return
    told = stopping.list_told_at(session, number)
    stopping.forget(session, [number, *(row.phone for row in told)])
    for row in told:
        if row.text_off is OffWhy.BY_REPLY:
            user = accounts.find_user(session, row.user_id)
            held = _hold(session, user.id, user.role_name)
            _turn_on(held, Channel.TEXT)
            held.version += 1
            _note(session, None, audit.Event.TELLING_RESUMED, user.id, _switched(Channel.TEXT, on=True), now=now)


def stop_opted_out(session: Any, number: str, *, now: dt.datetime) -> Sequence[uuid.UUID]:
    """Stop the texts to a number whose owner told the gateway so; return the accounts to which that is news.

    It sticks to the number where START would reach us; elsewhere the gateway keeps the list.
    """
    if ways.hears_answers(session):
        stopping.remember(session, number, now=now)
    return _stop_texts(session, number, SYSTEM, now=now)


def _stop_texts(session: Any, number: str, by: Identity | None, *, now: dt.datetime) -> Sequence[uuid.UUID]:
    users = [accounts.find_user(session, row.user_id) for row in stopping.list_told_at(session, number)]
    return [user.id for user in users if _stop(session, user, Channel.TEXT, OffWhy.BY_REPLY, by, now=now)]


def count(session: Any, user_id: uuid.UUID, channel: Channel, *, went: bool, now: dt.datetime) -> bool:
    """Count what arrived at a reader's address or number and what did not; say whether the channel is off by it now."""
    row = session.get(TellingPref, user_id, options=_still_sealed())
    if channel not in _FAILURES or (went and (row is None or not getattr(row, _FAILURES[channel]))):
        return False
    user = accounts.find_user(session, user_id)
    row = _hold(session, user_id, user.role_name)
    failures = 0 if went else getattr(row, _FAILURES[channel]) + 1
    setattr(row, _FAILURES[channel], failures)
    session.flush()
    return failures >= MOST_FAILURES and _stop(session, user, channel, OffWhy.FAILING, SYSTEM, now=now)


# ---- the row ------------------------------------------------------------------------------------------------------


def _hold(session: Any, user_id: uuid.UUID, role: Role) -> TellingPref:
    """Return an account's row, made where there is none, held until the act is over."""
    usual = usual_for(role)
    insert_once(
        session,
        TellingPref,
        user_id=user_id,
        version=1,
        hour=usual.hour,
        days=_figures(usual.days),
        by_email=Channel.EMAIL in usual.channels,
        by_text=False,
        by_chat=False,
        each=False,
        quiet_from=usual.quiet_from,
        quiet_until=usual.quiet_until,
        phone="",
        phone_digest="",
        chat_name="",
        email_failures=0,
        text_failures=0,
    )
    row: TellingPref = session.get(
        TellingPref, user_id, with_for_update=True, populate_existing=True, options=_still_sealed()
    )
    return row


def _select_sealed() -> Any:
    """Select what was chosen, and beside it, still sealed, the number and the name in the chat."""
    sealed = (sa.type_coerce(column, sa.Text) for column in (TellingPref.phone, TellingPref.chat_name))
    return sa.select(TellingPref, *sealed).options(*_still_sealed())


def _still_sealed() -> list[Any]:
    """Return how to load a row whose number and name in the chat are unsealed only where they are asked for."""
    return [sa.orm.defer(TellingPref.phone), sa.orm.defer(TellingPref.chat_name)]


def _phone_of(row: TellingPref) -> str:
    try:
        return row.phone
    except InvalidToken:
        return ""


def _read_apart(row: TellingPref, *sealed: str) -> Prefs:
    phone, chat_name = (_unsealed(row, text) for text in sealed)
    try:
        prefs = _chosen(row, phone or "", chat_name or "")
    except ValueError:
        _say_lost(row)
        return USUAL
    lost = {way for way, text in ((Channel.TEXT, phone), (Channel.CHAT, chat_name)) if text is None}
    return replace(prefs, channels=prefs.channels - lost)


def _unsealed(row: TellingPref, text: str) -> str | None:
    try:
        return keys().open(text)
    except InvalidToken:
        _say_lost(row)
        return None


def _say_lost(row: TellingPref) -> None:
    log.warning("what a reader chose cannot be read whole", user_id=str(row.user_id))


def _read(row: TellingPref) -> Prefs:
    return _chosen(row, row.phone, row.chat_name)


def _chosen(row: TellingPref, phone: str, chat_name: str) -> Prefs:
    kept = {Channel.EMAIL: row.by_email, Channel.TEXT: row.by_text, Channel.CHAT: row.by_chat}
    return Prefs(
        hour=row.hour,
        days=frozenset(int(day) for day in row.days),
        channels=frozenset(channel for channel in LEAVES if kept[channel]),
        each=row.each,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        phone=phone,
        chat_name=chat_name,
    )


def _write(row: TellingPref, prefs: Prefs) -> None:
    if prefs.phone != _phone_of(row):  # another number has neither failed nor stopped anything
        row.text_failures, row.text_off = 0, None
    row.hour, row.days, row.each = prefs.hour, _figures(prefs.days), prefs.each
    row.quiet_from, row.quiet_until = prefs.quiet_from, prefs.quiet_until
    row.phone, row.chat_name = prefs.phone, prefs.chat_name
    row.phone_digest = stopping.number_digest(prefs.phone) if prefs.phone else ""
    row.by_chat = Channel.CHAT in prefs.channels
    for channel, was_on in ((Channel.EMAIL, row.by_email), (Channel.TEXT, row.by_text)):
        if channel in prefs.channels and not was_on:
            _turn_on(row, channel)
        elif channel not in prefs.channels and was_on:
            _turn_off(row, channel, None)


def _turn_on(row: TellingPref, channel: Channel) -> None:
    setattr(row, f"by_{channel.value}", True)
    setattr(row, _OFF[channel], None)
    setattr(row, _FAILURES[channel], 0)


def _turn_off(row: TellingPref, channel: Channel, why: OffWhy | None) -> None:
    setattr(row, f"by_{channel.value}", False)
    setattr(row, _OFF[channel], why)


def _stop(session: Any, user: User, channel: Channel, why: OffWhy, by: Identity | None, *, now: dt.datetime) -> bool:
    """Switch a channel off and say whether it was on; a form that is open over it is stale then."""
    row = _hold(session, user.id, user.role_name)
    if not getattr(row, f"by_{channel.value}"):
        return False
    _turn_off(row, channel, why)
    row.version += 1
    session.flush()
    detail = {**_switched(channel, on=False), "why": why.value}
    _note(session, by, audit.Event.TELLING_STOPPED, user.id, detail, now=now)
    return True


def _switched(channel: Channel, *, on: bool) -> dict[str, Any]:
    return {"channel": channel.value, "changes": [[f"channel.{channel.value}", not on, on]]}


def _note(
    session: Any,
    by: Identity | None,
    happened: audit.Event,
    user_id: uuid.UUID,
    detail: dict[str, Any],
    *,
    now: dt.datetime,
) -> None:
    session.flush()
    audit.record(session, by, happened, subject=("user_account", user_id), detail=detail, now=now)


def _refuse_unoffered(channel: Channel, offered: Mapping[Channel, bool]) -> None:
    if channel is not Channel.EMAIL and channel not in offered:
        raise Refused(mark("This way is switched off at the moment. Choose another."), "channels")


def _refuse_unsafe(session: Any, identity: Identity, prefs: Prefs) -> None:
    """Refuse what was not agreed with a person: another may read their mail, or they would rather not be written to."""
    if identity.role is not Role.CLIENT:
        return
    user = accounts.find_user(session, identity.id)
    if prefs.channels and (why := why_unsafe(session, user)):
        raise Refused(why, "by_email")


def _as_told(prefs: Prefs) -> dict[str, Any]:
    """Return choices as the trail compares them."""
    hours = {name: f"{getattr(prefs, name):%H:%M}" for name in ("hour", "quiet_from", "quiet_until")}
    own = {"phone": prefs.phone, "chat_name": prefs.chat_name}
    chosen = [channel.value for channel in LEAVES if channel in prefs.channels]
    return {"channels": chosen, "each": prefs.each, **hours, "days": _figures(prefs.days), **own}


def _figures(days: frozenset[int] | Sequence[int]) -> str:
    return "".join(str(day) for day in sorted(days))
