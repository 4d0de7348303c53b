"""Letting somebody in without the sign-in page: a session's row, and the signed cookie that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.accounts import sessions
from coachdesk.accounts.models import User
from coachdesk.db import db

if TYPE_CHECKING:
    from flask import Flask


def begin_session(app: Flask, email: str, *, user_agent: str = "", own_device: bool = False) -> dict[str, Any]:
    """Make the row; return what the cookie holds."""
    now = app.extensions["coachdesk"].clock.now()
    user = db.session.scalars(sa.select(User).where(User.email == email)).one()
    made = sessions.begin(db.session, user, user_agent=user_agent, own_device=own_device, earlier=None, now=now)
    held = {"_user_id": user.fs_uniquifier, "_fresh": True, "fs_paa": now.timestamp(), "sid": made.id.hex}
    db.session.commit()
    return held


def signed(app: Flask, held: dict[str, Any]) -> str:
    """Return a cookie's value as the application signs it."""
    serializer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps(held))
