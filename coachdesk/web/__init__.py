"""The web: the gate every request passes, rooms' blueprints, forms, and how an act is saved and told."""

from coachdesk.web.flashing import flashed, tell
from coachdesk.web.house import House, by_script, house, house_zone, is_signed_in, now, reader_zone, today, who
from coachdesk.web.paging import Page, page_number
from coachdesk.web.reads import reading
from coachdesk.web.room import Room
from coachdesk.web.saving import act_now, is_used, save

__all__ = [
    "House",
    "Page",
    "Room",
    "act_now",
    "by_script",
    "flashed",
    "house",
    "house_zone",
    "is_signed_in",
    "is_used",
    "now",
    "page_number",
    "reader_zone",
    "reading",
    "save",
    "tell",
    "today",
    "who",
]
