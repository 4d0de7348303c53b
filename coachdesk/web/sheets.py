"""A table to take along: streamed as CSV in constant memory, its cells safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from flask import Response, current_app

from coachdesk.db import db, reading_only

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  (spreadsheets read the wide ones too)
_MARK = "\ufeff"
"""By this Excel reads the file as UTF-8."""


def safe(cell: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS_A_FORMULA) else text


def stream(name: str, header: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]]) -> Response:
    """Answer with a file `name`; each chunk of rows is asked for, written and let go before the next.

    The request is over by then: what the rows need of it (the reader, the zone, the words) is taken beforehand.
    """
    app: Any = current_app
    response = Response(_lines(app._get_current_object(), header, chunks), mimetype="text/csv")  # noqa: SLF001 (what stands behind the proxy)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(app: Any, header: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]]) -> Iterator[str]:
    yield _MARK + _written([header])
    asked = iter(chunks)
    while True:
        # Between two chunks no transaction and no context is open: whoever fetches slowly, or stops, holds nothing.
        with app.app_context(), reading_only():
            rows = next(asked, None)
            db.session.rollback()
        if rows is None:
            return
        yield _written(rows)


def _written(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue()
