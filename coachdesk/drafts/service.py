"""Keeping what is being written: saved as it is typed, found again by its author alone, gone once it is saved.

A draft is its author's while they may see the person it is about. Once they may not, it is never a record any more:
they are shown their own words a last time, and nothing else of it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Action, Assignment, demand, may_see, scoped, unscoped, wordless
from coachdesk.accounts.models import User
from coachdesk.drafts.models import Draft
from coachdesk.drafts.rules import KEPT_FOR, NOTES, THROWN_FOR, is_written_in, own_words, to_keep
from coachdesk.words import NotFound, Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from coachdesk.access import Identity

NOBODY = uuid.UUID(int=0)
"""What a draft is about where the form is about no row."""

_FILLED = frozenset({"safety-concern", "safety-plan"})
"""Forms whose pages hold what others wrote."""


@dataclass(frozen=True)
class Drafts:
    """An author's drafts, last written first."""

    mine: Sequence[Draft]
    """Those that can be gone on with."""
    lost: Sequence[Draft]
    """Those about people whom the author may not see any more."""


def hold_author(session: Any, identity: Identity) -> None:
    """Let the author's drafts be kept or cleared one after another, so that none comes back behind its save."""
    session.execute(sa.select(User.id).where(User.id == identity.id).with_for_update(key_share=True))


def save_draft(
    session: Any,
    identity: Identity,
    client_id: uuid.UUID | None,
    *,
    form: str,
    subject_id: uuid.UUID,
    fields: Mapping[str, Sequence[str]],
    path: str,
    now: dt.datetime,
    adds: bool = False,
    stood: Collection[str] = (),
) -> Draft | None:
    """Keep what was typed into a form; the same author, form and subject have one draft.

    `adds` keeps the answers that are there already beside the new ones, for a form of several pages. `stood` are the
    prints of what stood on the page when it was opened: where nothing was typed beyond it, there is no draft, and
    none is returned. Raises `NotFound` for a person the author may not see.
    """
    demand(identity, Action.DRAFTS_KEEP)
    if client_id is not None:
        _refuse_unseen(session, identity, client_id)
    draft = session.scalar(_all_of(identity).where(Draft.form == form, Draft.subject_id == subject_id))
    if not is_written_in(fields, stood) and not (adds and draft):
        if draft is not None and draft.thrown_at is None:  # what was thrown away can still be brought back
            session.delete(draft)
        return None
    if draft is None:
        draft = Draft(id=uuid.uuid4(), author_id=identity.id, form=form, subject_id=subject_id, started_at=now)
        session.add(draft)
    kept = draft.fields or {} if adds and draft.thrown_at is None else {}
    draft.fields = {**kept, **to_keep(fields)}
    draft.client_id, draft.path, draft.saved_at = client_id, path, now
    draft.stood, draft.thrown_at = sorted({*stood, *(draft.stood or () if kept else ())}), None
    session.flush()
    found: Draft = draft
    return found


def find_draft(session: Any, identity: Identity, form: str, subject_id: uuid.UUID) -> Draft | None:
    """Return the author's own draft, if there is one and they may still see the person."""
    found: Draft | None = session.scalar(
        _mine(identity).where(Draft.form == form, Draft.subject_id == subject_id, Draft.thrown_at.is_(None))
    )
    return found


def list_drafts(session: Any, identity: Identity) -> list[Draft]:
    """Return the author's own drafts, last written first."""
    return list(session.scalars(_mine(identity).where(Draft.thrown_at.is_(None)).order_by(Draft.saved_at.desc())))


def open_drafts(session: Any, identity: Identity) -> Drafts:
    """Return the author's own drafts, and those they cannot go on with, in one query."""
    seen = sa.or_(Draft.client_id.is_(None), may_see(identity, Draft.client_id)).label("seen")
    rows = session.execute(
        unscoped(
            sa.select(Draft, seen)
            .where(Draft.author_id == identity.id, Draft.thrown_at.is_(None))
            .order_by(Draft.saved_at.desc()),
            because="its author alone is told of a draft, and reads only their own words of what they may not see",
        )
    ).all()
    return Drafts([draft for draft, is_seen in rows if is_seen], [draft for draft, is_seen in rows if not is_seen])


def select_unfinished(identity: Identity) -> Any:
    """Select (client_id, id, author_id, form, path, saved_at) of the notes one has begun; the system finds everybody's."""
    whose = sa.true() if identity.role is SYSTEM.role else Draft.author_id == identity.id
    found = sa.select(Draft.client_id, Draft.id, Draft.author_id, Draft.form, Draft.path, Draft.saved_at).where(
        Draft.client_id.is_not(None), Draft.thrown_at.is_(None), Draft.form.in_(NOTES), whose
    )
    return wordless(scoped(found, identity, Draft.client_id), because="that something is begun is told to its author")


