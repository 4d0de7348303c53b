"""Ways of telling: the gateways for text messages and chat, each with a trial, a switch, and an address for answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.admin.forms import TrialForm, WayForm
from coachdesk.db import db
from coachdesk.notify.apprising import TO, Gateway
from coachdesk.organisation import ways
from coachdesk.reminders.prefs import normal_number
from coachdesk.web import act_now, house, now, save, tell, who
from coachdesk.web.filters import translated
from coachdesk.words import Refused, mark, say

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

    from coachdesk.notify import Problem
    from coachdesk.organisation.models import OutsideWay
    from coachdesk.web import Room

TRIAL = mark("This is a trial from CoachDesk. There is nothing to do.")
_WENT = mark("The gateway took it. Look whether it arrived.")
_NOT_WENT = mark("It did not go: %(why)s. Compare the address with the examples, or ask whoever runs the gateway.")
_NOT_TO_THEM = mark("It did not go: %(why)s. Try another number or name.")


def furnish(room: Room) -> None:
    """Add the ways of telling to the administrators' room."""
    room.get("/admin/settings/ways", action=Action.ADMIN_SETTINGS, endpoint="ways")(list_all)
    room.get("/admin/settings/ways/new", action=Action.ADMIN_SETTINGS)(new_way)
    room.post("/admin/settings/ways/new", action=Action.ADMIN_SETTINGS, fresh=True)(add_way)
    room.get("/admin/ways/<uuid:way_id>", action=Action.ADMIN_SETTINGS)(way)
    room.post("/admin/ways/<uuid:way_id>/trial", action=Action.ADMIN_SETTINGS, fresh=True)(try_way)
    room.post("/admin/ways/<uuid:way_id>/switch", action=Action.ADMIN_SETTINGS)(switch_way)
    room.post("/admin/ways/<uuid:way_id>/answers", action=Action.ADMIN_SETTINGS, fresh=True)(make_answer_path)
    room.post("/admin/ways/<uuid:way_id>/removal", action=Action.ADMIN_SETTINGS)(remove_way)


def list_all() -> str:
    """Show every way out of the house."""
    found = ways.list_ways(db.session, who())
    return render_template("admin/ways.html", ways=found)


def new_way() -> str:
    """Show the form for a gateway, with examples."""
    return render_template("admin/way_new.html", form=WayForm(formdata=None))


def add_way() -> ResponseReturnValue:
    """Add a gateway."""
    form, inside = WayForm(), house().settings.gateways_inside
    return save(
        form,
        lambda: ways.add_way(db.session, who(), **form.typed(), now=now(), here=current_app.testing, inside=inside),
        done=lambda row: tell(_way(row.id), say("%(label)s is added. Try it before you rely on it.", label=row.label)),
        page=lambda: render_template("admin/way_new.html", form=form),
    )


def way(way_id: UUID) -> str:
    """Show a gateway; its address is not shown."""
    return _page(way_id, TrialForm(formdata=None))


def _page(way_id: UUID, form: TrialForm) -> str:
    found = ways.find_way(db.session, who(), way_id)
    return render_template("admin/way.html", way=found, form=form, asks_to=TO in found.url)


def try_way(way_id: UUID) -> ResponseReturnValue:
    """Send one neutral line and say what the gateway answered."""
    form, found = TrialForm(), ways.find_way(db.session, who(), way_id)
    try:
        to = _trial_to(found, form)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(translated(refusal.sentence), "to")
        return _page(way_id, form), 422
    gateway = Gateway(found.url, house().settings.base_url, house().settings.gateways_inside)
    ways.begin_try(db.session, who(), way_id, now=now())
    db.session.commit()  # nothing slow happens inside a transaction
    problem = gateway.say(to, str(_(TRIAL)))
    return act_now(
        lambda: ways.note_try(db.session, who(), way_id, went=problem is None, now=now()),
        lambda _row: _answered(way_id, problem),
        back=url_for("admin.way", way_id=way_id),
    )


def _trial_to(found: OutsideWay, form: TrialForm) -> str:
    if TO not in found.url:
        return ""
    if not form.to.data:
        raise Refused(mark("Write a number or a name to try it with."))
    return normal_number(form.to.data) if found.kind == "text" else str(form.to.data)


def _answered(way_id: UUID, problem: Problem | None) -> Response:
    if problem is None:
        return tell(_way(way_id), _(_WENT))
    words = _NOT_TO_THEM if problem.of_address else _NOT_WENT
    return tell(_way(way_id), say(words, why=problem.sentence), "care")


def switch_way(way_id: UUID) -> ResponseReturnValue:
    """Switch a gateway on or off."""
    on = request.form.get("on") == "yes"
    said = "%(label)s is switched on." if on else "%(label)s is switched off. Nothing leaves by it."
    return act_now(
        lambda: ways.switch_way(db.session, who(), way_id, on=on, now=now()),
        lambda row: tell(_way(way_id), say(said, label=row.label)),
        back=url_for("admin.way", way_id=way_id),
    )


def make_answer_path(way_id: UUID) -> ResponseReturnValue:
    """Make the address to which a gateway hands on what people answer; it is shown once."""
    return act_now(
        lambda: ways.make_answer_path(db.session, who(), way_id, now=now()),
        lambda path: tell(
            _way(way_id),
            _("Give this address to the gateway, for answers to your texts. It is shown only now."),
            "info",
            link=f"{house().settings.base_url}{path}",
        ),
        back=url_for("admin.way", way_id=way_id),
    )


def remove_way(way_id: UUID) -> ResponseReturnValue:
    """Remove a gateway."""
    return act_now(
        lambda: ways.remove_way(db.session, who(), way_id, now=now()),
        lambda label: tell(redirect(url_for("admin.ways")), say("%(label)s is removed.", label=label)),
        back=url_for("admin.ways"),
    )


def _way(way_id: UUID) -> Response:
    return redirect(url_for("admin.way", way_id=way_id))
