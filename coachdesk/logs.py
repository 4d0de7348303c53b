"""Logs: one line an event on standard error, as JSON, or readable in the demo. Never a name, a word or an address.

What a library wants to say is taken without the values it would fill in: they may be anybody's words. Of an exception
its type is told and where it passed, not what it says.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_VALUES_BEGIN = re.compile(r"[:'\"\n<(\[=]| from ip")
_MOST_FRAMES = 30


def configure(level: str, *, readable: bool, stream: TextIO | None = None) -> None:
    """Send every log line of this process one way, those of libraries too. May be called again."""
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.dev.ConsoleRenderer(colors=out.isatty()) if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(out),
    )
    root = logging.getLogger()
    root.handlers[:] = [handler for handler in root.handlers if not isinstance(handler, Through)] + [Through()]
    root.setLevel(max(_LEVELS[level], logging.WARNING))
    # A turn that is left out because the one before it goes on is no news: there is another in a moment.
    logging.getLogger("apscheduler.scheduler").setLevel(max(_LEVELS[level], logging.ERROR))


def trouble(error: BaseException | None) -> list[str]:
    """Return what went wrong as types and places, the cause last; no message, for it may repeat what was written."""
    told: list[str] = []
    for one in _chain(error):
        told.append(f"{type(one).__module__}.{type(one).__qualname__}")
        frames = traceback.extract_tb(one.__traceback__)[-_MOST_FRAMES:]
        told += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return told


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _without_values(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn an exception that was handed over into types and places, whoever handed it over."""
    found = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if found:
        error = found if isinstance(found, BaseException) else (found if isinstance(found, tuple) else sys.exc_info())
        event["trouble"] = trouble(error if isinstance(error, BaseException) else error[1])
    return event


class Through(logging.Handler):
    """Hands the lines of libraries on: what kind of thing happened, never about whom or what."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log a library's line as ours."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        more = {"trouble": trouble(error)} if error else {}
        structlog.get_logger().log(
            record.levelno, _said(record), by=record.name, at=f"{record.module}:{record.lineno}", **more
        )


def _said(record: logging.LogRecord) -> str:
    """Return the sentence without values: its pattern, or what stands before the first value filled in already."""
    text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    if record.args or not record.name.startswith("gunicorn"):
        return text if record.args else "said something"
    return _VALUES_BEGIN.split(text, maxsplit=1)[0].strip()
