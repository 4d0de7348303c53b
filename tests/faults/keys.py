"""A new key under load: a real desk with web and scheduler, readers and writers, and `coachdesk keys rotate` meanwhile.

No request may fail, nothing may need the older key afterwards, and no word of a note may stand in the database file.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup

from coachdesk.demo import PASSPHRASE, content
from tests.reader import as_it_stands

if TYPE_CHECKING:
    from collections.abc import Iterator

COACHES = ("dana", "imani", "yusuf", "chris")
LONGEST = 120.0
"""Seconds after which everything ends, whatever happened."""
MARK = "Marigold"
"""A word of every note that is written here."""
ENOUGH = 60
"""Requests at least, so that a quick machine rotates under load too."""
WORDS = (MARK, *(note[:20] for note in content.NOTES), *(safe.note for safe in content.SAFE_NOTES if safe.note))
"""Of what was written here, and of every note of the demo."""


@dataclass
class Tally:
    """What was asked, and what went wrong."""

    made: int = 0
    failed: list[str] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, status: int, *, fine: bool) -> None:
        """Count a request."""
        with self.lock:
            self.made += 1
            if not fine:
                self.failed.append(f"{what}: {status}")


class Visitor:
    """Somebody at a browser, over a real connection."""

    def __init__(self, port: int, tally: Tally) -> None:
        """Open the connection."""
        self.port, self.tally, self.cookies = port, tally, dict[str, str]()

    def asks(self, method: str, path: str, data: dict[str, Any] | None = None) -> tuple[int, str, str]:
        """Ask for a page; return status, text and where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": held, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, urlencode(data or {}, doseq=True) if data else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            for told in answer.headers.get_all("Set-Cookie") or []:
                name, _is, value = told.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, text, str(answer.headers["Location"] or "")
        finally:
            connection.close()

    def reads(self, path: str) -> str:
        """Read a page that must be there."""
        status, text, _where = self._tries("GET", path)
        self.tally.note(f"GET {_kind(path)}", status, fine=status == http.client.OK)
        return text

    def saves(self, path: str, data: dict[str, Any]) -> bool:
        """Save a form that must be taken."""
        status, _text, where = self._tries("POST", path, data)
        fine = status == http.client.SEE_OTHER and "/sign-in" not in where
        self.tally.note(f"POST {_kind(path)}", status, fine=fine)
        return fine

    def _tries(self, *asked: Any) -> tuple[int, str, str]:
        try:
            return self.asks(*asked)
        except (OSError, http.client.HTTPException):
            return 0, "", ""

    def signs_in(self, name: str) -> None:
        """Sign in."""
        form = as_it_stands(_form(self.asks("GET", "/sign-in")[1]))
        status, _text, _where = self.asks(
            "POST", "/sign-in", {**form, "email": f"{name}@demo.example", "password": PASSPHRASE}
        )
        assert status == http.client.FOUND, f"{name} could not sign in: {status}"


def _kind(path: str) -> str:
    return re.sub(r"[0-9a-f-]{36}", "…", path)


def _form(text: str) -> Any:
    return BeautifulSoup(text, "html.parser").select_one("main form[method=post]")


