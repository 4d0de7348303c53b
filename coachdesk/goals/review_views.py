"""The review conversation: one question a page, made to be read out together; answers lie in a draft until saved."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown
from coachdesk.db import db
from coachdesk.drafts import service as drafts
from coachdesk.goals import reviewing, service
from coachdesk.goals.forms import ReviewForm
from coachdesk.goals.rules import MATTERS_WORDS, GoalStatus, Matters, smaller_step_hint
from coachdesk.web import now, reading, save, tell, today, who
from coachdesk.web.filters import short, translated
from coachdesk.words import say

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room

DRAFT = ReviewForm.kept_as
PAGES: dict[str, tuple[str, ...]] = {
    "1": ("gone_well",),
    "2": ("in_the_way",),
    "3": ("matters",),
    "feel": ("importance", "confidence", "progress", "why_not_lower", "one_up"),
    "4": ("next_step",),
    "5": ("step_due_on", "who_helps", "next_review_on"),
    "6": (),
}
NEXT = {"1": "2", "2": "3", "3": "4", "feel": "4", "4": "5", "5": "6"}
BEFORE = {"2": "1", "3": "2", "feel": "3", "4": "3", "5": "4", "6": "5"}
_QUESTIONS = {
    "gone_well": _l("What has gone well?"),
    "in_the_way": _l("What got in the way?"),
    "matters": _l("Does it still matter?"),
    "importance": _l("Importance"),
    "confidence": _l("Confidence"),
    "progress": _l("How near it feels"),
    "why_not_lower": _l("Why not a lower number?"),
    "one_up": _l("What would move it up one?"),
    "next_step": _l("Next step"),
    "step_due_on": _l("By when"),
    "who_helps": _l("Who helps"),
    "next_review_on": _l("Look at it again"),
}


def furnish(room: Room) -> None:
    """Add the pages of a review to the goals' room."""
    room.get("/goals/<uuid:goal_id>/reviews/new", action=Action.GOALS_REVIEW)(review)
    room.post("/goals/<uuid:goal_id>/reviews/new", action=Action.GOALS_REVIEW)(answer)
    room.get("/goal-reviews/<uuid:review_id>", action=Action.GOALS_REVIEW)(show_review)


def show_review(review_id: uuid.UUID) -> str:
    """Show a review as it was answered."""
    row, goal = reviewing.find_review(db.session, who(), review_id)
    person = clients.find_person(db.session, who(), row.client_id)
    reading([row.client_id], subject=row)
    answers = [(words, _answered(getattr(row, name, None)), "", "") for name, words in _QUESTIONS.items()]
    return render_template(
        "goals/reviewed.html",
        goal=goal,
        review=row,
        person=person,
        name=shown(person),
        by=accounts.find_user(db.session, row.reviewed_by).name,
        rows=[answer for answer in answers if answer[1]],
    )


def _answered(value: Any) -> str:
    if isinstance(value, Matters):
        return translated(MATTERS_WORDS[value])
    if isinstance(value, dt.date):
        return short(value)
    return "" if value is None else str(value)


def review(goal_id: uuid.UUID) -> ResponseReturnValue:
    """Show one question, with what was answered so far; nothing answered, there is nothing to check."""
    goal = service.find_goal(db.session, who(), goal_id)
    question = request.args.get("question", "1")
    if question == "6" and drafts.find_draft(db.session, who(), DRAFT, goal_id) is None:
        return redirect(url_for("desk.goals", client_id=goal.client_id))
    return _page(goal, question if question in PAGES else "1", _answers(goal_id))


def answer(goal_id: uuid.UUID) -> ResponseReturnValue:
    """Keep an answer and show the next question; the last page saves the review."""
    goal = service.find_goal(db.session, who(), goal_id)
    question = request.args.get("question", "1")
    if question == "6":
        return _save(goal)
    drafts.hold_author(db.session, who())  # the answers of two pages that are sent at once are all kept
    form = _answers(goal_id, request.form)
    names = PAGES.get(question, ())
    if not form.validate() and any(form[name].errors for name in names):
        return _page(goal, question, form), 422
    if question == "3" and not form.matters.data:
        form.refuse(_("Choose one answer. “Not now” is fine too."), "matters")
        return _page(goal, question, form), 422
    _keep(goal, form)
    db.session.commit()
    ahead = "feel" if "feel" in request.form else request.form.get("to") or NEXT.get(question, "6")
    return redirect(url_for("goals.review", goal_id=goal_id, question=ahead if ahead in PAGES else "6"), 303)


