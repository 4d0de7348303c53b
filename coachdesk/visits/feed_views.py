"""One's own hours in the calendar on one's phone: the page that makes its address, and the address itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, redirect, render_template, url_for
from flask_babel import gettext as _

from coachdesk.access import Action
from coachdesk.accounts import guarding
from coachdesk.accounts.rules import Guess
from coachdesk.db import db, writing
from coachdesk.visits import feeding
from coachdesk.web import act_now, flashed, house, now, tell, who
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Give the room its routes about calendars."""
    room.get("/account/calendar", action=Action.CALENDAR_OWN)(calendar)
    room.post("/account/calendar", action=Action.CALENDAR_OWN, fresh=True)(make_calendar)
    room.post("/account/calendar/ending", action=Action.CALENDAR_OWN)(end_calendar)
    room.get("/calendar/<token>.ics", public=True)(fetch_calendar)


def calendar() -> str:
    """Show what the calendar shows, and its address once: right after it was made."""
    said = flashed()
    address = next((told.link for told in said if told.link), "")
    return render_template(
        "visits/calendar.html",
        feed=feeding.find_feed(db.session, who()),
        said=said,
        address=address,
        subscribe="webcal:" + address.partition(":")[2],
    )


def make_calendar() -> ResponseReturnValue:
    """Make an address; the one before is answered no more."""

    def done(path: str) -> Any:
        address = house().settings.base_url + path
        return tell(redirect(_page()), _("Your address is ready."), link=address)

    return act_now(lambda: feeding.make_feed(db.session, who(), now=now()), done, back=_page())


def end_calendar() -> ResponseReturnValue:
    """Turn the address off."""
    return act_now(
        lambda: feeding.end_feed(db.session, who(), now=now()),
        lambda _nothing: tell(redirect(_page()), _("Turned off. The address shows nothing any more.")),
        back=_page(),
    )


def _page() -> str:
    return url_for("visits.calendar")


def fetch_calendar(token: str) -> ResponseReturnValue:
    """Hand the calendar of an address out; whatever is not answered looks the same from outside."""
    asked = _asked(token)
    written = feeding.write_feed(db.session, asked, title=_(feeding.TITLE), word=_(feeding.WORD), now=now())
    db.session.rollback()  # what was read is let go before it is written down that it was
    with writing():
        feeding.note_fetched(db.session, asked, written, now=now())
        db.session.commit()
    return Response(written.text, content_type="text/calendar; charset=utf-8")


def _asked(token: str) -> feeding.Asked:
    """Find whose address this is. A calendar that goes on asking for an old one is nobody who guesses."""
    try:
        return feeding.find_by_token(db.session, token, now=now())
    except NotFound:
        if not feeding.was_given(db.session, token):
            guarding.a_try(Guess.LINK)
        raise