def _load(port: int, name: str, tally: Tally, stop: threading.Event) -> None:
    """Read pages and write one person's note over and over."""
    someone = Visitor(port, tally)
    someone.signs_in(name)
    person = re.findall(r'href="(/people/[0-9a-f-]{36})"', someone.reads("/people"))[0]
    number = 0
    while not stop.is_set():
        for path in ("/today", person, f"{person}/timeline"):
            someone.reads(path)
        form = _form(someone.reads(f"{person}/edit"))
        words = f"{MARK} of {name}, number {number}"
        if form is not None and someone.saves(f"{person}/edit", {**as_it_stands(form), "safe_note": words}):
            tally.saved[name] = words
            shown = _form(someone.reads(f"{person}/edit"))
            if shown is None or as_it_stands(shown)["safe_note"] != words:
                tally.failed.append(f"what {name} saved is not what stands there")
        number += 1


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _open_desk(environ: dict[str, str], said: Any = subprocess.DEVNULL) -> subprocess.Popen[str]:
    desk = subprocess.Popen(
        [sys.executable, "-m", "coachdesk.cli", "run", "--demo"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=said,
        text=True,
        start_new_session=True,
    )
    assert desk.stdout is not None
    for line in desk.stdout:
        if "is open" in line:
            return desk
    raise SystemExit("the desk did not open")


def _rotate(environ: dict[str, str], *more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "coachdesk.cli", "keys", *more, "--demo"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _kill_one_midway(environ: dict[str, str], file: Path) -> None:
    """Begin a rotation and end it outright once its key is in use; the next one finishes it."""
    begun = subprocess.Popen(
        [sys.executable, "-m", "coachdesk.cli", "keys", "rotate", "--demo"], env=environ, stdout=subprocess.DEVNULL
    )
    last = time.monotonic() + LONGEST
    while len(file.read_text().split()) == 1 and time.monotonic() < last:
        time.sleep(0.01)
    time.sleep(0.1)
    begun.kill()
    begun.wait()


def _raw(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("demo.db*")):
        yield path.name, path.read_bytes()


def run(folder: Path, coaches: tuple[str, ...] = COACHES, least: int = ENOUGH) -> Tally:
    """Open a desk in a folder, load it, rotate, look; print the figures."""
    port = _free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COACHDESK_")},
        "COACHDESK_INSTANCE": str(folder),
        "PORT": str(port),
        "COACHDESK_LOG": "warning",
    }
    desk, tally, stop = _open_desk(environ), Tally(), threading.Event()
    threads = [threading.Thread(target=_load, args=(port, name, tally, stop), daemon=True) for name in coaches]
    try:
        for thread in threads:
            thread.start()
        began = time.monotonic()
        while tally.made < least // 3 and time.monotonic() - began < LONGEST:
            time.sleep(0.05)
        before, rotating = tally.made, time.monotonic()
        _kill_one_midway(environ, folder / "keys" / "fernet")
        said = _rotate(environ, "rotate", "--forget-older")
        seconds, during = time.monotonic() - rotating, tally.made - before
        while tally.made < least and time.monotonic() - began < LONGEST:
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join(30)
        checked = _rotate(environ, "check")
        raw = dict(_raw(folder))  # while it is open, so with its log of writes
    finally:
        stop.set()
        with suppress(ProcessLookupError):
            desk.send_signal(signal.SIGTERM)
        desk.communicate(timeout=30)
    _report(raw, tally, (said, checked), seconds, during)
    return tally


def _report(files: dict[str, bytes], tally: Tally, said: tuple[str, str], seconds: float, during: int) -> None:
    hits = {
        f"{word!r} in {name}": raw.count(word.encode())
        for name, raw in files.items()
        for word in WORDS
        if word.encode() in raw
    }
    size = sum(len(raw) for raw in files.values())
    print(f"requests made      {tally.made} ({during} while the key changed)")
    print(f"requests failed    {len(tally.failed)} {tally.failed[:5] or ''}")
    print(f"saves read back    {len(tally.saved)} people, the last of each as written")
    print("\n".join(f"                   {line}" for line in "".join(said).splitlines()))
    print(f"seconds            {seconds:.1f}")
    looked = f"of {len(WORDS)} in {size / 1e6:.1f} MB ({', '.join(files)})"
    print(f"words in the file  {sum(hits.values())} hits {looked} {hits or ''}")
    tally.failed += list(hits)


def main() -> None:
    """Run it and end with 1 where anything failed."""
    with tempfile.TemporaryDirectory(prefix="coachdesk-keys-") as place:
        tally = run(Path(place))
    if tally.failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
