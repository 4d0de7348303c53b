"""Giving a person to another coach in one step, the pack for the new one, and who is away and who looks after whom."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action, Earlier
from coachdesk.accounts import leaving
from coachdesk.accounts import service as accounts
from coachdesk.clients import assigning, restricting
from coachdesk.clients import service as clients
from coachdesk.clients.naming import called, shown
from coachdesk.db import db
from coachdesk.referrals.rules import status_words
from coachdesk.supervision import pack
from coachdesk.supervision.forms import AwayForm, HandOverForm
from coachdesk.web import act_now, house_zone, now, reading, save, tell, today, who
from coachdesk.words import say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.access import HandOver
    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add these pages to the room of supervision."""
    room.get("/people/<uuid:client_id>/hand-over", action=Action.CLIENTS_HAND_OVER)(hand_over)
    room.post("/people/<uuid:client_id>/hand-over", action=Action.CLIENTS_HAND_OVER)(give)
    room.post("/people/<uuid:client_id>/hand-over/earlier", action=Action.CLIENTS_HAND_OVER)(open_earlier)
    undo = "/people/<uuid:client_id>/hand-over/<uuid:given_id>/earlier/undo"
    room.post(undo, action=Action.CLIENTS_HAND_OVER)(close_earlier)
    room.get("/people/<uuid:client_id>/pack", action=Action.DESK_RECORD, endpoint="pack")(show_pack)
    room.get("/team/away", action=Action.TEAM_AWAY)(away)
    room.post("/team/away", action=Action.TEAM_AWAY)(set_away)
    room.post("/team/away/<uuid:away_id>/ending", action=Action.TEAM_AWAY)(end_away)


# ---- handing over -------------------------------------------------------------------------------------------------


def hand_over(client_id: UUID) -> str:
    """Show what the new coach will find, and the form that gives the person to them."""
    return _hand_page(_hand_form(HandOverForm(formdata=None), client_id), client_id)


def give(client_id: UUID) -> ResponseReturnValue:
    """Give a person to another coach."""
    clients.find_person(db.session, who().everyday, client_id)
    form = _hand_form(HandOverForm(), client_id)

    def done(made: Any) -> Any:
        coach = accounts.find_user(db.session, made.coach_id)
        response = tell(
            redirect(url_for("desk.record", client_id=client_id)),
            say("%(name)s walks with them from now on, and finds the pack on the record.", name=coach.name),
        )
        words = assigning.warn_load(db.session, who(), coach.id)
        return tell(response, words, "info") if words else response

    return save(
        form,
        lambda: assigning.assign(
            db.session,
            who(),
            client_id,
            uuid.UUID(form.coach_id.data),
            earlier=Earlier(form.earlier.data),
            words=form.words.data,
            now=now(),
            today=today(),
        ),
        done=done,
        page=lambda: _hand_page(form, client_id),
    )


def open_earlier(client_id: UUID) -> ResponseReturnValue:
    """Let the coach of now, whom the page named, read what was written before they came."""
    back = url_for("supervision.hand_over", client_id=client_id)

    def done(row: HandOver) -> Any:
        name = accounts.find_user(db.session, row.to_coach_id).first_name
        said = say("%(name)s reads from now on what was written before.", name=name)
        undo = url_for("supervision.close_earlier", client_id=client_id, given_id=row.id)
        return tell(redirect(back), said, undo=undo)

    return act_now(
        lambda: assigning.open_earlier(db.session, who(), client_id, _hand_over_id(), now=now()), done, back=back
    )


def close_earlier(client_id: UUID, given_id: UUID) -> ResponseReturnValue:
    """Take it back: the coach of now reads again only what is written since they came."""
    back = url_for("supervision.hand_over", client_id=client_id)

    def done(row: HandOver) -> Any:
        name = accounts.find_user(db.session, row.to_coach_id).first_name
        said = say("%(name)s reads again what is written since they came, and nothing from before.", name=name)
        return tell(redirect(back), said)

    return act_now(lambda: assigning.close_earlier(db.session, who(), client_id, given_id, now=now()), done, back=back)


def _hand_over_id() -> uuid.UUID | None:
    """Return which hand-over the page spoke of; nothing where it is not said, or no id."""
    try:
        return uuid.UUID(request.form.get("hand_over", ""))
    except ValueError:
        return None


