"""What a look at some people finds: what can be told now, what later today, and what would be sent for it.

Planning writes it down, the dry run only shows it: both see by this.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from coachdesk.notify import Channel, Held, Message, Topic
from coachdesk.reminders import deciding, deriving, recalling
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.telling import has_own_mail, leaves_from, told_from
from coachdesk.reminders.ways import list_ways, write_message

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Collection, Iterator, Sequence

    from coachdesk.reminders.deriving import Reader
    from coachdesk.reminders.rules import Due
    from coachdesk.reminders.settings import Settings

IN_APP = frozenset({Rule.BY_HAND, Rule.HELP_ASKED, Rule.TALK_ASKED, Rule.VISIT_OFF, Rule.OUTREACH})
"""What has no number of its own on a page is told in the app; a check-in that waits stands in the queue."""


@dataclass(frozen=True)
class Telling:
    """Something that is or would be told: to whom, by what, of what, under which key."""

    reader: Reader
    channel: Channel
    dues: Sequence[Due]
    key: str
    at: dt.datetime | None = None
    """When it would leave, where that was reckoned."""
    held: Held | None = None
    """Why it leaves no sooner, or would not leave at all."""
    topic: Topic = Topic.REMINDERS
    is_to_person: bool = False
    """Its reader is a person with an account, whose name is nobody's business."""

    def message(self) -> Message:
        """Return the message it becomes. In the app it may say what it is about; outside it says that there is something."""
        if self.channel is Channel.IN_APP:
            due = self.dues[0]
            return Message(
                key=self.key,
                topic=Topic.REMINDERS,
                channel=self.channel,
                recipient_id=self.reader.id,
                client_id=due.client_id,
                text=str(due.why),
                path=f"/people/{due.client_id}",
            )
        return replace(write_message(self.reader, self.channel, self.key, things=len(self.dues)), not_before=self.at)


@dataclass(frozen=True)
class Look:
    """What is due today about some people, each with its reader and the moment from which it can be told."""

    readers: dict[uuid.UUID, Reader]
    settings: Settings
    dues: dict[str, Due] = field(default_factory=dict)
    told_from: dict[str, dt.datetime] = field(default_factory=dict)
    turns: dict[uuid.UUID, dt.datetime] = field(default_factory=dict)
    """When the clock alone changes what is due about somebody."""
    moved: dict[str, dt.datetime] = field(default_factory=dict)
    """Until when its reader moved something to later, come or not, by key; nothing that they answered."""

    def ready(self, now: dt.datetime) -> dict[str, Due]:
        """Return what can be told by a moment, by key."""
        return {key: due for key, due in self.dues.items() if self.told_from[key] <= now}

    def next_moments(self, now: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
        """Return for each person the first moment after this one at which something more can be told, or is due."""
        found = {key: at for key, at in self.turns.items() if at > now}
        for key, due in self.dues.items():
            for at in (self.told_from[key], self.moved.get(key, now)):
                if at > now:
                    found[due.client_id] = min(at, found.get(due.client_id, at))
        return found

    def again(self, now: dt.datetime) -> Iterator[Telling]:
        """Yield what is told by itself of what was moved to later and is back, once for each time it was moved."""
        for key, until in self.moved.items():
            if until <= now and key in self.dues:
                for telling in self.alone(self.dues[key], now):
                    yield replace(telling, key=f"{telling.key}:{until:%Y%m%d%H%M}")

    def alone(self, due: Due, now: dt.datetime) -> Iterator[Telling]:
        """Yield what an occurrence tells by itself: in the app, and outside where it has a message of its own, and when."""
        reader = self.readers[due.recipient]
        if due.rule in IN_APP:
            yield Telling(reader, Channel.IN_APP, [due], own_key(due.key, Channel.IN_APP))
        if has_own_mail(due, reader.prefs):
            at = max(now, leaves_from(due, now, reader.zone, reader.prefs))
            for channel in self.leaving(reader, due.rule):
                yield Telling(reader, channel, [due], own_key(due.key, channel), at)

    def together(self, reader: Reader, day: dt.date, dues: Collection[Due]) -> Iterator[Telling]:
        """Yield the day's one message, by each channel the reader wants and the rules allow; none of nothing."""
        for channel in list_ways(reader):
            allowed = [due for due in dues if channel in self.settings.channels_of(due.rule)]
            if allowed:
                yield Telling(reader, channel, allowed, digest_key(reader.id, day, channel))

    def leaving(self, reader: Reader, rule: Rule) -> list[Channel]:
        """Return by which channels a reader is told outside the app, as they and the organisation want it."""
        return [way for way in list_ways(reader) if way in self.settings.channels_of(rule)]


def look_at(session: Any, ids: Collection[uuid.UUID], *, now: dt.datetime) -> Look:
    """Look at some people: what is due about them today or since, told or not."""
    readers, by_reader, turns = deriving.gather_today(session, now=now, ids=ids)
    look = Look(readers, deciding.find_settings(session), turns=turns, moved=recalling.map_moved(session, ids))
    for reader_id, dues in by_reader.items():
        reader = readers[reader_id]
        for due in dues:
            look.dues[due.key] = due
            look.told_from[due.key] = told_from(due, reader.zone, reader.prefs)
    return look


def own_key(key: str, channel: Channel) -> str:
    """Return the key of the message that tells of one occurrence by one channel."""
    return f"{key}:{channel.value}"


def digest_key(reader_id: uuid.UUID, day: dt.date, channel: Channel) -> str:
    """Return the key of a reader's one message of a day by one channel."""
    key = f"digest:{reader_id.hex}:{day:%Y%m%d}"
    return key if channel is Channel.EMAIL else f"{key}:{channel.value}"
