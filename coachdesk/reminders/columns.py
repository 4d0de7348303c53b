"""The columns that every part of the one query over the records has, whatever it tells of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from coachdesk.db import Key, Moment


def row(kind: str, client_id: Any, key: Any, on: Any, **more: Any) -> tuple[Any, ...]:
    """Return the columns, in the same order and of the same types on both databases."""
    return (
        sa.literal(kind).label("kind"),
        client_id.label("client_id"),
        key.label("id"),
        on.label("on"),
        more.get("at", sa.cast(sa.null(), sa.Time)).label("at"),
        sa.type_coerce(more.get("text", sa.cast(sa.null(), sa.Text)), sa.Text).label("text"),
        sa.cast(more.get("word", sa.null()), sa.String).label("word"),
        more.get("other", sa.cast(sa.null(), Key())).label("other"),
        more.get("about", sa.cast(sa.null(), Key())).label("about"),
        sa.cast(more.get("by", sa.null()), sa.String).label("by"),
        more.get("day", sa.cast(sa.null(), sa.Date)).label("day"),
        sa.cast(more.get("then", sa.null()), sa.String).label("then"),
        sa.cast(more.get("number", sa.null()), sa.Integer).label("number"),
        more.get("moment", sa.cast(sa.null(), Moment())).label("moment"),
    )