def _answers(goal_id: uuid.UUID, typed: Any = None) -> ReviewForm:
    """Return the form with the draft's answers, and over them what was typed on this page."""
    draft = drafts.find_draft(db.session, who(), DRAFT, goal_id)
    fields = MultiDict(draft.fields if draft else {})
    for name in typed or ():
        fields.setlist(name, typed.getlist(name))
    return ReviewForm(formdata=fields)


def _keep(goal: Any, form: ReviewForm) -> None:
    fields: dict[str, list[str]] = {}
    for name in _QUESTIONS:
        field = form[name]
        if hasattr(field, "parts"):
            fields |= {f"{name}-{part}": [text] for part, text in field.parts.items()}
        elif field.data is not None:
            fields[name] = [str(field.data)]
    drafts.save_draft(
        db.session,
        who(),
        goal.client_id,
        form=DRAFT,
        subject_id=goal.id,
        fields=fields,
        path=url_for("goals.review", goal_id=goal.id, question="6"),
        now=now(),
        adds=True,
    )


def _save(goal: Any) -> ResponseReturnValue:
    answers, form = _answers(goal.id), ReviewForm()

    def act() -> Any:
        drafts.clear_draft(db.session, who(), DRAFT, goal.id)  # what a page before this one kept
        return reviewing.review_goal(db.session, who(), goal.id, **_typed(answers), now=now(), today=today())

    def done(row: Any) -> Any:
        if row.matters is Matters.CHANGE:
            return tell(
                redirect(url_for("goals.edit_goal", goal_id=goal.id)), _("Review saved. Now change the goal together.")
            )
        response = redirect(url_for("desk.goals", client_id=row.client_id))
        if row.matters is Matters.NOT_NOW:
            return tell(response, _("Resting. You can pick it up any time."))
        return tell(
            response,
            say("Review saved. You look at it again on %(weekday)s.", weekday=row.next_review_on)
            if row.next_review_on
            else _("Review saved."),
        )

    def page() -> str:
        said = [*form.form_errors, *(sentence for name in _QUESTIONS for sentence in form[name].errors)]
        for name, question in _QUESTIONS.items():
            # The boxes are on other pages: the sentence names its question, and its Change link leads there.
            said += [f"{question}: {sentence}" for sentence in answers[name].errors]
            answers[name].errors = []
        answers.form_errors.extend(said)
        return _page(goal, "6", answers)

    # A draft is kept as it is typed, whatever is in it: all of it is checked here.
    if [name for name in _QUESTIONS if not answers[name].validate(answers)]:
        return page(), 422
    return save(form, act, done=done, page=page)


def _typed(form: ReviewForm) -> dict[str, Any]:
    typed = form.typed()
    typed["matters"] = next((one for one in Matters if one == typed["matters"]), None)
    for name in ("importance", "confidence", "progress"):
        typed[name] = int(typed[name]) if (typed[name] or "").isdecimal() else None
    return typed


def _page(goal: Any, question: str, form: ReviewForm) -> str:
    person = clients.find_person(db.session, who(), goal.client_id)
    reading([goal.client_id])
    numbers = _typed(form)
    hint = smaller_step_hint(numbers["importance"], numbers["confidence"])
    return render_template(
        "goals/review.html",
        goal=goal,
        form=form,
        question=question,
        before=BEFORE.get(question),
        person=person,
        name=shown(person),
        called=called(person),
        rows=_rows(form, goal) if question == "6" else [],
        hint=translated(hint) if hint else "",
        rests=form.matters.data == Matters.NOT_NOW.value,
        is_resting=goal.status is GoalStatus.PAUSED,
    )


def _rows(form: ReviewForm, goal: Any) -> list[tuple[Any, str, str, Any]]:
    pages = {name: page for page, names in PAGES.items() for name in names}
    rows = []
    for name, words in _QUESTIONS.items():
        text = _written(form, name)
        if text or name in ("gone_well", "in_the_way", "matters", "next_step"):
            rows.append(
                (
                    words,
                    text or _("Nothing written"),
                    url_for("goals.review", goal_id=goal.id, question=pages[name]),
                    words,
                )
            )
    return rows


def _written(form: ReviewForm, name: str) -> str:
    data = form[name].data
    if data is None or data == "":
        return ""
    if name == "matters":
        return translated(MATTERS_WORDS.get(data, ""))
    return short(data) if hasattr(form[name], "parts") else str(data)
