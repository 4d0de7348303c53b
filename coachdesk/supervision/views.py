"""The supervisor's pages: the team board, what waits, one check-in at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action, GlassReason
from coachdesk.audit import Event
from coachdesk.checkins import details, reviewing
from coachdesk.checkins import service as checkins
from coachdesk.checkins.rules import REASON_WORDS
from coachdesk.clients import breaking
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown
from coachdesk.db import db
from coachdesk.reminders.answer_views import later_words
from coachdesk.supervision import handing_views, service, told_views, wish_views
from coachdesk.supervision.forms import GlassForm, WordForm
from coachdesk.visits.rules import CHANNEL_WORDS
from coachdesk.web import Room, act_now, house_zone, now, reading, save, tell, today, who
from coachdesk.words import mark, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.accounts.models import User

room = Room("supervision", __name__)
handing_views.furnish(room)
told_views.furnish(room)
wish_views.furnish(room)


@room.get("/team", action=Action.TEAM_BOARD)
def board() -> str:
    """Show the team's week."""
    page = service.open_board(db.session, who(), zone=house_zone(), now=now(), today=today())
    reading(page.people_shown())
    return render_template(
        "supervision/board.html", page=page, day=today(), channels=CHANNEL_WORDS, choices=later_words()
    )


@room.get("/team/reviews", action=Action.CHECKINS_REVIEW)
def queue() -> str:
    """Show what waits for a word: who and when, never what was written."""
    waiting = service.list_queue(db.session, who())
    reading({row.client_id for row in waiting}, Event.PEOPLE_LISTED, detail={"list": "reviews"})
    return render_template(
        "supervision/queue.html",
        waiting=waiting,
        channels=CHANNEL_WORDS,
        reasons=REASON_WORDS,
    )


@room.get("/team/reviews/<uuid:review_id>", action=Action.CHECKINS_REVIEW)
def review(review_id: UUID) -> str:
    """Show one check-in to be signed off."""
    return _page(WordForm(formdata=None), review_id)


@room.post("/team/reviews/<uuid:review_id>", action=Action.CHECKINS_REVIEW)
def sign_off(review_id: UUID) -> ResponseReturnValue:
    """Sign a check-in off and show the next."""
    form = WordForm()
    return save(
        form,
        lambda: reviewing.sign_off(
            db.session, who(), review_id, text=form.text.data, phrases=form.phrases.data, now=now()
        ),
        done=lambda _row: tell(_next(), _("Signed off.")),
        page=lambda: _page(form, review_id),
    )


@room.post("/team/reviews/<uuid:review_id>/talk", action=Action.CHECKINS_REVIEW)
def talk(review_id: UUID) -> ResponseReturnValue:
    """Ask to talk about a check-in together."""
    form = WordForm()

    def done(asked: tuple[User, bool]) -> Any:
        author, sees = asked
        if sees:
            return tell(_next(), say("%(name)s sees on Today that you would like to talk.", name=author.first_name))
        alone = mark("Your word is kept. %(name)s does not see this person here any more, so please ask them yourself.")
        return tell(_next(), say(alone, name=author.first_name))

    return save(
        form,
        lambda: service.ask_to_talk(
            db.session, who(), review_id, text=form.text.data, phrases=form.phrases.data, now=now(), today=today()
        ),
        done=done,
        page=lambda: _page(form, review_id),
    )


def _next() -> Any:
    waiting = [row for row, _entry in reviewing.list_waiting(db.session, who()) if row.outcome is None]
    if not waiting:
        return redirect(url_for("supervision.queue"))
    return redirect(url_for("supervision.review", review_id=waiting[0].id))


def _page(form: WordForm, review_id: UUID) -> str:
    row, entry, waiting = reviewing.find_in_queue(db.session, who(), review_id)
    person = clients.find_person(db.session, who(), row.client_id)
    author, author_sees = service.find_author(db.session, row)
    reading([row.client_id], Event.CHECKIN_READ, subject=entry)
    return render_template(
        "supervision/review.html",
        form=form,
        review=row,
        entry=entry,
        person=person,
        name=shown(person),
        coach=author,
        coach_sees=author_sees,
        channel=CHANNEL_WORDS[entry.channel],
        reason=REASON_WORDS[row.reason],
        place=waiting.index(row.id) + 1 if row.id in waiting else 0,
        count=len(waiting),
        details=details.map_details(db.session, who(), row.client_id, checkin_id=entry.id).get(
            entry.id, details.NOTHING
        ),
        line=details.find_supervision_line(db.session, who(), entry.id),
        called=called(person),
        ticked=checkins.map_ticked(db.session, who(), row.client_id).get(entry.id, []),
        corrections=checkins.list_corrections(db.session, who(), row.client_id).get(entry.id, []),
    )


@room.post("/team/people/<uuid:client_id>/ask", action=Action.TEAM_ASK)
def ask_coach(client_id: UUID) -> ResponseReturnValue:
    """Ask a coach how things are with somebody."""
    back = url_for("supervision.board")
    return act_now(
        lambda: service.ask_coach(db.session, who(), client_id, now=now(), today=today()),
        lambda coach: tell(redirect(back), say("%(name)s sees on Today that you asked.", name=coach.first_name)),
        back=back,
    )


@room.get("/break-glass", action=Action.ACCESS_BREAK_GLASS)
def break_glass() -> str:
    """Show the form that opens one record in an emergency."""
    return _glass_page(GlassForm(formdata=None))


@room.post("/break-glass", action=Action.ACCESS_BREAK_GLASS, fresh=True)
def open_record() -> ResponseReturnValue:
    """Open one person's record for an hour; that somebody was looked for is written down, found or not."""
    form = GlassForm()

    def act() -> Any:
        reading([], Event.PEOPLE_SEARCHED, detail={"list": "break-glass"})
        typed = {**form.typed(), "reason": GlassReason(form.reason.data)}
        return breaking.open_record(db.session, who(), **typed, now=now())

    return save(
        form,
        act,
        done=lambda look: redirect(url_for("desk.record", client_id=look.client_id)),
        page=lambda: _glass_page(form),
    )


@room.post("/break-glass/<uuid:look_id>/closing", action=Action.ACCESS_BREAK_GLASS)
def close_record(look_id: UUID) -> ResponseReturnValue:
    """Close a record before its hour is over."""
    return act_now(
        lambda: breaking.close_record(db.session, who(), look_id, now=now()),
        lambda _look: tell(redirect(url_for("supervision.board")), _("The record is closed.")),
        back=url_for("supervision.board"),
    )


def _glass_page(form: GlassForm) -> str:
    return render_template("supervision/break_glass.html", form=form)
