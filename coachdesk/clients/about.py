"""The cards about a person: the life they want, their strengths, what to do when we lose them, what we agreed.

Each change is a further wording; the earlier ones stay as they were.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, demand, scoped, visible
from coachdesk.clients import service
from coachdesk.clients.models import Card
from coachdesk.clients.rules import IN_PORTAL, CardKind, refuse_agreement
from coachdesk.db import insert_once
from coachdesk.words import Refused, Stale, mark

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity


def write_card(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    kind: CardKind,
    *,
    words: str,
    in_portal: bool = False,
    agreed_on: dt.date | None = None,
    review_on: dt.date | None = None,
    version: int,
    now: dt.datetime,
    today: dt.date,
) -> Card:
    """Write a card anew, or empty it; raises `Stale` where somebody wrote it meanwhile (`version` 0: none yet)."""
    demand(identity, Action.CLIENTS_EDIT)
    service.find_person(session, identity, client_id)
    stood = list_cards(session, identity, client_id).get(kind)
    if version != (stood.number if stood else 0):
        raise Stale
    words = words.strip()
    if not words and not (stood and stood.words):
        raise Refused(mark("Write a few words first."), "words")
    is_agreement = bool(words) and kind is CardKind.AGREEMENT
    if is_agreement:
        refuse_agreement(agreed_on, review_on, today=today, stood=stood.review_on if stood else None)
    made = {
        "id": uuid.uuid4(),
        "client_id": client_id,
        "kind": kind,
        "number": version + 1,
        "words": words,
        "agreed_on": agreed_on if is_agreement else None,
        "review_on": review_on if is_agreement else None,
        "in_portal": bool(words) and in_portal and kind in IN_PORTAL,
        "written_at": now,
        "written_by": identity.id,
    }
    if not insert_once(session, Card, **made):
        raise Stale
    card = Card(**made)
    audit.record(
        session,
        identity,
        audit.Event.ABOUT_WRITTEN,
        client_id=client_id,
        subject=card,
        detail={"card": kind.value},
        now=now,
    )
    return card


def list_cards(session: Any, identity: Identity, client_id: uuid.UUID) -> dict[CardKind, Card]:
    """Return the wording that stands of each card that was ever written; one that was emptied has no words."""
    rows = session.scalars(visible(identity, Card).where(Card.client_id == client_id, _stands()))
    return {row.kind: row for row in rows}


def select_agreement_days(identity: Identity) -> Any:
    """Select (client_id, id, review_on) of the agreements that stand and have a review day."""
    return scoped(
        sa.select(Card.client_id, Card.id, Card.review_on).where(
            Card.kind == CardKind.AGREEMENT, Card.review_on.is_not(None), _stands()
        ),
        identity,
        Card.client_id,
    )


def _stands() -> Any:
    later = sa.orm.aliased(Card)
    return ~(
        sa.select(sa.literal(1))
        .where(later.client_id == Card.client_id, later.kind == Card.kind, later.number > Card.number)
        .correlate(Card)
        .exists()
    )
