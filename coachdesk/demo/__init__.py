"""A believable organisation of invented people, made from a seed number, with dates relative to today."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM
from coachdesk.accounts.models import User
from coachdesk.accounts.signing_in import hashed
from coachdesk.clock import day_of
from coachdesk.db import db
from coachdesk.demo.history import write_history
from coachdesk.demo.people import Town, settle
from coachdesk.organisation import service as organisation
from coachdesk.organisation.models import Organisation
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    from flask import Flask

PASSPHRASE = "first light over the hills"
ZONE = "America/New_York"
SEED = 7
SIGN_INS = (
    f"Everybody's passphrase: {PASSPHRASE}",
    "  coaches         dana@demo.example  imani@demo.example  yusuf@demo.example  chris@demo.example",
    "  supervisors     ruth@demo.example  omar@demo.example",
    "  people          marcus@demo.example  lena@demo.example  aisha@demo.example  hana@demo.example",
    "  administrator   admin@demo.example",
)


def make_demo(app: Flask, *, seed: int = SEED) -> bool:
    """Make the demo's people; say whether they were made now.

    Needs an application context. A database that holds anything the demo did not make is refused.
    """
    session: Any = db.session
    found = session.get(Organisation, 1)
    if found is not None and found.made_by_demo:
        return False
    if found is not None or session.scalar(sa.select(User.id).limit(1)) is not None:
        raise Refused(mark("This database holds real records. The demo only goes into an empty one."))
    now = app.extensions["coachdesk"].clock.now()
    session.rollback()
    passphrase = hashed(PASSPHRASE)
    organisation.make_organisation(
        session, name="Morning Side Recovery Coaching", zone=ZONE, country="US", now=now, made_by_demo=True
    )
    town = Town(
        session=session,
        draw=random.Random(seed),  # noqa: S311  (a repeatable draw)
        now=now,
        zone=ZoneInfo(ZONE),
        today=day_of(now, ZoneInfo(ZONE)),
        passphrase=passphrase,
    )
    settle(town)
    write_history(town)
    audit.record(session, SYSTEM, audit.Event.DEMO_MADE, detail={"seed": seed}, now=now)
    session.commit()
    return True
