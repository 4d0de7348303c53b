from __future__ import annotations

import pytest

from tests.referrals.helpers import make


@pytest.fixture
def referral(session, cast):
    return make(session, cast.dana, cast.marcus)
