"""Keeping what is being written: saved as it is typed, found again by its author alone, gone once it is saved."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import Action, Assignment, demand, scoped, visible
from coachdesk.accounts.models import User
from coachdesk.drafts.models import Draft
from coachdesk.words import NotFound

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity

_NOT_KEPT = frozenset({"csrf_token", "form_key", "back"})


def hold_author(session: Any, identity: Identity) -> None:
    """Let the author's drafts be kept or cleared one after another, so that none comes back behind its save."""
    session.execute(sa.select(User.id).where(User.id == identity.id).with_for_update(key_share=True))


def save_draft(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID,
    *,
    form: str,
    subject_id: uuid.UUID,
    fields: dict[str, Any],
    path: str,
    now: dt.datetime,
    adds: bool = False,
) -> Draft:
    """Keep what was typed into a form about a person; the same author, form and subject have one draft.

    `adds` keeps the answers that are there already beside the new ones, for a form of several pages.
    """
    demand(identity, Action.DRAFTS_KEEP)
    _refuse_unseen(session, identity, client_id)
    draft = find_draft(session, identity, form, subject_id)
    if draft is None:
        draft = Draft(
            id=uuid.uuid4(),
            client_id=client_id,
            author_id=identity.id,
            form=form,
            subject_id=subject_id,
            started_at=now,
        )
        session.add(draft)
    earlier = dict(draft.fields or {}) if adds else {}
    draft.fields = {**earlier, **{name: value for name, value in fields.items() if name not in _NOT_KEPT}}
    draft.path, draft.saved_at = path, now
    session.flush()
    return draft


def find_draft(session: Any, identity: Identity, form: str, subject_id: uuid.UUID) -> Draft | None:
    """Return the author's own draft, if there is one and they may still see the person."""
    found: Draft | None = session.scalar(
        visible(identity, Draft).where(
            Draft.author_id == identity.id, Draft.form == form, Draft.subject_id == subject_id
        )
    )
    return found


def list_drafts(session: Any, identity: Identity) -> list[Draft]:
    """Return the author's own drafts, last written first."""
    return list(
        session.scalars(visible(identity, Draft).where(Draft.author_id == identity.id).order_by(Draft.saved_at.desc()))
    )


def discard_draft(session: Any, identity: Identity, form: str, subject_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Let a draft go because its author says so."""
    draft = find_draft(session, identity, form, subject_id)
    if draft is None:
        return
    session.delete(draft)
    audit.record(session, identity, audit.Event.DRAFT_DISCARDED, client_id=draft.client_id, subject=draft, now=now)
    session.flush()


def clear_draft(session: Any, identity: Identity, form: str, subject_id: uuid.UUID) -> None:
    """Clear a draft in the same transaction as the save that it led to."""
    hold_author(session, identity)
    draft = find_draft(session, identity, form, subject_id)
    if draft is not None:
        session.delete(draft)
        session.flush()


def _refuse_unseen(session: Any, identity: Identity, client_id: uuid.UUID) -> None:
    seen = scoped(sa.select(Assignment.id).where(Assignment.client_id == client_id), identity, Assignment.client_id)
    if session.scalar(seen.limit(1)) is None:
        raise NotFound
