"""A worry's own page: what was said, the line of time, and what can be done about it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action, Role
from coachdesk.audit import Event
from coachdesk.clients.naming import called, shown
from coachdesk.clock import moment_of
from coachdesk.db import db
from coachdesk.organisation import choices
from coachdesk.safety import acting, finding, news, timeline
from coachdesk.safety.forms import EARLIER, ActionForm, CloseForm, HandForm
from coachdesk.safety.rules import DANGER_WORDS, DUTIES, KIND_WORDS, clock_words, duty_words, since_words
from coachdesk.web import act_now, house_zone, now, reading, save, tell, today, who
from coachdesk.web.filters import translated
from coachdesk.words import Refused, mark

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.safety.rules import ConcernKind
    from coachdesk.web import Room
    from coachdesk.words import Sentence


def furnish(room: Room) -> None:
    """Add a worry's own page, and what is done there, to the room."""
    at = "/concerns/<uuid:concern_id>"
    room.get(at, action=Action.SAFETY_READ)(show_concern)
    room.post(f"{at}/actions", action=Action.SAFETY_ACT)(add_action)
    room.post(f"{at}/handing-on", action=Action.SAFETY_ANSWER)(hand_on)
    room.post(f"{at}/closing", action=Action.SAFETY_CLOSE)(close)
    room.post(f"{at}/reopening", action=Action.SAFETY_CLOSE)(reopen)
    room.post("/concern-follow-ups/<uuid:followup_id>/done", action=Action.SAFETY_ACT)(follow_up)


def show_concern(concern_id: UUID) -> str:
    """Show a worry."""
    return _page(concern_id)


def add_action(concern_id: UUID) -> ResponseReturnValue:
    """Add what was done."""
    finding.find_concern(db.session, who(), concern_id)
    form = ActionForm()
    return save(
        form,
        lambda: acting.add_action(db.session, who(), concern_id, words=form.words.data, at=_moment(form), now=now()),
        done=lambda _row: tell(_to(concern_id), _("Added.")),
        page=lambda: _page(concern_id, action=form),
    )


def _moment(form: ActionForm) -> dt.datetime | None:
    if form.when.data != EARLIER:
        return None
    if form.hour.data is None:
        raise Refused(mark("Write the time, like 2:30 pm."), "hour")
    return moment_of(form.day.data or today(), form.hour.data, house_zone())


def hand_on(concern_id: UUID) -> ResponseReturnValue:
    """Hand a worry to another supervisor."""
    form = _hand_form(finding.find_concern(db.session, who().everyday, concern_id), HandForm())
    return save(
        form,
        lambda: acting.hand_on(db.session, who(), concern_id, to=_chosen(form), now=now()),
        done=lambda _row: tell(_to(concern_id), _("Handed on. It waits until they say “I have this”.")),
        page=lambda: _page(concern_id, hand=form),
    )


def _hand_form(concern: Any, form: HandForm) -> HandForm:
    others = [user for user in news.list_supervisors(db.session, concern) if user.id != who().id]
    form.to.choices = [("", _("Choose somebody")), *((str(user.id), user.name) for user in others)]
    return form


def _chosen(form: HandForm) -> UUID:
    return uuid.UUID(form.to.data)  # one of the choices, so it is an id


def close(concern_id: UUID) -> ResponseReturnValue:
    """Close a worry, with words."""
    finding.find_concern(db.session, who().everyday, concern_id)
    form = CloseForm()
    return save(
        form,
        lambda: acting.close_concern(db.session, who(), concern_id, ended=form.ended.data, now=now()),
        done=lambda _row: tell(
            _to(concern_id),
            _("Closed. Thank you for staying with it."),
            undo=url_for("safety.reopen", concern_id=concern_id),
        ),
        page=lambda: _page(concern_id, closing=form),
    )


def reopen(concern_id: UUID) -> ResponseReturnValue:
    """Undo closing."""
    back = url_for("safety.show_concern", concern_id=concern_id)
    return act_now(
        lambda: acting.reopen_concern(db.session, who(), concern_id, now=now()),
        lambda _row: tell(redirect(back), _("Open again. That it was closed stays in its story.")),
        back=back,
    )


def follow_up(followup_id: UUID) -> ResponseReturnValue:
    """Say that somebody looked after the person again."""
    return act_now(
        lambda: acting.follow_up(db.session, who(), followup_id, now=now()),
        lambda row: tell(_to(row.concern_id), _("Done. Write below how things are, if you like.")),
        back=url_for("desk.today"),
    )


def _page(
    concern_id: UUID,
    *,
    action: ActionForm | None = None,
    hand: HandForm | None = None,
    closing: CloseForm | None = None,
) -> str:
    concern, person = finding.find_with_person(db.session, who(), concern_id)
    answers = concern.closed_at is None and who().role is Role.SUPERVISOR
    reading([concern.client_id], Event.CONCERN_READ, subject=concern)
    story = timeline.open_story(db.session, who(), concern)
    return render_template(
        "safety/concern.html",
        concern=concern,
        person=person,
        name=shown(person),
        called=called(person),
        story=story,
        said=[(row, _rows(row)) for row in story.said],
        since=since_words(concern.raised_at.astimezone(house_zone()), today()),
        clock_said=clock_words(concern.due_at, now(), concern.due_at.astimezone(house_zone())),
        is_over=now() >= concern.due_at,
        follow_ups=story.follow_ups,
        day=today(),
        duties=_duties(story.said[0].kind) if story.said and concern.closed_at is None else [],
        may_answer=answers,
        form=next((form for form in (action, hand, closing) if form is not None), None),
        action=action or ActionForm(formdata=None),
        hand=hand or (_hand_form(concern, HandForm(formdata=None)) if answers else None),
        closing=closing or CloseForm(formdata=None),
    )


def _duties(kind: ConcernKind) -> list[Sentence]:
    return duty_words(DUTIES.get(kind, ()), choices.find_duties(db.session))


def _rows(row: Any) -> list[tuple[Any, Any, str, str]]:
    """Return what was said as rows of a summary, without what was left empty."""
    rows = (
        (_("What it is about"), translated(KIND_WORDS[row.kind])),
        (_("Danger then"), translated(DANGER_WORDS[row.danger])),
        (_("Where they were"), row.whereabouts),
        (_("Who was with them"), row.company),
        (_("What they wanted"), row.wishes),
        (_("Told to somebody outside"), row.told_outside),
        (_("On what ground"), row.ground),
    )
    return [(words, text, "", "") for words, text in rows if text]


def _to(concern_id: UUID) -> Any:
    return redirect(url_for("safety.show_concern", concern_id=concern_id))
