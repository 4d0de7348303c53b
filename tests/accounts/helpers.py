"""What the tests of signing in share: an authenticator app on somebody's phone, and a second browser."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from coachdesk.accounts.models import User
from coachdesk.audit import AuditEntry


def account(session: Any, name: str) -> User:
    """Return somebody's account as it stands now."""
    session.rollback()
    session.expire_all()
    found: User = session.scalars(sa.select(User).where(User.email == f"{name}@cast.example")).one()
    return found


class Phone:
    """An authenticator app that keeps time by the house's clock, or is some minutes off."""

    def __init__(self, app: Any, secret: str = "") -> None:
        """Hold a secret of our making, or one that was scanned."""
        self.app, self.factory = app, app.extensions["security"].totp_factory
        self.secret, self.shown = secret or self.factory.generate_totp_secret(), ""

    def code(self, *, minutes_off: int = 0) -> str:
        """Return what the app shows."""
        now = self.app.extensions["coachdesk"].clock.now().timestamp()
        return str(self.factory._totp.from_source(self.secret).generate(time=now + minutes_off * 60).token)

    def read(self, key: str) -> None:
        """Type in a key that a page shows."""
        self.shown = key
        self.secret = self.factory._totp(key=key.replace("-", ""), format="base32").to_json(encrypt=True)


def give_phone(app: Any, session: Any, name: str) -> Phone:
    """Set an authenticator app up for somebody."""
    phone, user = Phone(app), account(session, name)
    user.tf_primary_method, user.tf_totp_secret = "authenticator", phone.secret
    session.commit()
    return phone


def events(session: Any, *names: str) -> list[AuditEntry]:
    """Return what the trail holds of these events, in order."""
    session.rollback()
    return list(session.scalars(sa.select(AuditEntry).where(AuditEntry.event.in_(names)).order_by(AuditEntry.id)))
