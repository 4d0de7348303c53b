"""Logging a check-in or an attempt, taking it back, and reading one again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.audit import Event
from coachdesk.better_words import list_hints
from coachdesk.checkins import attempts, details, plans, reading, reviewing, service
from coachdesk.checkins.forms import TRIED, CheckInForm, CorrectionForm
from coachdesk.checkins.parts import KIND_WORDS, wants_words
from coachdesk.checkins.rules import AttemptOutcome, Used, ending, late_words, may_withdraw
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, initials_of, shown, spoken_of, tone_of
from coachdesk.clock import day_of
from coachdesk.db import db
from coachdesk.drafts.keeping import keep
from coachdesk.goals import service as goals
from coachdesk.goals.rules import GoalStatus, StepStatus
from coachdesk.organisation import choices
from coachdesk.safety import news, waiting
from coachdesk.visits import coming
from coachdesk.visits import service as visits
from coachdesk.visits.rules import CHANNEL_ICONS
from coachdesk.web import Room, act_now, health, house, house_zone, now, save, tell, today, who
from coachdesk.web import reading as declare_reading
from coachdesk.web.filters import translated
from coachdesk.words import mark, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.better_words import Hint
    from coachdesk.clients.models import Client
    from coachdesk.words import Sentence

room = Room("checkins", __name__)
_ICONS = {**{key.value: icon for key, icon in CHANNEL_ICONS.items() if key}, TRIED: "missed"}


@room.get("/check-ins/new", action=Action.CHECKINS_LOG)
def pick_person() -> str:
    """Choose with whom: the last five people spoken with, then everybody else of one's own."""
    people = clients.list_own_people(db.session, who())
    last = service.list_last_spoken(db.session, who())
    by_id = {person.id: person for person in people}
    recent = [by_id[key] for key in last if key in by_id]
    rest = [person for person in people if person not in recent]
    declare_reading([person.id for person in people], Event.PEOPLE_LISTED)
    return render_template("checkins/pick.html", recent=recent, rest=rest, naming=_naming)


def _naming(person: Any) -> tuple[str, str, str]:
    return shown(person), initials_of(person), tone_of(person)


@room.get("/people/<uuid:client_id>/check-ins/new", action=Action.CHECKINS_LOG)
def new_checkin(client_id: UUID) -> str:
    """Show the form, with the reader's draft in it where one was kept."""
    return _page(CheckInForm(formdata=None), client_id)


@room.post("/people/<uuid:client_id>/check-ins/draft", action=Action.CHECKINS_LOG)
def keep_draft(client_id: UUID) -> ResponseReturnValue:
    """Keep what is typed, but no words about a return to use that nobody has said they want written down."""
    unwanted = () if "wants_written" in request.form else ("return_to_use",)
    path = url_for("checkins.new_checkin", client_id=client_id)
    return keep(CheckInForm.kept_as, path, without=unwanted, said=_hinted(_COACHS_OWN))


_BETTER = mark("You wrote “%(wrote)s”. Many people prefer “%(better)s”.")


def _hinted(names: Iterable[str]) -> dict[str, list[str]]:
    """Return kinder words for what stands in these fields, as a script is told of them."""
    found = list_hints(request.form.get(name, "") for name in names)
    hints = [translated(say(_BETTER, wrote=one.wrote, better=one.better)) for one in found]
    return {"hints": hints} if hints else {}


@room.get("/people/<uuid:client_id>/attempts/new", action=Action.CHECKINS_LOG)
def new_attempt(client_id: UUID) -> str:
    """Show the same form with “Tried, no answer” chosen."""
    form = CheckInForm(formdata=None)
    form.how.data = TRIED
    if request.args.get("outcome", "") in set(AttemptOutcome):
        form.outcome.data = request.args["outcome"]
    return _page(form, client_id)


@room.post("/people/<uuid:client_id>/check-ins/new", action=Action.CHECKINS_LOG)
def log(client_id: UUID) -> ResponseReturnValue:
    """Save what was typed: a check-in, or an attempt that reached nobody."""
    form = CheckInForm()
    person = clients.find_person(db.session, who(), client_id)
    rhythm = person.rhythm_days
    _offer(form, person)
    form.also = reading.checks(form, rhythm, today(), ZoneInfo(person.zone) if person.zone else house_zone())
    return save(
        form,
        lambda: _log(form, client_id, rhythm),
        done=lambda logged: _logged(form, client_id, logged),
        page=lambda: _page(form, client_id),
    )


