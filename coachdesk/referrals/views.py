"""Referrals: making one, saying where it stands, and all of mine that are open."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import service as accounts
from coachdesk.audit import Event
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, dialled, shown, shown_map, spoken_of
from coachdesk.db import db
from coachdesk.referrals import service
from coachdesk.referrals.forms import MoveForm, ReferralForm
from coachdesk.referrals.rules import (
    CLOSE_WORDS,
    CONFIRMED_WORDS,
    STATUS_PILLS,
    Agreed,
    CloseReason,
    ConfirmedBy,
    Status,
    next_moves,
    status_words,
    waiting_words,
)
from coachdesk.resources import service as resources
from coachdesk.resources.rules import NEED_WORDS, Need
from coachdesk.web import Room, act_now, now, reading, save, tell, today, who
from coachdesk.web.filters import translated
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

room = Room("referrals", __name__)
OWN_WORDS = "own"
MOST_LIKE = 6


@room.app_template_global()
def referral_pill(referral: Any, name: str) -> tuple[str, str, str]:
    """Return the words, kind and picture of a referral's pill."""
    words = status_words(referral.status, name, referral.appointment_on)
    return translated(words), *STATUS_PILLS[referral.status]


@room.get("/referrals", action=Action.REFERRALS_LIST)
def list_all() -> str:
    """List the open referrals of my people, those whose clock ran out first; or those of one status."""
    status = request.args.get("status", "")
    chosen = Status(status) if status in {key.value for key in Status} else None
    rows = service.list_referrals(db.session, who().everyday, status=chosen, open_only=chosen is None)
    people = clients.list_people(db.session, who().everyday, ids=[row.client_id for row in rows])
    names = shown_map(people)
    reading(list(names), Event.PEOPLE_LISTED, detail={"list": "referrals", "status": status if chosen else "open"})
    return render_template(
        "referrals/list.html",
        rows=rows,
        names=names,
        called={person.id: called(person) for person in people},
        day=today(),
        status=status,
        statuses={key.value: translated(status_words(key, _("They"))) for key in Status},
    )


@room.get("/people/<uuid:client_id>/referrals/new", action=Action.REFERRALS_MAKE)
def new_referral(client_id: UUID) -> str:
    """Show the form for a referral."""
    return _new_page(ReferralForm(formdata=None), client_id)


@room.post("/people/<uuid:client_id>/referrals/new", action=Action.REFERRALS_MAKE)
def make_referral(client_id: UUID) -> ResponseReturnValue:
    """Make a referral; what was typed is matched with the directory."""
    person = clients.find_person(db.session, who(), client_id)
    form = ReferralForm()
    _offer_agreed(form, called(person))
    named = _offer_like(form)
    form.also = (lambda: _refuse_unsure(form),)

    def act() -> Any:
        found = named
        if form.service_id.data and form.service_id.data != OWN_WORDS:
            found = resources.find_service(db.session, who(), uuid.UUID(form.service_id.data))
        need = Need(form.need.data) if form.need.data else (found.need if found else Need.OTHER)
        return service.make_referral(
            db.session,
            who(),
            client_id,
            service_id=found.id if found else None,
            service_name=found.name if found else form.service.data,
            need=need,
            agreed=Agreed(form.agreed.data),
            said_yes=form.said_yes.data,
            note=form.note.data,
            now=now(),
            today=today(),
        )

    def done(row: Any) -> Any:
        response = redirect(url_for("desk.record", client_id=client_id))
        if row.status is Status.DRAFT:
            return tell(response, _("Saved as an idea, not sent. Ask for a yes when the time is right."))
        return tell(
            response,
            say("Referral saved. You are reminded on %(weekday)s.", weekday=row.clock_on)
            if row.clock_on
            else _("Referral saved."),
        )

    return save(form, act, done=done, page=lambda: _new_page(form, client_id))


def _offer_agreed(form: ReferralForm, name: str) -> None:
    form.agreed.choices = [
        (Agreed.COACH_CALLS.value, _("I will make the call")),
        (Agreed.PERSON_CALLS.value, _("%(name)s will call", name=name)),
        (Agreed.TOGETHER.value, _("We call together")),
    ]


def _offer_like(form: ReferralForm) -> Any:
    """Return the service that was named; where none was, offer those that fit what was typed."""
    typed = (form.service.data or "").strip()
    named = resources.match_service(db.session, who(), typed) if typed else None
    like = resources.list_services(db.session, who(), text=typed)[:MOST_LIKE] if typed and not named else []
    own = [(OWN_WORDS, _("None of these: “%(text)s”", text=typed))] if like else []
    form.service_id.choices = [(str(row.id), row.name) for row in like] + own
    if not like:  # what was picked before belonged to other words
        form.service_id.data = None
    return named


