"""The whole desk: web and three scheduler processes beside a real mail server; each reminder arrives once."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coachdesk.access import Assignment
from coachdesk.clock import SystemClock
from coachdesk.db import db
from coachdesk.notify import Delivery, DeliveryState, Notice
from coachdesk.organisation.models import Organisation
from coachdesk.reminders import service
from tests.conftest import KEYS
from tests.faults.house import zone_at_noon

if TYPE_CHECKING:
    from pathlib import Path


def test_a_reminder_that_falls_due_arrives_once_with_three_schedulers(app, session, cast, post, tmp_path: Path):
    now = SystemClock().now()
    zone = ZoneInfo(name := zone_at_noon(now))
    session.execute(sa.update(Organisation).values(zone=name))
    soon = (now + dt.timedelta(seconds=62)).astimezone(zone)
    # Nothing else falls due, on whatever day this runs.
    session.execute(sa.update(Assignment).values(started_on=soon.date()))
    service.set_reminder(
        session,
        cast.dana,
        cast.marcus,
        text="Ask about the interview",
        due_on=soon.date(),
        hour=dt.time(soon.hour, soon.minute),
        zone=zone,
        now=now,
    )
    session.commit()
    session.rollback()
    environ = {
        **os.environ,
        "COACHDESK_INSTANCE": str(tmp_path),
        "COACHDESK_SMTP_URL": post.url,
        "COACHDESK_BASE_URL": "http://127.0.0.1",
        "COACHDESK_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "COACHDESK_KEYS": KEYS.fernet[0],
        "COACHDESK_SECRET_KEY": KEYS.session,
        "COACHDESK_DIGEST_KEY": KEYS.digest,
        "COACHDESK_PASSWORD_SALT": KEYS.salt,
        "COACHDESK_LOG": "error",
    }
    parts = [subprocess.Popen([sys.executable, "-m", "coachdesk.cli", "scheduler"], env=environ) for _each in range(3)]
    try:
        deadline = time.monotonic() + 150
        while time.monotonic() < deadline and not (_sent(session) and post.mails):
            time.sleep(1)
        time.sleep(8)  # two more rounds of each scheduler: a second mail would come now
    finally:
        for part in parts:
            part.send_signal(signal.SIGTERM)
        codes = [part.wait(20) for part in parts]
    assert codes == [0, 0, 0]
    mine = [mail for mail in post.mails if mail["To"] == cast.email("dana")]
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.mails)
    assert len(mine) == 1
    assert "interview" not in mine[0].as_string()
    assert "Marcus" not in mine[0].as_string()
    session.rollback()
    assert [notice.text for notice in session.scalars(sa.select(Notice))] == ["Ask about the interview"]


def _sent(session: Any) -> bool:
    session.rollback()
    states = list(session.scalars(sa.select(Delivery.state)))
    session.rollback()
    db.session.remove()
    return bool(states) and all(state is DeliveryState.SENT for state in states)