def _hand_form(form: HandOverForm, client_id: UUID) -> HandOverForm:
    """Offer the coaches of the supervisor's teams with their load; nobody is chosen beforehand."""
    coach = assigning.find_coach(db.session, who().everyday, client_id)
    kept = restricting.map_kept(db.session, client_id)
    team = [user for user in accounts.list_coaches(db.session, who()) if user.id not in kept]
    loads = assigning.map_loads(db.session, [user.id for user in team])
    form.coach_id.choices = [
        ("", _("Choose a coach")),
        *(
            (str(user.id), _("%(name)s (%(n)s of %(most)s people)", name=user.name, n=loads.get(user.id, 0),
                             most=user.most_people))
            for user in team
            if not (coach and coach.id == user.id)
        ),
    ]  # fmt: skip
    return form


def _hand_page(form: HandOverForm, client_id: UUID) -> str:
    person = clients.find_person(db.session, who().everyday, client_id)
    coach = assigning.find_coach(db.session, who().everyday, client_id)
    came = assigning.find_hand_over(db.session, who().everyday, client_id)
    is_writing, is_worried = pack.is_writing(db.session, coach, client_id) if coach else (False, False)
    reading([client_id])
    return render_template(
        "supervision/hand_over.html",
        bound_by=came if came and came.earlier is Earlier.FROM_TODAY and came.to_coach_id != who().id else None,
        form=form,
        person=person,
        name=shown(person),
        called=called(person),
        coach=coach,
        is_writing=is_writing,
        is_worried=is_worried,
    )


def show_pack(client_id: UUID) -> str:
    """Show the pack, to be read or printed by whoever walks with the person now."""
    found = pack.open_pack(db.session, who(), client_id, today=today())
    reading([client_id])
    person = found.known.person
    return render_template(
        "supervision/pack.html", pack=found, person=person, name=shown(person), called=called(person),
        status_words=status_words,
    )  # fmt: skip


# ---- who is away --------------------------------------------------------------------------------------------------


def away() -> str:
    """Show who is away, and the form that writes it down; with a leave that has no cover in it where one is asked for."""
    asked = request.args.get("leave", "")
    found = [one.row for one in leaving.list_away(db.session, who(), now=now()) if str(one.row.id) == asked]
    kept = {name: getattr(row, name) for row in found for name in ("from_on", "until_on")}
    form = AwayForm(formdata=None, data={**kept, "user_id": str(found[0].user_id) if found else ""})
    return _away_page(_away_form(form))


def set_away() -> ResponseReturnValue:
    """Write down who is away, and who looks after their people."""
    form = _away_form(AwayForm())
    typed: Any = form

    def done(made: Any) -> Any:
        name = accounts.find_user(db.session, made.user_id).first_name
        if made.cover_id is None:
            said = say("%(name)s is away until %(weekday)s. Nobody looks after their people yet.", name=name,
                       weekday=made.until_on)  # fmt: skip
        else:
            said = say("%(cover)s looks after %(name)s’s people until %(weekday)s.", name=name,
                       cover=accounts.find_user(db.session, made.cover_id).first_name,
                       weekday=made.until_on)  # fmt: skip
        return tell(redirect(url_for("supervision.away")), said, undo=url_for("supervision.end_away", away_id=made.id))

    return save(
        form,
        lambda: leaving.set_away(
            db.session,
            who(),
            uuid.UUID(form.user_id.data),
            cover_id=uuid.UUID(form.cover_id.data) if form.cover_id.data else None,
            from_on=typed.from_on.data,
            until_on=typed.until_on.data,
            zone=house_zone(),
            now=now(),
            today=today(),
        ),
        done=done,
        page=lambda: _away_page(form),
    )


def end_away(away_id: UUID) -> ResponseReturnValue:
    """Say that somebody is back."""
    back = url_for("supervision.away")
    return act_now(
        lambda: leaving.end_away(db.session, who(), away_id, now=now()),
        lambda row: tell(
            redirect(back),
            say("%(name)s is here again.", name=accounts.find_user(db.session, row.user_id).first_name),
        ),
        back=back,
    )


def _away_form(form: AwayForm) -> AwayForm:
    team = [(str(user.id), user.name) for user in accounts.list_coaches(db.session, who())]
    form.user_id.choices = [("", _("Choose somebody")), *team]
    form.cover_id.choices = [("", _("Nobody yet")), *team]
    return form


def _away_page(form: AwayForm) -> str:
    return render_template("supervision/away.html", form=form, rows=leaving.list_away(db.session, who(), now=now()))
