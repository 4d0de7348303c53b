"""Two schedulers, then five, at once: each reminder is told once in the app and comes once by mail."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tests.faults import house, killed

if TYPE_CHECKING:
    from collections.abc import Sequence

REMINDERS, MINUTES, PEOPLE = int(os.environ.get("FAULTS_REMINDERS", "1000")), 1, 200


def main(argv: Sequence[str]) -> int:
    """Run both on both databases (or those named); ends with 1 where anything came twice or not at all."""
    # Five at once on a small machine are slow; how late they are is no bar here, what comes twice is.
    given = {"count": REMINDERS, "minutes": MINUTES, "people": PEOPLE}
    found = [killed.run(kind, schedulers=n, most=600, **given) for kind in argv or house.DATABASES for n in (2, 5)]
    return 1 if any(any(one.missed.values()) for one in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
