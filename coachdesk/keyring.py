"""The key ring: what people write is sealed with its newest key, and every key of it still opens what it sealed."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LOOK_AGAIN = 1.0
"""Seconds after which a running process looks again whether its key file has changed."""


class KeyRing:
    """The keys that words are encrypted with (the newest writes, all read) and the key of digests.

    With a `path` the keys are those of a file that another process may change: a change is seen within a second, and
    at once where a word cannot be opened otherwise.
    """

    def __init__(self, fernet_keys: Sequence[str], digest_key: str, *, path: Path | None = None) -> None:
        """Take Fernet keys, newest first, a secret for digests, and the file the keys came from, if any."""
        self._digest = digest_key.encode()
        self._path = path
        self._stamp: tuple[int, ...] | None = None
        self._looked = -LOOK_AGAIN
        self._take(fernet_keys)

    @property
    def size(self) -> int:
        """How many keys the ring holds."""
        self._look()
        return len(self._rings)

    def seal(self, text: str) -> str:
        """Encrypt a text."""
        self._look()
        return self._whole.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, token: str) -> str:
        """Decrypt a text; raises `InvalidToken` where no key of the ring fits."""
        whole = self._whole
        try:
            found = whole.decrypt(token)
        except InvalidToken:
            self._look(at_once=True)
            if self._whole is whole:
                raise
            found = self._whole.decrypt(token)
        return found.decode("utf-8", "surrogatepass")

    def refresh(self) -> None:
        """Look at the key file now."""
        self._look(at_once=True)

    def place_of(self, token: str) -> int | None:
        """Return which key opens a token (0 is the newest); None where none does."""
        self._look()
        for place, ring in enumerate(self._rings):
            with suppress(InvalidToken):
                ring.decrypt(token)
                return place
        return None

    def seal_anew(self, token: str) -> str:
        """Encrypt with the newest key what another key of the ring had sealed; raises `InvalidToken`."""
        return self._whole.rotate(token).decode("ascii")

    def digest(self, text: str) -> str:
        """Return a keyed digest, for looking up what must not lie in clear."""
        return hmac.new(self._digest, text.encode(), hashlib.sha256).hexdigest()

    def _take(self, fernet_keys: Sequence[str]) -> None:
        self._rings = [Fernet(key) for key in fernet_keys]
        self._whole = MultiFernet(self._rings)  # one assignment: another thread has the old ring or the new one

    def _look(self, *, at_once: bool = False) -> None:
        """Read the key file again where it has changed. A file that is away or damaged changes nothing."""
        if self._path is None or not (at_once or time.monotonic() - self._looked >= LOOK_AGAIN):
            return
        self._looked = time.monotonic()
        with suppress(OSError, ValueError):
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._take(read_keys(self._path.read_text(encoding="ascii")))
                self._stamp = stamp


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_keys(text: str) -> tuple[str, ...]:
    """Return the keys a text holds, newest first; raises `ValueError` where it holds none, or something else."""
    found = tuple(text.replace(",", " ").split())
    if not [Fernet(key) for key in found]:
        raise ValueError
    return found


def write_keys(path: Path, fernet_keys: Sequence[str]) -> None:
    """Put keys into a key file in place of what it holds: whole or not at all, for its user alone."""
    draft = make_draft(path, "\n".join(fernet_keys) + "\n")
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def keep_once(path: Path, make: Callable[[], str]) -> str:
    """Return what a key file holds; where there is none, write it whole or not at all and let the first one win."""
    if not path.exists():
        draft = make_draft(path, make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # somebody else was first; theirs is read below
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def make_draft(path: Path, text: str) -> Path:
    """Write a text beside a file, on the disk when this returns, for its user alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def new_key() -> str:
    """Make a key."""
    return Fernet.generate_key().decode()


__all__ = ["InvalidToken", "KeyRing", "keep_once", "new_key", "read_keys", "write_keys"]