@room.post("/people/<uuid:client_id>/attempts/new", action=Action.CHECKINS_LOG)
def log_attempt(client_id: UUID) -> ResponseReturnValue:
    """Save the same form from its other address."""
    return log(client_id)


def _log(form: CheckInForm, client_id: UUID, rhythm: int) -> service.Logged:
    if reading.is_attempt(form):
        return attempts.log_attempt(
            db.session, who(), client_id, **reading.as_attempt(form, today()), now=now(), today=today()
        )
    typed = reading.as_checkin(form, rhythm, today())
    return service.log_checkin(db.session, who(), client_id, **typed, now=now(), today=today())


def _logged(form: CheckInForm, client_id: UUID, logged: service.Logged) -> Any:
    back = request.form.get("back") == "today"
    response = redirect(url_for("desk.today") if back else url_for("desk.record", client_id=client_id))
    if not reading.is_attempt(form) and _hints_for(logged.entry):
        onward = "today" if back else "record"
        response = redirect(url_for("checkins.show_checkin", checkin_id=logged.entry.id, words=onward))
    if reading.is_attempt(form):
        response = tell(
            response,
            _noted(client_id, logged.entry),
            undo=url_for("checkins.withdraw_attempt", attempt_id=logged.entry.id),
        )
    else:
        response = tell(
            response,
            say("Check-in saved. You speak next on %(weekday)s.", weekday=logged.visit.planned_on),
            undo=url_for("checkins.withdraw", checkin_id=logged.entry.id),
        )
    if not logged.concern and getattr(logged.entry, "help_now", False):
        response.location = url_for("safety.new_concern", client_id=client_id)
    if logged.concern:
        response.location = url_for("safety.tell_more", concern_id=logged.concern.id)
        late, mailed = health.find_stalled() is not None, house().mail_is_set_up
        response = tell(
            response, news.told_sentence(db.session, who(), logged.concern, late=late, mailed=mailed), "care"
        )
    return response


def _noted(client_id: UUID, entry: Any) -> Sentence:
    if entry.outcome is AttemptOutcome.ASKED_TO_STOP:
        return say(mark("Noted. They asked us to stop: talk with your supervisor before anybody tries again."))
    again = attempts.find_next_try(db.session, who(), client_id)
    if entry.outcome is AttemptOutcome.WRONG_NUMBER and entry.used:
        return say(_NO_ADDRESS if "@" in entry.used else _NO_NUMBER)
    plan = visits.find_next_visit(db.session, who(), client_id, after=today() - dt.timedelta(days=1))
    if plan is not None:
        return say(mark("Noted that you tried. You speak next on %(weekday)s, as planned."), weekday=plan.planned_on)
    return say(mark("Noted that you tried. Try again on %(weekday)s."), weekday=again.on) if again else say(_TRIED)


_TRIED = mark("Noted that you tried.")
_NO_NUMBER = mark("Noted that the number did not work. Put it right under Details when you know it.")
_NO_ADDRESS = mark("Noted that the e-mail address did not work. Put it right under Details when you know it.")
_COACHS_OWN = ("note", "highlights", "hard_spots", "strengths", "response", "needs")
"""What the coach wrote in their own words; what the person said of a return to use is not looked at."""


def _hints_for(written: Any) -> list[Hint]:
    """Return kinder words for what the coach wrote in a check-in."""
    return list_hints(getattr(written, name) for name in _COACHS_OWN)


_TOUCHED = (GoalStatus.ACTIVE, GoalStatus.DREAM, GoalStatus.PAUSED)


