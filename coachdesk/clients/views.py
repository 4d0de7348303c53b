"""Adding a person, changing their details, inviting them to their own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action, Role
from coachdesk.access.kinds import RESTRICTION_WORDS
from coachdesk.accounts import service as accounts
from coachdesk.audit import Event
from coachdesk.clients import (
    about_views,
    assigning,
    course_views,
    inviting,
    item_views,
    likeness,
    link_views,
    restricting,
    service,
    taking_views,
)
from coachdesk.clients.forms import PersonEditForm, PersonForm, RestrictionForm
from coachdesk.clients.naming import initials_of, shown, tone_of
from coachdesk.clients.reading import as_person, as_restriction, offer_staff
from coachdesk.clients.rules import LANGUAGES
from coachdesk.db import db
from coachdesk.organisation.rules import zones
from coachdesk.web import Room, act_now, house, is_used, now, reading, save, tell, today, who
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

room = Room("clients", __name__)
course_views.furnish(room)
about_views.furnish(room)
item_views.furnish(room)
link_views.furnish(room)
taking_views.furnish(room)


@room.get("/people/new", action=Action.CLIENTS_ADD)
def new_person() -> str:
    """Show the form for a new person."""
    return _new_page(_person_form())


@room.post("/people/new", action=Action.CLIENTS_ADD)
def add_person() -> ResponseReturnValue:
    """Add a person; a coach is assigned to them, a supervisor picks a coach of the team."""
    form = _person_form()
    form.also = (lambda: _refuse_alike(form),)
    return save(
        form,
        lambda: service.add_person(
            db.session, who(), **as_person(form), coach_id=_coach_id(form), now=now(), today=today()
        ),
        done=lambda person: _warned(
            tell(
                redirect(url_for("desk.record", client_id=person.id)),
                say("%(name)s is here. Log a check-in or set a first goal together.", name=shown(person)),
            ),
            _coach_id(form),
        ),
        page=lambda: _new_page(form),
    )


def _warned(response: Any, coach_id: UUID) -> Any:
    words = assigning.warn_load(db.session, who(), coach_id)
    return tell(response, words, "info") if words else response


def _person_form() -> PersonForm:
    form = PersonForm()
    coaches = accounts.list_coaches(db.session, who())
    form.coach_id.choices = [(str(user.id), user.name) for user in coaches]
    if who().role is Role.COACH or (request.method == "GET" and not form.coach_id.data):
        form.coach_id.data = str(who().id)
    return form


def _coach_id(form: PersonForm) -> UUID:
    chosen = {str(user.id): user.id for user in accounts.list_coaches(db.session, who())}
    found: UUID = chosen[form.coach_id.data]
    return found


def _refuse_alike(form: Any, person: Any = None) -> None:
    """Ask whether it is somebody else, together with all that is to be said; a form sent twice is not its own twin."""
    if not form.different.data and not is_used(str(form.form_key.data)):
        likeness.refuse_alike(db.session, who(), form.typed(), person)


def _like(form: Any, person: Any = None) -> list[Any]:
    """Return the people a form's person may be, where it asks; their names are read as any other's."""
    if not (form.different.errors or form.different.data):
        return []
    found = likeness.list_alike_typed(db.session, who(), form.typed(), person)
    if found:
        reading([row.id for row in found], Event.PEOPLE_SEARCHED, detail={"found": len(found)})
    return [{"id": row.id, "name": shown(row), "mark": (initials_of(row), tone_of(row))} for row in found]


def _new_page(form: PersonForm) -> str:
    return render_template("clients/new.html", form=form, zones=zones(), languages=LANGUAGES, like=_like(form))


@room.post("/people/<uuid:client_id>/number-works", action=Action.CLIENTS_EDIT)
def number_works(client_id: UUID) -> ResponseReturnValue:
    """Say that a number which did not work works after all."""
    back = url_for("desk.record", client_id=client_id)
    return act_now(
        lambda: service.number_works(db.session, who(), client_id, now=now()),
        lambda _person: tell(redirect(back), _("It is offered again.")),
        back=back,
    )


@room.get("/people/<uuid:client_id>/edit", action=Action.CLIENTS_EDIT)
def edit_person(client_id: UUID) -> str:
    """Show the form over a person's details."""
    # Where a link to their own page goes outlives an hour in an emergency.
    return _edit_page(_form_over(client_id, email=service.sees_everyday(db.session, who(), client_id)), client_id)


def _form_over(client_id: UUID, *, email: bool) -> PersonEditForm:
    form = PersonEditForm(formdata=None, obj=service.find_person(db.session, who(), client_id))
    if not email:
        del form.email
    return form


