"""What a member of staff did here, as the trail has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from coachdesk.access import Action
from coachdesk.audit import reading, told
from coachdesk.db import db
from coachdesk.web import Page, page_number, who

if TYPE_CHECKING:
    from coachdesk.web import Room

_SIZE = 50


def furnish(room: Room) -> None:
    """Add the page to the room of accounts."""
    room.get("/account/activity", action=Action.ACCOUNT_ACTIVITY)(activity)


def activity() -> str:
    """Show what I did here.

    It names nobody: among those whom somebody read or wrote about are people who are no longer theirs to see. The
    look itself leaves no row, since it shows nothing but its reader's own acts.
    """
    number = page_number()
    found = reading.list_own(db.session, who(), offset=(number - 1) * _SIZE, limit=_SIZE)
    lines = [(row, told(row.event)) for row in found.rows]
    return render_template("accounts/activity.html", page=Page(lines, number, found.total, _SIZE))
