"""What came through a closed door: kept for its writer alone until they are back, and sent again at a press."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk.drafts.models import Unsent
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coachdesk.access import Identity

KEPT_FOR = dt.timedelta(days=1)
MOST_KEPT = 20
"""For one writer; of more the oldest go."""
_SECRET = frozenset({"password", "new_password", "new_password_confirm", "passphrase", "again", "code", "credential"})
_NOT_TYPED = frozenset({"csrf_token", "form_key", "version", "back", "next", "draft"})


def is_worth_keeping(fields: Mapping[str, Sequence[str]]) -> bool:
    """Say whether somebody typed or chose something here; what holds a secret is never kept."""
    typed = any(text.strip() for name, texts in fields.items() if name not in _NOT_TYPED for text in texts)
    return typed and not _SECRET & set(fields)


def keep(
    session: Any, writer: uuid.UUID, *, path: str, fields: Mapping[str, Sequence[str]], now: dt.datetime
) -> uuid.UUID:
    """Keep what somebody sent; return under which id."""
    kept = {name: list(texts) for name, texts in fields.items() if name != "csrf_token"}
    row = Unsent(id=uuid.uuid4(), user_id=writer, path=path, fields=kept, kept_at=now)
    session.add(row)
    session.flush()
    newest = sa.select(Unsent.id).where(Unsent.user_id == writer).order_by(Unsent.kept_at.desc()).limit(MOST_KEPT)
    session.execute(sa.delete(Unsent).where(Unsent.user_id == writer, Unsent.id.not_in(list(session.scalars(newest)))))
    return row.id


def find(session: Any, identity: Identity, key: uuid.UUID) -> Unsent:
    """Return what the writer themself sent; raises `NotFound` for everybody else."""
    found: Unsent | None = session.scalar(sa.select(Unsent).where(Unsent.id == key, Unsent.user_id == identity.id))
    if found is None:
        raise NotFound
    return found


def let_go(session: Any, identity: Identity, key: uuid.UUID) -> None:
    """Forget it because its writer says so. It never became part of a record, so the trail has nothing to tell."""
    session.delete(find(session, identity, key))
    session.flush()


def was_sent(session: Any, writer: uuid.UUID, key: uuid.UUID) -> None:
    """Forget it in the act that it led to."""
    session.execute(sa.delete(Unsent).where(Unsent.id == key, Unsent.user_id == writer))


def forget_old(session: Any, *, now: dt.datetime) -> None:
    """Forget what nobody came back for."""
    session.execute(sa.delete(Unsent).where(Unsent.kept_at < now - KEPT_FOR))


def words_of(fields: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what reads like somebody's own words, for the page that shows that nothing is lost."""
    texts = (text.strip() for name, texts in fields.items() if name not in _NOT_TYPED for text in texts)
    return [text for text in texts if " " in text]
