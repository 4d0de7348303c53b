"""Which browser the browser tests use; `python -m tests.chromium` says so, or what is left out without one.

Standard library only: CI asks before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""How it is started: as any user, without a screen, and without looking for hosts of its own."""
MISSING = """\
No Chromium was found, so the tests marked "browser" (pages drawn, pressed and measured in a real browser) are left out.
To run them too: apt-get install chromium (or chromium-browser, google-chrome), or name one with COACHDESK_CHROMIUM."""


def find_chromium(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of a Chromium: the one that COACHDESK_CHROMIUM names, else the first found."""
    named = environ.get("COACHDESK_CHROMIUM", "").strip()
    if named:
        return shutil.which(named, path=environ.get("PATH"))
    return next((found for name in NAMES if (found := shutil.which(name, path=environ.get("PATH")))), None)


def must_have(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether a missing browser fails the run instead of leaving tests out: under CI it does."""
    return environ.get("CI", "").strip().lower() not in ("", "0", "false")


def main() -> int:
    """Say which browser there is; 1 where there is none and must be one."""
    found = find_chromium()
    print(f"Browser tests: {found}" if found else MISSING, flush=True)  # noqa: T201 (it speaks to whoever ran make)
    return int(not found and must_have())


if __name__ == "__main__":
    sys.exit(main())
