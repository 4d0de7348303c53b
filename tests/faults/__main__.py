"""Run the parts of `make faults`: all of them, or those named. Ends with 1 where a bar is missed."""

from __future__ import annotations

import subprocess
import sys

PARTS = ("access", "clocks", "drafts", "keys", "killed", "mails", "restarts", "several", "timing", "years")

if __name__ == "__main__":
    asked = sys.argv[1:] or PARTS
    unknown = set(asked) - set(PARTS)
    if unknown:
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. The parts are: {', '.join(PARTS)}.")
    # Each in a process of its own: what one leaves in memory must not weigh on the next one's figures.
    missed = [
        part for part in asked if subprocess.run([sys.executable, "-m", f"tests.faults.{part}"], check=False).returncode
    ]
    sys.exit(f"Missed: {', '.join(missed)}" if missed else 0)
