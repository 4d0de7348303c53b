"""The reading of somebody's words is written down before the answer leaves, or the answer does not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from coachdesk import audit
from coachdesk.db import db, set_reading
from coachdesk.web.house import now, who

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from flask import Flask, Response


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
        for client_ids, happened, subject, detail in declared:
            audit.record(db.session, reader, happened, client_ids=client_ids, subject=subject, detail=detail, now=now())
        db.session.commit()
        return response
