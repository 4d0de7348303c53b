"""Pages of a list: sizes and addresses, with the filter kept in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request, url_for

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of a list, newest or first page is 1."""

    rows: Sequence[Any]
    number: int
    total: int
    size: int = SIZE

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def newer_url(self) -> str:
        """The address of the page before this one, or nothing."""
        return self._url(self.number - 1) if self.number > 1 else ""

    @property
    def older_url(self) -> str:
        """The address of the page after this one, or nothing."""
        return self._url(self.number + 1) if self.number < self.pages else ""

    def _url(self, number: int) -> str:
        # What the reader wrote into the address stays a query; it is never taken for an argument of the builder.
        query = urlencode({**request.args.to_dict(), "page": number})
        return f"{url_for(request.endpoint or '', **(request.view_args or {}))}?{query}"


def page_number(most: int = 10_000) -> int:
    """Return the page the address asks for, from 1; nonsense counts as the first."""
    text = request.args.get("page", "1")
    return min(max(1, int(text)), most) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004
