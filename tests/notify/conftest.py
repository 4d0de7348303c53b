"""A mail server and a gateway on the loopback, and whoever delivers what waits by them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from coachdesk.db import writing
from coachdesk.notify import (
    GO,
    Channel,
    Mailer,
    Verdict,
    deliver,
)
from coachdesk.organisation import ways
from coachdesk.reminders import outcomes, planning
from tests.notify.helpers import (
    SECRET,
    SENDER,
    by,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from coachdesk.clock import FixedClock
    from tests.post import Post


@pytest.fixture
def mailer(post: Post) -> Mailer:
    """The way to that server."""
    return Mailer(post.url, SENDER, "https://desk.example")


@pytest.fixture
def send(session: Any, clock: FixedClock) -> Callable[..., int]:
    """Deliver what waits, as a claimant of its own."""

    def do(mailer: Mailer | None, *, wanted: Callable[..., Verdict] = lambda *_asked: GO) -> int:
        return deliver(session, by(mailer), claimant=uuid.uuid4(), clock=clock.now, still_wanted=wanted)

    return do


@pytest.fixture
def send_all(session, clock, post):
    """Deliver what waits by mail and by the organisation's gateways, as the scheduler does."""

    def do() -> int:
        found: dict[Channel, Any] = dict(ways.map_gateways(session, base_url="https://desk.example"))
        found[Channel.EMAIL] = Mailer(post.url, SENDER, "https://desk.example", SECRET)
        session.rollback()
        with writing():
            return deliver(
                session,
                found,
                claimant=uuid.uuid4(),
                clock=clock.now,
                still_wanted=planning.still_wanted,
                answered=outcomes.note,
            )

    return do
