"""“How you are told” filled in, and what came of it in the database and in the trail."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.reminders.models import TellingPref
from tests.gateway import add_way

PATH = ACTION = "/account/telling"


def row_of(session, identity) -> TellingPref:
    """What an account has chosen, as it lies there."""
    session.rollback()
    session.expire_all()
    found: TellingPref = session.get(TellingPref, identity.id)
    return found


def events(session, begins="telling:") -> list[tuple[str, Any]]:
    """What the trail has of it, in order."""
    session.rollback()
    rows = session.execute(sa.select(AuditEntry.event, AuditEntry.details).order_by(AuditEntry.id))
    return [(event, details) for event, details in rows if event.startswith(begins)]


def filled(**more):
    """The page filled in, with a coach's usual choices but for what is said."""
    return {
        "channels": ["email"],
        "each": "no",
        "hour": "8 am",
        "days": ["0", "1", "2", "3", "4"],
        "quiet_from": "9 pm",
        "quiet_until": "7 am",
        **more,
    }


def texts_to(session, cast, reader, number="+1 555 010 2030"):
    """Let Dana be told by text, and stay signed in."""
    add_way(session, cast)
    dana = reader("dana")
    dana.opens(PATH)
    dana.sends(ACTION, **filled(channels=["text"], phone=number))
    return dana