def _offer(form: CheckInForm, person: Client) -> tuple[dict[str, str], dict[str, str]]:
    """Give the form the choices of this person; return the small words of next contacts and of steps."""
    numbers = {Used.PHONE: person.phone, Used.EMAIL: person.email}
    form.used.choices = [(one.value, translated(ending(numbers[one]))) for one in attempts.reach_of(person).usable]
    found = [goal for goal in goals.list_goals(db.session, who(), person.id) if goal.status in _TOUCHED]
    form.goals.choices = [(str(goal.id), goal.words) for goal in found]
    _offer_lists(form, [goal for goal in found if goal.status is GoalStatus.ACTIVE])
    open_steps = [
        (str(step.id), step.words, goal.words)
        for goal in found
        for step in goal.steps
        if goal.status is GoalStatus.ACTIVE and step.status is StepStatus.TO_DO
    ]
    form.steps.choices = [(key, words) for key, words, _goal in open_steps]
    smalls = {key: goal for key, _words, goal in open_steps}
    planned_on = coming.find_repeating(db.session, who(), person.id, after=today())
    return reading.offer_next(form, person.rhythm_days, today(), planned_on), smalls


def _offer_lists(form: CheckInForm, now_goals: list[Any]) -> None:
    """Give the plans the goals whose next step they may become, and the form the organisation's own lists."""
    for row in form.plans:
        row.form.goal.choices = [("", _("No goal")), *((str(goal.id), goal.words) for goal in now_goals)]
    for kind, rows in choices.list_choices(db.session).items():
        form[kind.value].choices = [("", _("Not said")), *((str(row.id), row.words) for row in rows)]


def _page(form: CheckInForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who(), client_id)
    days, steps = _offer(form, person)
    form.steps.data = [value for value in form.steps.data if value in steps]
    form.goals.data = [value for value in form.goals.data if value in {key for key, _words in form.goals.choices}]
    he, him, his = spoken_of(person)
    declare_reading([client_id])
    return render_template(
        "checkins/new.html",
        form=form,
        person=person,
        name=shown(person),
        called=called(person),
        he=he,
        him=him,
        his=his,
        initials=initials_of(person),
        tone=tone_of(person),
        icons=_ICONS,
        days=days,
        step_goals=steps,
        told=news.will_be_told_sentences(db.session, who(), client_id, mailed=house().mail_is_set_up),
        no_message={} if person.may_voicemail else {AttemptOutcome.VOICEMAIL.value: _("No message was agreed")},
        wants=wants_words(person.pronouns, called(person)),
        planned=details.list_planned(db.session, who(), client_id),
        hints=list_hints(form[name].data for name in _COACHS_OWN) if form.draft and "words" not in request.args else [],
        back="today" if request.args.get("back") == "today" or request.form.get("back") == "today" else "",
    )


_TAKEN_BACK_BUT_WORRIED = mark(
    "The check-in is taken back. The worry about safety stays: whoever was told still sees it until somebody has it."
)


_STEP_STAYS = mark("A step that came of it was changed meanwhile and stays with its goal.")


@room.post("/check-ins/<uuid:checkin_id>/withdrawal", action=Action.CHECKINS_LOG)
def withdraw(checkin_id: UUID) -> ResponseReturnValue:
    """Take a check-in back, within ten minutes."""
    return act_now(
        lambda: service.withdraw_checkin(db.session, who(), checkin_id, now=now()),
        lambda entry: tell(redirect(url_for("desk.record", client_id=entry.client_id)), _taken_back(checkin_id)),
        back=url_for("desk.today"),
    )


def _taken_back(checkin_id: UUID) -> Sentence:
    """Say what became of a check-in that was taken back, and of all that came of it."""
    left = [say(_STEP_STAYS)] if plans.list_left(db.session, who(), checkin_id) else []
    if any(concern.source_id == checkin_id for concern in waiting.list_waiting(db.session, who())):
        return say(_TAKEN_BACK_BUT_WORRIED).followed_by(*left)
    if left:
        return say(mark("The check-in is taken back.")).followed_by(*left)
    return say(mark("The check-in is taken back. Everything is as it was before."))


@room.post("/attempts/<uuid:attempt_id>/withdrawal", action=Action.CHECKINS_LOG)
def withdraw_attempt(attempt_id: UUID) -> ResponseReturnValue:
    """Take a try back, within ten minutes."""
    return act_now(
        lambda: attempts.withdraw_attempt(db.session, who(), attempt_id, now=now()),
        lambda entry: tell(redirect(url_for("desk.record", client_id=entry.client_id)), _("The try is taken back.")),
        back=url_for("desk.today"),
    )