@room.post("/people/<uuid:client_id>/edit", action=Action.CLIENTS_EDIT)
def change_person(client_id: UUID) -> ResponseReturnValue:
    """Change a person's details."""
    person = service.find_person(db.session, who(), client_id)
    form = PersonEditForm()
    if not (email := "email" in request.form):
        del form.email
    form.also = (lambda: _refuse_alike(form, person),)

    def newest() -> PersonEditForm:
        row = _form_over(client_id, email=email)
        row.different.data = form.different.data  # an answer to the form, nothing that stands in the row
        return row

    form.newest = newest
    return save(
        form,
        lambda: service.edit_person(db.session, who(), client_id, **as_person(form), now=now(), today=today()),
        done=lambda person: tell(redirect(url_for("desk.details", client_id=person.id)), _("Details saved.")),
        page=lambda: _edit_page(form, client_id),
    )


def _edit_page(form: PersonEditForm, client_id: UUID) -> str:
    person = service.find_person(db.session, who(), client_id)
    reading([client_id])
    return render_template(
        "clients/edit.html",
        form=form,
        person=person,
        name=shown(person),
        zones=zones(),
        languages=LANGUAGES,
        like=_like(form, person),
    )


@room.post("/people/<uuid:client_id>/invitation", action=Action.CLIENTS_INVITE)
def invite_person(client_id: UUID) -> ResponseReturnValue:
    """Invite a person to their own page: the link is mailed where they agreed to that, or shown once."""
    back = url_for("desk.details", client_id=client_id)
    mailed = house().mail_is_set_up

    def done(invited: inviting.Invited) -> Any:
        if invited.is_mailed:
            return tell(redirect(back), say("An invitation is on its way to %(name)s.", name=invited.name))
        link = f"{house().settings.base_url}{invited.path}"
        words = _("No mail is set up, so hand this link over yourself. It is shown only now.")
        if mailed:
            words = _("You have not agreed on e-mail, so hand this link over yourself. It is shown only now.")
        return tell(redirect(back), words, "info", link=link)

    return act_now(
        lambda: inviting.invite_person(db.session, who(), client_id, mailed=mailed, now=now()), done, back=back
    )


@room.get("/people/<uuid:client_id>/restrictions", action=Action.CLIENTS_RESTRICT)
def restrictions(client_id: UUID) -> str:
    """Show who may not see a person, and the form that keeps somebody from it."""
    return _restrictions_page(_restriction_form(), client_id)


@room.post("/people/<uuid:client_id>/restrictions", action=Action.CLIENTS_RESTRICT)
def restrict(client_id: UUID) -> ResponseReturnValue:
    """Keep a member of staff from seeing a person; whoever does it to themself is led away from the record."""
    service.find_person(db.session, who().everyday, client_id)
    form = _restriction_form()
    return save(
        form,
        lambda: restricting.restrict(db.session, who(), client_id, **as_restriction(form), now=now()),
        done=lambda row: tell(
            redirect(
                url_for("desk.people")
                if row.user_id == who().id
                else url_for("clients.restrictions", client_id=client_id)
            ),
            say(
                "%(name)s does not see this person from now on.", name=accounts.find_user(db.session, row.user_id).name
            ),
        ),
        page=lambda: _restrictions_page(form, client_id),
    )


@room.post("/restrictions/<uuid:restriction_id>/ending", action=Action.CLIENTS_RESTRICT)
def end_restriction(restriction_id: UUID) -> ResponseReturnValue:
    """Let somebody see a person again."""
    return act_now(
        lambda: restricting.end_restriction(db.session, who(), restriction_id, now=now()),
        lambda row: tell(
            redirect(url_for("clients.restrictions", client_id=row.client_id)),
            say(
                "%(name)s may see this person again, where they walk with them or look after their coach.",
                name=accounts.find_user(db.session, row.user_id).name,
            ),
        ),
        back=url_for("desk.people"),
    )


def _restriction_form() -> RestrictionForm:
    return offer_staff(RestrictionForm(), restricting.list_staff(db.session, who()))


def _restrictions_page(form: RestrictionForm, client_id: UUID) -> str:
    person = service.find_person(db.session, who().everyday, client_id)
    reading([client_id])
    return render_template(
        "clients/restrictions.html",
        form=form,
        person=person,
        name=shown(person),
        rows=restricting.list_restrictions(db.session, who(), client_id),
        kinds=RESTRICTION_WORDS,
    )
