"""Run the parts of `make faults`: all of them, or those named. Ends with 1 where a bar is missed."""

from __future__ import annotations

import importlib
import sys

PARTS = ("access",)

if __name__ == "__main__":
    asked = sys.argv[1:] or PARTS
    unknown = set(asked) - set(PARTS)
    if unknown:
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. The parts are: {', '.join(PARTS)}.")
    missed = [part for part in asked if not importlib.import_module(f"tests.faults.{part}").run()]
    sys.exit(f"Missed: {', '.join(missed)}" if missed else 0)
