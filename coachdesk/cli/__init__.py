"""The command line: `coachdesk run`, and each part on its own."""

from coachdesk.cli import keeping, running, setting_up  # each adds its commands
from coachdesk.cli.desk import main

__all__ = ["keeping", "main", "running", "setting_up"]
