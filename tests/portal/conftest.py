from __future__ import annotations

import pytest

from tests.goals.helpers import set_goal


@pytest.fixture
def goal(session, cast):
    return set_goal(session, cast.dana, cast.marcus)


@pytest.fixture
def others(session, cast):
    """Hana's goal."""
    return set_goal(session, cast.chris, cast.hana, words="A garden with a gate")
