"""A database without a single table."""

from __future__ import annotations

import uuid

import pytest

from coachdesk.clock import FixedClock
from coachdesk.db import db
from coachdesk.factory import create_app
from tests.cast import MONDAY
from tests.conftest import settings


@pytest.fixture
def empty(database, tmp_path, _templates):
    """An application over a database without a single table."""
    name = f"m{uuid.uuid4().hex[:12]}"
    app = create_app(
        settings(_templates.blank(database, name), tmp_path, demo=True), clock=FixedClock(MONDAY), testing=True
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    _templates.drop(database, name)
