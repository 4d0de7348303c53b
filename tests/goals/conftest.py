from __future__ import annotations

import pytest

from tests.goals.helpers import set_goal


@pytest.fixture
def goal(session, cast):
    return set_goal(session, cast.dana, cast.marcus)
