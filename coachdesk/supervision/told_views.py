"""What was told to the team: a supervisor's page of the ledger."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import render_template

from coachdesk.access import Action
from coachdesk.audit import Event
from coachdesk.db import db
from coachdesk.reminders.kinds import RULE_WORDS
from coachdesk.reminders.reading import read_page, read_question, words
from coachdesk.supervision import told
from coachdesk.web import reading, who

if TYPE_CHECKING:
    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add this page to the room of supervision."""
    room.get("/team/told", action=Action.TEAM_BOARD)(show_told)


def show_told() -> str:
    """Show what was told to whom of one's teams, of whom, why and where it stands. Each look leaves one row."""
    question = read_question(told.OFFERED)
    page = read_page(partial(told.find_told, db.session, who().everyday, question.asked))
    shown = {thing.client_id for line in page.rows for thing in line.things}
    shown |= {line.told.person for line in page.rows if line.told.person}
    reading(shown, Event.LEDGER_READ, detail={"filters": question.asked.used, "found": page.total})
    return render_template(
        "supervision/told.html",
        page=page,
        question=question,
        problem=None,
        most=told.MOST,
        offered_rules=[rule.value for rule in RULE_WORDS],
        offered_abouts=[about.value for about in told.OFFERED],
        **words(),
    )
