"""The coach's pages: Today, my people, a person's record and its tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request

from coachdesk.access import Action, Role
from coachdesk.accounts import service as accounts
from coachdesk.audit import Event
from coachdesk.clients import about as cards_of
from coachdesk.clients import items, likeness, taking, ways
from coachdesk.clients import service as clients
from coachdesk.clients.items import Item
from coachdesk.clients.rules import TOUCH_TOLD, CardKind, lines_of
from coachdesk.db import db
from coachdesk.desk import import_views, service, timeline, timeline_views
from coachdesk.desk import record as records
from coachdesk.goals import service as goals
from coachdesk.goals.rules import GoalStatus
from coachdesk.referrals import service as referrals
from coachdesk.reminders.answer_views import later_words
from coachdesk.web import Page, Room, house_zone, now, page_number, reader_zone, reading, today, who
from coachdesk.web.filters import short, translated

if TYPE_CHECKING:
    from uuid import UUID

room = Room("desk", __name__)
import_views.furnish(room)
timeline_views.furnish(room)
_NOON, _EVENING = 12, 17
_LATEST = 4
_LIVING = (GoalStatus.ACTIVE, GoalStatus.DREAM, GoalStatus.PAUSED)


@room.get("/today", action=Action.DESK_TODAY, endpoint="today")
def show_today() -> str:
    """Show who to reach first and why, and what is coming up."""
    page = service.open_today(db.session, who(), zone=house_zone(), reader=reader_zone(), now=now(), today=today())
    reading(page.people_shown())
    local = now().astimezone(house_zone())
    part = "morning" if local.hour < _NOON else ("afternoon" if local.hour < _EVENING else "evening")
    return render_template(
        "desk/today.html", page=page, day=today(), part=part, first=who().name.split()[0], choices=later_words()
    )


@room.get("/people", action=Action.CLIENTS_FIND)
def people() -> str:
    """List my people, or find somebody."""
    text, order = request.args.get("q", "").strip()[:100], request.args.get("order", "name")
    whose = request.args.get("whose", "mine" if who().role is Role.COACH else "all")
    ids = {row.id for row in clients.search_people(db.session, who(), text)} if text else None
    lines = service.list_lines(db.session, who(), today=today(), order=order, ids=ids, own=whose == "mine" and not text)
    number = page_number()
    page = Page(lines[(number - 1) * 50 : number * 50], number, len(lines))
    reading(
        [line.client_id for line in page.rows],
        Event.PEOPLE_SEARCHED if text else Event.PEOPLE_LISTED,
        detail={"order": order if order in service.ORDERS else "name", "found": len(lines)},
    )
    waiting = taking.count_waiting(db.session, who())
    return render_template(
        "desk/people.html", page=page, text=text, order=order, whose=whose, today_is=today(), waiting=waiting
    )


@room.get("/more", action=Action.DESK_TODAY)
def more() -> str:
    """Show what has no place of its own on the phone's bar."""
    return render_template("desk/more.html")


@room.get("/people/<uuid:client_id>", action=Action.DESK_RECORD)
def record(client_id: UUID) -> str:
    """Show a person's goals and what has happened lately."""
    header = _open(client_id)
    line = timeline.read_line(
        db.session, who(), client_id, name=header.called, zone=house_zone(), today=today(), most=_LATEST, weather=8
    )
    weather = line.weather
    due, ahead = records.list_due(header, who().id, zone=house_zone(), now=now(), today=today())
    return render_template(
        "desk/record.html",
        header=header,
        tab="overview",
        due=due,
        ahead=ahead,
        choices=later_words(),
        line=line,
        weather=weather,
        weather_rows=[(short(on), value, translated(word)) for on, value, word in weather],
        goals=goals.list_goals(db.session, who(), client_id),
        referrals=referrals.list_referrals(db.session, who(), client_id=client_id, open_only=True),
    )


@room.get("/people/<uuid:client_id>/goals", action=Action.DESK_RECORD, endpoint="goals")
def show_goals(client_id: UUID) -> str:
    """Show all goals of a person."""
    header = _open(client_id)
    return render_template(
        "desk/goals.html", header=header, tab="goals", goals=goals.list_goals(db.session, who(), client_id)
    )


@room.get("/people/<uuid:client_id>/about", action=Action.DESK_RECORD)
def about(client_id: UUID) -> str:
    """Show what matters to a person: the life they want, strengths, who helps, what was agreed, days to mark."""
    header = _open(client_id)
    written = {kind: row for kind, row in cards_of.list_cards(db.session, who(), client_id).items() if row.words}
    strengths = written.get(CardKind.STRENGTHS)
    return render_template(
        "desk/about.html",
        header=header,
        tab="about",
        cards={kind.value: written.get(kind) for kind in CardKind},
        strengths=lines_of(strengths.words) if strengths else [],
        supporters=items.list_items(db.session, who(), client_id, Item.SUPPORTER),
        touches=TOUCH_TOLD,
        milestones=items.list_items(db.session, who(), client_id, Item.MILESTONE),
        today_is=today(),
    )


@room.get("/people/<uuid:client_id>/sheet", action=Action.DESK_RECORD)
def sheet(client_id: UUID) -> str:
    """Show one page to print: goals and next steps, what was agreed, when you meet, who helps, how to reach them."""
    header = records.open_header(
        db.session, who(), client_id, zone=house_zone(), reader=reader_zone(), now=now(), today=today(), worries=False
    )
    reading([client_id], Event.RECORD_PRINTED)
    living = [goal for goal in goals.list_goals(db.session, who(), client_id) if goal.status in _LIVING]
    return render_template(
        "desk/sheet.html",
        header=header,
        goals=living,
        ways=ways.list_working(header.person, items.list_items(db.session, who(), client_id, Item.POINT)),
        supporters=items.list_items(db.session, who(), client_id, Item.SUPPORTER),
        touches=TOUCH_TOLD,
        today_is=today(),
    )


@room.get("/people/<uuid:client_id>/referrals", action=Action.DESK_RECORD, endpoint="referrals")
def show_referrals(client_id: UUID) -> str:
    """Show all referrals of a person."""
    header = _open(client_id)
    return render_template(
        "desk/referrals.html",
        header=header,
        tab="referrals",
        referrals=referrals.list_referrals(db.session, who(), client_id=client_id),
    )


@room.get("/people/<uuid:client_id>/details", action=Action.DESK_RECORD)
def details(client_id: UUID) -> str:
    """Show a person's details: full name, how to reach them, how often you speak."""
    header = _open(client_id)
    return render_template(
        "desk/details.html",
        header=header,
        tab="details",
        ways=ways.list_ways(header.person, items.list_items(db.session, who(), client_id, Item.POINT)),
        same=ways.list_same(likeness.list_links(db.session, who(), client_id)),
        account=accounts.find_account_of(db.session, client_id),
    )


def _open(client_id: UUID) -> Any:
    header = records.open_header(
        db.session, who(), client_id, zone=house_zone(), reader=reader_zone(), now=now(), today=today()
    )
    reading([client_id])
    return header
