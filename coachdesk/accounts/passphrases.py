"""What a passphrase may be, and hashing it without holding anybody up."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_security import hash_password
from flask_security.password_util import PasswordUtil
from zxcvbn import zxcvbn

from coachdesk.access import Team
from coachdesk.accounts.rules import LEAST_BESIDE_SECOND, LEAST_PASSPHRASE, MOST_PASSPHRASE
from coachdesk.db import db
from coachdesk.organisation import service as organisation
from coachdesk.web.house import house
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coachdesk.accounts.models import User

_HARD_TO_GUESS = 3
"""Of zxcvbn's 0 to 4: safe against somebody who tries ten thousand a second for a long while."""
_LEAST_BESIDE_KNOWN = 10
"""Letters and figures beside what everybody tries first."""
_IN_ADDRESSES = frozenset({"https", "http", "www", "com", "org", "example"})
_SHORTEST_KNOWN = 4
"""Letters; what is shorter stands in many words by chance, as Al does in walnut."""
_LOOKED_AT = 64
"""Characters; what is hard to guess by then stays hard, and the look takes longer with each."""
_EVERYBODYS = ("coachdesk", "passphrase", "recovery", "coaching", "coach", "correct", "horse", "battery", "staple")
"""Words of the house and the field, and of the one passphrase that everybody has heard of."""
_BETWEEN = re.compile(r"[^\w]+")


class Passphrases(PasswordUtil):
    """What a passphrase may be, in our own sentences; the library's own check ends at 128 characters."""

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: FBT001, ARG002  (the library's own signature)
        user: User | None = None,
        **_more: Any,
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong, if anything, and the passphrase as it is hashed and compared (NFKD)."""
        normal: str = self.normalize(password)
        return list(self._faults(normal, user)) or None, normal

    def _faults(self, normal: str, user: User | None) -> Iterator[str]:
        least = least_for(user)
        if len(normal.strip()) < least:
            yield _("Use at least %(n)s characters. Four or five plain words make a good one.", n=least)
        elif len(normal) > MOST_PASSPHRASE:
            yield _("Use at most %(n)s characters.", n=MOST_PASSPHRASE)
        elif _is_easy(normal[:_LOOKED_AT], _known_of(user)):
            yield _("This one is easy to guess. Choose four or five plain words that do not belong together.")


def _is_easy(passphrase: str, known: list[str]) -> bool:
    """Say whether a list of what people choose, or knowing its owner, is enough to guess it."""
    left = passphrase.lower()
    for word in known:
        if len(word) >= _SHORTEST_KNOWN:
            left = left.replace(word, "")
    beside = sum(letter.isalnum() for letter in left)
    if left != passphrase.lower() and beside < _LEAST_BESIDE_KNOWN:
        return True
    score: int = zxcvbn(passphrase, known)["score"]
    return score < _HARD_TO_GUESS


def _known_of(user: User | None) -> list[str]:
    """Return what everybody tries first: about somebody, the organisation, its teams, and where it is found."""
    own = [user.first_name, user.last_name, user.email] if user else []
    ours = [house().settings.base_url, *db.session.scalars(sa.select(Team.name))]
    with contextlib.suppress(NotFound):
        ours.append(organisation.find_organisation(db.session).name)
    words = [word.lower() for text in [*own, *ours] for word in _BETWEEN.split(text)]
    return [word for word in [*words, *_EVERYBODYS] if word and word not in _IN_ADDRESSES]


class Unlocked:
    """The library's hashing, which ends the transaction at hand first.

    A hash takes a tenth of a second; a write lock held meanwhile would stop everybody (measured: 137 pages a second
    fell to 3). What waits unflushed stays so; hash before anything is written, since what is flushed goes with it.
    """

    _slow = frozenset({"hash", "verify", "verify_and_update"})

    def __init__(self, context: Any) -> None:
        """Take the library's own context."""
        self._context = context

    def __getattr__(self, name: str) -> Any:
        """Hand everything through, letting locks go before what is slow."""
        if name in self._slow:
            session: Any = db.session
            if not (session.new or session.dirty or session.deleted):
                session.commit()
        return getattr(self._context, name)


def hashed(passphrase: str) -> str:
    """Hash a passphrase (argon2id, about a tenth of a second)."""
    # As sign-in compares it: the same word typed on another keyboard may be other bytes.
    found: str = hash_password(normal(passphrase))
    return found


def normal(passphrase: str) -> str:
    """Return a passphrase as it is hashed and compared."""
    found: str = current_app.extensions["security"].password_util.normalize(passphrase)
    return found


def least_for(user: User | None) -> int:
    """Return how many characters somebody's passphrase needs."""
    return LEAST_BESIDE_SECOND if user is not None and user.has_second_factor else LEAST_PASSPHRASE


def is_short(passphrase: str) -> bool:
    """Say whether a passphrase is good enough beside a second factor only."""
    return len(normal(passphrase).strip()) < LEAST_PASSPHRASE


def faults_of(passphrase: str, user: User | None = None) -> list[str]:
    """Return what is wrong with a passphrase, in sentences; nothing where it may be used."""
    util = current_app.extensions["security"].password_util
    found, _same = util.validate(passphrase, True, user=user)  # noqa: FBT003  (the library's own signature)
    return list(found or [])
