"""The reading of somebody's words is written down before the answer leaves, or the answer does not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from coachdesk import audit
from coachdesk.access import Role, opened_by, unscoped
from coachdesk.db import db, set_reading
from coachdesk.web.house import now, who

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from flask import Flask, Response

    from coachdesk.access import Identity


def reading(
    client_ids: Iterable[uuid.UUID],
    happened: audit.Event = audit.Event.RECORD_READ,
    *,
    subject: Any = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Declare that this page shows words about these people (or a list of their names)."""
    # By name and id: the row itself would be asked for again once the page's transaction has ended.
    about = None if subject is None else (subject.__tablename__, subject.id)
    g.setdefault("reads", []).append((tuple(client_ids), happened, about, detail))


def people_read() -> set[uuid.UUID]:
    """Return whose words this page has said so far that it shows."""
    return {client_id for client_ids, *_rest in g.get("reads", ()) for client_id in client_ids}


def attach(app: Flask) -> None:
    """Record declared reads after the page is made and before it leaves."""

    @app.after_request
    def _record(response: Response) -> Response:
        declared = g.pop("reads", [])
        if not declared or response.status_code in (404, 500):
            return response
        reader = who()
        db.session.rollback()  # the page's own transaction is ended first, so that no lock is held from it
        set_reading(reading=False)
        opened = _opened(reader) if any(read[0] for read in declared) else frozenset()
        for client_ids, happened, subject, detail in declared:
            for people, glass in _apart(client_ids, opened):
                audit.record(
                    db.session,
                    reader,
                    happened,
                    client_ids=people,
                    subject=subject,
                    detail=detail,
                    glass=glass,
                    now=now(),
                )
        db.session.commit()
        return response


def _opened(reader: Identity) -> frozenset[uuid.UUID]:
    """Return whose records the reader has open in an emergency; the page has mostly asked already (its banner)."""
    if reader.role is not Role.SUPERVISOR:
        return frozenset()
    found: frozenset[uuid.UUID] | None = g.get("opened")
    if found is not None:
        return found
    return frozenset(db.session.scalars(unscoped(opened_by(reader), because="it is what the reader opened themself")))


def _apart(client_ids: tuple[uuid.UUID, ...], opened: frozenset[uuid.UUID]) -> list[tuple[Iterable[uuid.UUID], bool]]:
    """Part a read: what was read of records opened in an emergency says so in a row of its own."""
    by_glass = opened.intersection(client_ids)
    if not by_glass:
        return [(client_ids, False)]
    others = [key for key in client_ids if key not in by_glass]
    return [*([(others, False)] if others else []), (by_glass, True)]