@room.get("/check-ins/<uuid:checkin_id>", action=Action.CHECKINS_LOG)
def show_checkin(checkin_id: UUID) -> str:
    """Show one check-in with its steps, corrections and its supervisor's word."""
    return _checkin_page(checkin_id, CorrectionForm(formdata=None))


@room.post("/check-ins/<uuid:checkin_id>/corrections/draft", action=Action.CHECKINS_LOG)
def keep_correction(checkin_id: UUID) -> ResponseReturnValue:
    """Keep what is typed to be added."""
    entry = service.find_checkin(db.session, who(), checkin_id)
    path = url_for("checkins.show_checkin", checkin_id=checkin_id)
    return keep(CorrectionForm.kept_as, path, about=entry.client_id, said=_hinted(("text",)))


@room.post("/check-ins/<uuid:checkin_id>/corrections", action=Action.CHECKINS_LOG)
def correct(checkin_id: UUID) -> ResponseReturnValue:
    """Add to a check-in."""
    form = CorrectionForm()

    def done(row: Any) -> Any:
        words = "added" if list_hints([row.text]) else None
        back = redirect(url_for("checkins.show_checkin", checkin_id=checkin_id, words=words))
        return tell(back, _("Added. The first text stays beside it."))

    return save(
        form,
        lambda: service.correct_checkin(db.session, who(), checkin_id, text=form.text.data, now=now()),
        done=done,
        page=lambda: _checkin_page(checkin_id, form),
    )


def _checkin_page(checkin_id: uuid.UUID, form: CorrectionForm) -> str:
    entry, person = service.find_with_person(db.session, who(), checkin_id)
    review = reviewing.map_reviews(db.session, who(), entry.client_id).get(entry.id)
    corrections = service.list_corrections(db.session, who(), entry.client_id).get(entry.id, [])
    by = accounts.list_users(
        db.session, [entry.coach_id, *(c.made_by for c in corrections), *([review.by] if review and review.by else [])]
    )
    declare_reading([entry.client_id], Event.CHECKIN_READ, subject=entry)
    return render_template(
        "checkins/show.html",
        form=form,
        entry=entry,
        person=person,
        name=shown(person),
        review=review,
        corrections=corrections,
        users=by,
        details=details.map_details(db.session, who(), entry.client_id, checkin_id=entry.id).get(
            entry.id, details.NOTHING
        ),
        line=details.find_supervision_line(db.session, who(), entry.id),
        late=late_words(entry.held_on, day_of(entry.signed_at, house_zone())),
        called=called(person),
        typed_hints=list_hints([form.text.data]) if form.draft and "words" not in request.args else [],
        hints=_own_hints(entry, corrections),
        onward=_onward(entry),
        kinds=KIND_WORDS,
        counted=_counted(entry),
        ticked=service.map_ticked(db.session, who(), entry.client_id).get(entry.id, []),
        may_undo=entry.coach_id == who().id and may_withdraw(entry.signed_at, now()),
    )


def _own_hints(entry: Any, corrections: list[Any]) -> list[Hint]:
    """Return kinder words for what the reader has just written themself: the entry, or the last they added to it."""
    asked = request.args.get("words")
    if asked == "added":
        own = [row.text for row in corrections if row.made_by == who().id]
        return list_hints(own[-1:])
    return _hints_for(entry) if asked in ("today", "record") and entry.coach_id == who().id else []


def _onward(entry: Any) -> str:
    """Return where keeping one's own words leads."""
    asked = request.args.get("words")
    if asked == "added":
        return url_for("checkins.show_checkin", checkin_id=entry.id)
    return url_for("desk.today") if asked == "today" else url_for("desk.record", client_id=entry.client_id)


def _counted(entry: Any) -> list[tuple[str, Any, str, str]]:
    """Return the rows of a summary of what a check-in counts for and who pays, without what was not said."""
    words = choices.map_choices(db.session, {key for key in (entry.counts_for_id, entry.paid_by_id) if key})
    rows = (
        (_("What it counts for"), words.get(entry.counts_for_id)),
        (_("Units"), entry.units),
        (_("Who pays"), words.get(entry.paid_by_id)),
    )
    return [(label, said, "", "") for label, said in rows if said]
