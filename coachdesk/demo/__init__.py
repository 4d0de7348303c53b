"""A believable organisation of invented people, made from a seed number, with dates relative to today."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM
from coachdesk.accounts.models import User
from coachdesk.accounts.passphrases import hashed
from coachdesk.clock import day_of
from coachdesk.db import db
from coachdesk.demo.history import write_history
from coachdesk.demo.people import ZONE, Town, settle
from coachdesk.organisation.models import Organisation
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    import datetime as dt

    from flask import Flask

PASSPHRASE = "first light over the hills"
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
    _refuse_filled(session)
    session.rollback()
    populate(session, seed=seed, now=app.extensions["coachdesk"].clock.now(), password_hash=hashed(PASSPHRASE))
    return True


def populate(session: Any, *, seed: int = SEED, now: dt.datetime, password_hash: str) -> None:
    """Fill an empty database and commit once; the same seed and moment give the same rows. Raises `Refused`."""
    _refuse_filled(session)
    zone = ZoneInfo(ZONE)
    draw = random.Random(seed)  # noqa: S311  (a repeatable draw, not a secret)
    town = Town(draw=draw, now=now, zone=zone, today=day_of(now, zone), passphrase=password_hash)
    settle(town)
    write_history(town)
    town.save(session)
    audit.record(session, SYSTEM, audit.Event.DEMO_MADE, detail={"seed": seed}, now=now)
    session.commit()


def _refuse_filled(session: Any) -> None:
    if session.get(Organisation, 1) is not None or session.scalar(sa.select(User.id).limit(1)) is not None:
        raise Refused(mark("This database holds real records. The demo only goes into an empty one."))
