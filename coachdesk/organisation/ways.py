"""Ways of telling beyond mail: gateways for text messages and chat, tried, switched on and off, and removed."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Action, demand
from coachdesk.notify import Channel
from coachdesk.notify.apprising import TO, Gateway, refuse_bad_address
from coachdesk.organisation.models import OutsideWay
from coachdesk.organisation.rules import MOST_FAILURES, SHORTEST_TROUBLE, WayOff
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from coachdesk.access import Identity
    from coachdesk.notify.reaching import Networks

MOST_WAYS = 10
KINDS = (Channel.TEXT, Channel.CHAT)


def list_ways(session: Any, identity: Identity) -> Sequence[OutsideWay]:
    """Return the organisation's gateways, the oldest first."""
    demand(identity, Action.ADMIN_SETTINGS)
    return _all(session)


def find_way(session: Any, identity: Identity, way_id: uuid.UUID) -> OutsideWay:
    """Return a gateway, held until the act is over; raises `NotFound`."""
    demand(identity, Action.ADMIN_SETTINGS)
    found: OutsideWay | None = session.get(OutsideWay, way_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def add_way(
    session: Any,
    identity: Identity,
    *,
    kind: str,
    label: str,
    url: str,
    now: dt.datetime,
    here: bool = False,
    inside: Networks = (),
) -> OutsideWay:
    """Add a gateway. It is on at once. With `here` it may be on this very machine, for trials, or `inside` our networks."""
    demand(identity, Action.ADMIN_SETTINGS)
    if len(_all(session)) >= MOST_WAYS:
        raise Refused(mark("Ten ways are enough. Remove one that is not used first."))
    refuse_bad_address(url.strip(), needs_to=kind == Channel.TEXT, here=here, inside=inside)
    made = OutsideWay(
        id=uuid.uuid4(), kind=Channel(kind), label=label, url=url.strip(), made_at=now, made_by=identity.id
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.WAY_ADDED, subject=made, detail=_at_first(made), now=now)
    return made


def begin_try(session: Any, identity: Identity, way_id: uuid.UUID, *, now: dt.datetime) -> OutsideWay:
    """Write down that a trial message is sent, before anything leaves."""
    way = find_way(session, identity, way_id)
    audit.record(session, identity, audit.Event.WAY_TRIED, subject=way, now=now)
    return way


def note_try(session: Any, identity: Identity, way_id: uuid.UUID, *, went: bool, now: dt.datetime) -> OutsideWay:
    """Note how a trial message went; one that went well counts failures anew."""
    way = find_way(session, identity, way_id)
    way.tried_at, way.tried_well = now, went
    if went:
        _count_anew(way)
    return way


def switch_way(session: Any, identity: Identity, way_id: uuid.UUID, *, on: bool, now: dt.datetime) -> OutsideWay:
    """Switch a gateway on, counting its failures anew, or off."""
    way = find_way(session, identity, way_id)
    detail = _switched(way, on=on)
    way.off_why = None if on else WayOff.BY_HAND
    _count_anew(way)
    audit.record(session, identity, audit.Event.WAY_SWITCHED, subject=way, detail=detail, now=now)
    return way


def remove_way(session: Any, identity: Identity, way_id: uuid.UUID, *, now: dt.datetime) -> str:
    """Remove a gateway with its secrets; return what it was called."""
    way = find_way(session, identity, way_id)
    detail = {"kind": way.kind.value, **_changed(way, on=False)}
    audit.record(session, identity, audit.Event.WAY_REMOVED, subject=way, detail=detail, now=now)
    session.delete(way)
    session.flush()
    return way.label


def make_answer_path(session: Any, identity: Identity, way_id: uuid.UUID, *, now: dt.datetime) -> str:
    """Return the path to which a gateway hands on answers, with a new secret; an earlier one ends. Shown once."""
    way = find_way(session, identity, way_id)
    if way.kind is not Channel.TEXT:
        raise NotFound
    secret = secrets.token_urlsafe(32)
    way.inbound_digest = _digest(secret)
    audit.record(session, identity, audit.Event.WAY_ANSWERS_ASKED, subject=way, now=now)
    return f"/texts/{secret}"


# ---- for whoever sends --------------------------------------------------------------------------------------------


def is_answer_secret(session: Any, secret: str) -> bool:
    """Say whether a gateway of ours was given this secret."""
    known = sa.select(OutsideWay.id).where(OutsideWay.inbound_digest == _digest(secret))
    return session.scalar(known) is not None


def hears_answers(session: Any) -> bool:
    """Say whether a gateway hands on to us what numbers answer."""
    known = sa.select(OutsideWay.id).where(OutsideWay.inbound_digest.is_not(None), OutsideWay.off_why.is_(None))
    return session.scalar(known.limit(1)) is not None


def map_gateways(
    session: Any, *, base_url: str = "", kinds: Collection[Channel] = KINDS, inside: Networks = ()
) -> Mapping[Channel, Gateway]:
    """Return the way of each kind that is used now; the addresses of other kinds are not opened."""
    used: dict[Channel, Gateway] = {}
    for way in session.scalars(_select_on(kinds)):
        used.setdefault(way.kind, Gateway(way.url, base_url, inside))
    return used


def map_asks_for_name(session: Any) -> Mapping[Channel, bool]:
    """Return the kinds that can be chosen now, with whether a message is addressed to one reader."""
    return {kind: TO in gateway.url for kind, gateway in map_gateways(session).items()}


def count(session: Any, kind: Channel, *, went: bool, now: dt.datetime) -> None:
    """Count what a gateway took or did not take; too many failures in a row, over a time, switch it off."""
    way = session.scalars(_select_on([kind]).limit(1)).first()
    if way is None or (went and not way.failures):
        return
    session.refresh(way, with_for_update=True)
    if went:
        _count_anew(way)
    else:
        way.failures, way.failing_since = way.failures + 1, way.failing_since or now
    if way.failing_since and way.failures >= MOST_FAILURES and now - way.failing_since >= SHORTEST_TROUBLE:
        detail = {**_switched(way, on=False), "why": "failing"}
        way.off_why = WayOff.FAILING
        audit.record(session, SYSTEM, audit.Event.WAY_SWITCHED, subject=way, detail=detail, now=now)
    session.flush()


def _at_first(way: OutsideWay) -> dict[str, Any]:
    return {"kind": way.kind.value, "changes": [[f"way.{way.kind.value}", False, True]]}


def _switched(way: OutsideWay, *, on: bool) -> dict[str, Any]:
    return {"on": on, **_changed(way, on=on)}


def _changed(way: OutsideWay, *, on: bool) -> dict[str, Any]:
    name = way.kind.value
    return {"changes": audit.changes("way", {name: way.off_why is None}, {name: on})}


def _count_anew(way: OutsideWay) -> None:
    way.failures, way.failing_since = 0, None


def select_how_many_failed() -> Any:
    """Select how many gateways were switched off because nothing arrived, until somebody settles it."""
    return sa.select(sa.func.count()).select_from(OutsideWay).where(OutsideWay.off_why == WayOff.FAILING)


def _select_on(kinds: Collection[Channel]) -> Any:
    on = sa.select(OutsideWay).where(OutsideWay.kind.in_(kinds), OutsideWay.off_why.is_(None))
    return on.order_by(OutsideWay.made_at, OutsideWay.id)


def _all(session: Any) -> Sequence[OutsideWay]:
    found: Sequence[OutsideWay] = session.scalars(
        sa.select(OutsideWay).order_by(OutsideWay.made_at, OutsideWay.id)
    ).all()
    return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
