"""The head of the chain, written outside the database: it shows when an older copy was put back, or the tail cut off."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEPT = 40
"""Lines; the newest heads, and beside them every one that the database does not hold."""


@dataclass(frozen=True)
class Head:
    """The last seal of the chain as it stood at some time."""

    position: int
    digest: str
    at: dt.datetime


def path_of(instance: Path, *, demo: bool) -> Path:
    """Return where the heads are written: the demo has a trail of its own."""
    return instance / ("audit-head-demo" if demo else "audit-head")


def read(path: Path) -> list[Head]:
    """Return the heads in the file, oldest first; a line that is none is left out, a missing file is empty."""
    if not path.exists():
        return []
    found = [_line(text) for text in path.read_text(encoding="ascii", errors="replace").splitlines()]
    return sorted((head for head in found if head), key=_age)


def _age(head: Head) -> tuple[dt.datetime, int, str]:
    return head.at, head.position, head.digest


def _line(text: str) -> Head | None:
    try:
        position, digest, at = text.split(" ")
        return Head(int(position), digest, dt.datetime.fromisoformat(at).astimezone(dt.UTC))
    except ValueError:
        return None


def write(path: Path, lines: Iterable[Head], *, keep: Iterable[Head] = ()) -> None:
    """Write the file whole or not at all, for this user alone, and wait until it lies on the disk."""
    every = sorted(set(lines), key=_age)
    kept = sorted({*every[-KEPT:], *keep}, key=_age)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.writelines(f"{head.position} {head.digest} {head.at.isoformat()}\n" for head in kept)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
