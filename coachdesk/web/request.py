"""What arrives from outside, without the characters that no database or page can hold."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import Request as FlaskRequest
from flask import request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
"""Control characters (tab and line ends stay), half characters and the few that mean none."""


def kept(text: str) -> str:
    """Take out what no database or page can hold; everything else stays as it was typed, in every script."""
    return _UNWRITTEN.sub("", text)


class _Typed(ImmutableMultiDict[str, Any]):
    """The fields of a form or a query, each value as it can be kept."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = iter_multi_items(mapping) if isinstance(mapping, dict) else mapping or ()
        super().__init__([(name, kept(value) if isinstance(value, str) else value) for name, value in pairs])


class Request(FlaskRequest):
    """A request whose words can be kept and shown."""

    parameter_storage_class = _Typed


def request_id() -> str:
    """Return the random name of the request at hand: in its answer's headers, in the log, in the trail."""
    found: str = request.environ.setdefault("coachdesk.request_id", uuid.uuid4().hex)
    return found
