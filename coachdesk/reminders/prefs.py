"""How one reader wants to be told: at which hour, on which days, by what, in one message a day or each by itself. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachdesk.clock import moment_of
from coachdesk.notify.messages import Channel

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

USUAL_HOUR = dt.time(8)
QUIET_FROM, QUIET_UNTIL = dt.time(21), dt.time(7)
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Prefs:
    """A reader's choices; hours are wall-clock in their own zone, days count from Monday, 0."""

    hour: dt.time = USUAL_HOUR
    """The hour of the day's one message, and from which something without an hour of its own is told."""
    days: frozenset[int] = EVERY_DAY
    channels: frozenset[Channel] = frozenset({Channel.EMAIL})
    """What leaves the building; in the app everybody is told."""
    each: bool = False
    """Each thing by a message of its own, as it falls due, instead of one a day."""
    quiet_from: dt.time = QUIET_FROM
    quiet_until: dt.time = QUIET_UNTIL
    """Nothing but worries about safety leaves the building between these two; the same hour twice means never quiet."""
    phone: str = ""

    def quiet_end(self, now: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """Return the moment in UTC at which the quiet that reigns now ends, or none where it does not reign."""
        begins, ends = self.quiet_from, self.quiet_until
        local = now.astimezone(zone)
        hour, day = local.time(), local.date()
        over_night = begins > ends
        reigns = (hour >= begins or hour < ends) if over_night else begins <= hour < ends
        if not reigns:
            return None
        return moment_of(day + dt.timedelta(days=1) if over_night and hour >= begins else day, ends, zone)


USUAL = Prefs()