def _refuse_unsure(form: ReferralForm) -> None:
    if form.service_id.choices and not form.service_id.data:
        raise Refused(mark("Choose one of these services, or keep your own words."), "service_id")


def _new_page(form: ReferralForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who(), client_id)
    _offer_agreed(form, called(person))
    form.service_id.choices = form.service_id.choices or []
    reading([client_id])
    return render_template(
        "referrals/new.html",
        form=form,
        person=person,
        name=shown(person),
        called=called(person),
        his=spoken_of(person)[2],
        services=service.most_used_first(db.session, who(), resources.list_services(db.session, who())),
        needs=NEED_WORDS,
    )


@room.get("/referrals/<uuid:referral_id>", action=Action.REFERRALS_MAKE)
def show_referral(referral_id: UUID) -> str:
    """Show where a referral stands, how it came there, and what can come next."""
    row = service.find_referral(db.session, who(), referral_id)
    return _page(_form_over(row), referral_id)


def _form_over(row: Any) -> MoveForm:
    return MoveForm(formdata=None, data={"version": row.version})


@room.post("/referrals/<uuid:referral_id>", action=Action.REFERRALS_MAKE)
def move(referral_id: UUID) -> ResponseReturnValue:
    """Say where a referral stands now."""
    service.find_referral(db.session, who(), referral_id)
    form = MoveForm()
    form.to.choices = [(status.value, "") for status in Status]  # what may follow is the verb's to say
    form.newest = lambda: _form_over(service.find_referral(db.session, who(), referral_id))
    return save(
        form,
        lambda: service.move_referral(db.session, who(), referral_id, **_typed(form), now=now(), today=today()),
        done=lambda moved: tell(
            redirect(url_for("referrals.show_referral", referral_id=referral_id)),
            say("Saved. You are reminded on %(weekday)s.", weekday=moved.clock_on) if moved.clock_on else _("Saved."),
        ),
        page=lambda: _page(form, referral_id),
    )


def _typed(form: MoveForm) -> dict[str, Any]:
    typed = form.typed()
    return {
        **typed,
        "to": Status(typed["to"]),
        "reason": CloseReason(typed["reason"]) if typed["reason"] else None,
        "confirmed_by": ConfirmedBy(typed["confirmed_by"]) if typed["confirmed_by"] else None,
    }


def _offer_moves(form: MoveForm, row: Any, name: str) -> None:
    form.to.choices = [(status.value, translated(status_words(status, name))) for status in next_moves(row.status)]


def _page(form: MoveForm, referral_id: UUID) -> str:
    row = service.find_referral(db.session, who(), referral_id)
    person = clients.find_person(db.session, who(), row.client_id)
    _offer_moves(form, row, called(person))
    moves = service.list_moves(db.session, who(), referral_id=referral_id)
    said = service.find_yes(db.session, who(), referral_id)
    users = accounts.list_users(db.session, [*(m.moved_by for m, _name in moves), *([said.heard_by] if said else [])])
    listed = resources.find_service(db.session, who(), row.service_id) if row.service_id else None
    reading([row.client_id], subject=row)
    waits = translated(waiting_words(row.status, row.service_name, called(person))) if row.clock_on else ""
    return render_template(
        "referrals/show.html",
        form=form,
        referral=row,
        person=person,
        name=shown(person),
        called=called(person),
        his=spoken_of(person)[2],
        moves=moves,
        said=said,
        taken_back=None if said else service.find_taken_back(db.session, who(), referral_id),
        users=users,
        listed=listed,
        words=status_words,
        phone=dialled(listed.phone) if listed else "",
        needs=NEED_WORDS,
        close_words=CLOSE_WORDS,
        confirmed_words=CONFIRMED_WORDS,
        waits=waits,
        day=today(),
    )


@room.post("/referrals/<uuid:referral_id>/yes/withdrawal", action=Action.REFERRALS_MAKE)
def withdraw_yes(referral_id: UUID) -> ResponseReturnValue:
    """Take the person's yes back."""
    back = url_for("referrals.show_referral", referral_id=referral_id)
    return act_now(
        lambda: service.withdraw_yes(db.session, who(), referral_id, now=now(), today=today()),
        lambda _row: tell(redirect(back), _("The yes is taken back. Nothing more is shared.")),
        back=back,
    )