def discard_draft(session: Any, identity: Identity, form: str, subject_id: uuid.UUID, *, now: dt.datetime) -> bool:
    """Let a draft go because its author says so; for a while it can be brought back. Say whether there was one."""
    draft = find_draft(session, identity, form, subject_id)
    if draft is None:
        return False
    _throw(session, identity, draft, audit.Event.DRAFT_DISCARDED, now=now)
    return True


def bring_back(session: Any, identity: Identity, form: str, subject_id: uuid.UUID, *, now: dt.datetime) -> Draft:
    """Bring back what was thrown away; refused where that is too long ago, or something else was written since."""
    draft: Draft | None = session.scalar(_mine(identity).where(Draft.form == form, Draft.subject_id == subject_id))
    if draft is None:
        raise NotFound
    if draft.thrown_at is None or draft.thrown_at <= now - THROWN_FOR:
        raise Refused(mark("That draft cannot be brought back any more."))
    draft.thrown_at = None
    session.flush()
    _note(session, identity, draft, audit.Event.DRAFT_BROUGHT_BACK, now=now)
    return draft


def show_last(session: Any, identity: Identity, draft_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Begin to show an author their own words of what they may not go on with; after a while they are gone."""
    draft = next((one for one in open_drafts(session, identity).lost if one.id == draft_id), None)
    if draft is None:
        raise NotFound
    _throw(session, identity, draft, audit.Event.DRAFT_SHOWN, now=now)


def last_words(
    session: Any, identity: Identity, draft_id: uuid.UUID, *, named: Collection[str], now: dt.datetime
) -> list[str]:
    """Return an author's own words of a draft that is shown for the last time; nothing that stood there before."""
    statement = _all_of(identity).where(Draft.id == draft_id, Draft.thrown_at > now - THROWN_FOR)
    draft: Draft | None = session.scalar(statement)
    if draft is None:
        raise NotFound
    if draft.stood is None and draft.form in _FILLED:
        return []  # from before it was noted what stood there
    return own_words(draft.fields, draft.stood or (), named=named)


def clear_draft(session: Any, identity: Identity, form: str, subject_id: uuid.UUID) -> None:
    """Clear a draft in the same transaction as the save that it led to."""
    hold_author(session, identity)
    draft = session.scalar(_all_of(identity).where(Draft.form == form, Draft.subject_id == subject_id))
    if draft is not None:
        session.delete(draft)
        session.flush()


def forget_old(session: Any, *, now: dt.datetime) -> int:
    """Forget what nobody wrote in for two weeks, and what was thrown away; return how many drafts ran out."""
    because = "the system forgets what is over, whoever's it was"
    session.execute(sa.delete(Draft).where(Draft.thrown_at < now - THROWN_FOR))
    old = sa.select(Draft).where(Draft.saved_at < now - KEPT_FOR, Draft.thrown_at.is_(None)).with_for_update()
    rows = list(session.scalars(unscoped(old, because=because)))
    for draft in rows:
        _note(session, SYSTEM, draft, audit.Event.DRAFT_RAN_OUT, now=now)
        session.delete(draft)
    session.flush()
    return len(rows)


def _throw(session: Any, identity: Identity, draft: Draft, happened: audit.Event, *, now: dt.datetime) -> None:
    draft.thrown_at = now
    session.flush()
    _note(session, identity, draft, happened, now=now)


def _note(session: Any, identity: Identity, draft: Draft, happened: audit.Event, *, now: dt.datetime) -> None:
    audit.record(session, identity, happened, client_id=draft.client_id, subject=draft, now=now)


def _all_of(identity: Identity) -> Any:
    statement = sa.select(Draft).where(Draft.author_id == identity.id)
    return unscoped(statement, because="their author's own; nothing of the record is read by it")


def _mine(identity: Identity) -> Any:
    """Select the author's drafts about nobody, or about people they may see."""
    seen = sa.or_(Draft.client_id.is_(None), may_see(identity, Draft.client_id))
    return unscoped(
        sa.select(Draft).where(Draft.author_id == identity.id, seen),
        because="the scope is within: a draft may be about nobody",
    )


def _refuse_unseen(session: Any, identity: Identity, client_id: uuid.UUID) -> None:
    seen = scoped(sa.select(Assignment.id).where(Assignment.client_id == client_id), identity, Assignment.client_id)
    if session.scalar(seen.limit(1)) is None:
        raise NotFound
