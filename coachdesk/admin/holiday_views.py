"""The days on which the organisation is closed, as one page of its settings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for

from coachdesk.access import Action
from coachdesk.admin.reminding_forms import HolidayForm
from coachdesk.db import db
from coachdesk.organisation import holidays as closing
from coachdesk.web import act_now, now, save, tell, today, who
from coachdesk.words import NotFound, say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add the days closed to the administrators' room."""
    room.get("/admin/settings/holidays", action=Action.ADMIN_SETTINGS)(holidays)
    room.post("/admin/settings/holidays", action=Action.ADMIN_SETTINGS)(add_holiday)
    room.post("/admin/settings/holidays/<day>/ending", action=Action.ADMIN_SETTINGS)(remove_holiday)


def holidays() -> str:
    """Show the days closed that lie ahead, and a form for one more."""
    return _page(HolidayForm(formdata=None))


def add_holiday() -> ResponseReturnValue:
    """Close one more day."""
    form = HolidayForm()
    return save(
        form,
        lambda: closing.add_holiday(db.session, who(), **form.typed(), now=now(), today=today()),
        done=lambda one: tell(redirect(url_for("admin.holidays")), say("Closed on %(weekday)s.", weekday=one.on)),
        page=lambda: _page(form),
    )


def remove_holiday(day: str) -> ResponseReturnValue:
    """Open a day again."""
    back = url_for("admin.holidays")
    return act_now(
        lambda: closing.remove_holiday(db.session, who(), _day(day), now=now()),
        lambda one: tell(redirect(back), say("Open again on %(weekday)s.", weekday=one.on)),
        back=back,
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def _page(form: HolidayForm) -> str:
    days = [one for one in closing.list_holidays(db.session) if one.on >= today()]
    return render_template("admin/holidays.html", form=form, days=days)
