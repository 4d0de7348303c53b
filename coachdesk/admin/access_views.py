"""Who can see what: a person's coaches and restrictions, records opened in an emergency, everybody at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action, GlassOutcome
from coachdesk.access.kinds import EARLIER_WORDS, OUTCOME_WORDS, REASON_WORDS, RESTRICTION_WORDS
from coachdesk.accounts import service as accounts
from coachdesk.admin import overview, service
from coachdesk.admin.forms import GlassReviewForm
from coachdesk.audit import Event
from coachdesk.clients import glass_reviews, restricting
from coachdesk.clients.forms import RestrictionForm
from coachdesk.clients.reading import as_restriction, offer_staff
from coachdesk.db import db
from coachdesk.web import act_now, house_zone, now, reading, save, tell, today, who
from coachdesk.words import say

if TYPE_CHECKING:
    import uuid

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add these pages to the administrators' room."""
    room.get("/admin/people/<uuid:client_id>", action=Action.ADMIN_ASSIGN)(person)
    room.post("/admin/people/<uuid:client_id>/restrictions", action=Action.ADMIN_RESTRICT)(restrict)
    room.post("/admin/restrictions/<uuid:restriction_id>/ending", action=Action.ADMIN_RESTRICT)(end_restriction)
    room.get("/admin/break-glass", action=Action.ADMIN_REVIEW_GLASS)(looks)
    room.get("/admin/break-glass/<uuid:look_id>", action=Action.ADMIN_REVIEW_GLASS)(look)
    room.post("/admin/break-glass/<uuid:look_id>", action=Action.ADMIN_REVIEW_GLASS)(review_look)
    room.get("/admin/access", action=Action.ADMIN_ACCESS)(access)


# ---- one person ---------------------------------------------------------------------------------------------------


def person(client_id: uuid.UUID) -> str:
    """Show a person's name, coaches, restrictions and who opened their record in an emergency; no story."""
    return _person_page(_restriction_form(), client_id)


def restrict(client_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a member of staff from seeing a person."""
    form = _restriction_form()
    return save(
        form,
        lambda: restricting.restrict(db.session, who(), client_id, **as_restriction(form), now=now()),
        done=lambda row: tell(
            redirect(url_for("admin.person", client_id=client_id)),
            say(
                "%(name)s does not see this person from now on.", name=accounts.find_user(db.session, row.user_id).name
            ),
        ),
        page=lambda: _person_page(form, client_id),
    )


def end_restriction(restriction_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody see a person again."""
    return act_now(
        lambda: restricting.end_restriction(db.session, who(), restriction_id, now=now()),
        lambda row: tell(
            redirect(url_for("admin.person", client_id=row.client_id)),
            say(
                "%(name)s may see this person again, where they walk with them or look after their coach.",
                name=accounts.find_user(db.session, row.user_id).name,
            ),
        ),
        back=url_for("admin.people"),
    )


def _restriction_form() -> RestrictionForm:
    return offer_staff(RestrictionForm(), restricting.list_staff(db.session, who()))


def _person_page(form: RestrictionForm, client_id: uuid.UUID) -> str:
    row = service.find_person_row(db.session, who(), client_id)
    reading([client_id], Event.RIGHTS_READ)
    return render_template(
        "admin/person.html",
        row=row,
        form=form,
        periods=overview.list_periods(db.session, who(), client_id),
        restrictions=restricting.list_restrictions(db.session, who(), client_id),
        looks=glass_reviews.list_looks(db.session, who(), client_id=client_id),
        kinds=RESTRICTION_WORDS,
        reasons=REASON_WORDS,
        outcomes=OUTCOME_WORDS,
        earlier=EARLIER_WORDS,
    )


# ---- records opened in an emergency -------------------------------------------------------------------------------


def looks() -> str:
    """List the records that were opened in an emergency: those that wait for a review, then the others."""
    waiting = glass_reviews.list_looks(db.session, who(), waiting=True)
    done = glass_reviews.list_looks(db.session, who(), waiting=False)
    shown = {row.row.client_id for row in [*waiting, *done]}
    reading(shown, Event.PEOPLE_LISTED, detail={"list": "break-glass"})
    return render_template(
        "admin/looks.html",
        waiting=[(row, overview.due_on(row.row.opened_at, house_zone())) for row in waiting],
        done=done,
        now=now(),
        day=today(),
        reasons=REASON_WORDS,
        outcomes=OUTCOME_WORDS,
    )


def look(look_id: uuid.UUID) -> str:
    """Show one of them: who, whose, why, when, and the form for the review."""
    return _look_page(GlassReviewForm(formdata=None), look_id)


def review_look(look_id: uuid.UUID) -> ResponseReturnValue:
    """Say what was found."""
    glass_reviews.find_look(db.session, who(), look_id)
    form = GlassReviewForm()
    return save(
        form,
        lambda: glass_reviews.review_look(
            db.session, who(), look_id, outcome=GlassOutcome(form.outcome.data), words=form.words.data, now=now()
        ),
        done=lambda _row: tell(redirect(url_for("admin.looks")), _("Thank you. Your review is kept.")),
        page=lambda: _look_page(form, look_id),
    )


def _look_page(form: GlassReviewForm, look_id: uuid.UUID) -> str:
    found = glass_reviews.find_look(db.session, who(), look_id)
    reading([found.row.client_id], Event.GLASS_READ, subject=found.row)
    return render_template(
        "admin/look.html",
        form=form,
        look=found,
        due_on=overview.due_on(found.row.opened_at, house_zone()),
        now=now(),
        is_own=found.row.user_id == who().id,
        reasons=REASON_WORDS,
        outcomes=OUTCOME_WORDS,
    )


# ---- everybody at a glance ----------------------------------------------------------------------------------------


def access() -> str:
    """Show who can see whom today, and why: of all staff, or of one team."""
    chosen = request.args.get("team", "")
    page = overview.open_access(db.session, who(), team=chosen, now=now())
    reading(page.people_shown(), Event.PEOPLE_LISTED, detail={"list": "access"})
    return render_template("admin/access.html", page=page, chosen=chosen, day=today(), at=now(), names=_role_words())


def _role_words() -> dict[str, Any]:
    return {"coach": _("Recovery coach"), "supervisor": _("Supervisor"), "administrator": _("Administrator")}
