"""What a change of settings or choices was, from what to what, in words; the trail keeps numbers and words of lists alone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from coachdesk.notify.messages import Channel
from coachdesk.organisation.rules import RUNG_WORDS
from coachdesk.referrals.rules import Status
from coachdesk.reminders.explaining import CHANNEL_WORDS, CLOCK_WORDS, HEARER_WORDS, TITLES
from coachdesk.reminders.prefs import OffWhy
from coachdesk.reminders.settings import SHAPES, Unit, rule_named
from coachdesk.words import Sentence, mark, say, weekday

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from coachdesk.reminders.kinds import Rule

_OF_A_RULE = "reminder "
_ON, _OFF, _NONE, _CHANGED = mark("on"), mark("off"), mark("none"), mark("%(what)s: changed")
_AS_IT_WAS = mark("%(what)s: saved as it was")
_FROM_TO = mark("%(what)s: %(before)s → %(after)s")
_DAYS = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))
_UNITS: Mapping[Unit, str] = {Unit.CONTACTS: mark("contacts"), Unit.DAYS: mark("days"), Unit.WEEKS: mark("weeks")}
_HEARD, _BY, _DAYS_OF = mark("who hears it"), mark("by what"), mark("days of “%(where)s”")
_WHY: Mapping[str, str] = {
    OffWhy.FAILING.value: mark("Too many in a row did not arrive."),
    OffWhy.BY_LINK.value: mark("By the link in a mail."),
    OffWhy.BY_REPLY.value: mark("The number answered STOP."),
}


def _plain(value: Any) -> Sentence:
    return say(_NONE) if value in (None, "") else say("%(value)s", value=str(value))


def _switch(value: Any) -> Sentence:
    return say(_ON if value else _OFF)


def _each(value: Any) -> Sentence:
    return say(mark("each thing by itself") if value else mark("once a day, all together"))


def _hour(value: Any) -> Sentence:
    return say("%(hour)s", hour=dt.time.fromisoformat(value))


def _day(value: Any) -> Sentence:
    on = dt.date.fromisoformat(value)
    return say("%(value)s", value=f"{weekday(on)} {on.year}")


def _several(words: Mapping[str, str], value: Any) -> Sentence:
    """Return some words of a list, one after the other."""
    found = [say(words[one]) for one in value]
    places = ", ".join(f"%(word{number})s" for number in range(len(found)))
    return say(places, **{f"word{number}": word for number, word in enumerate(found)}) if found else say(_NONE)


def _steps(value: Any) -> Sentence:
    words = {act.value: text for act, text in RUNG_WORDS.items()}
    parts = {f"day{number}": str(int(day)) for number, (day, _act) in enumerate(value)}
    acts = {f"act{number}": say(words[act]) for number, (_day, act) in enumerate(value)}
    return say("; ".join(f"%(day{number})s %(act{number})s" for number in range(len(value))), **parts, **acts)


_HEARERS = {hearer.value: text for hearer, text in HEARER_WORDS.items()}
_CHANNELS = {channel.value: text for channel, text in CHANNEL_WORDS.items()} | {Channel.CHAT.value: mark("Chat")}
_WEEKDAYS = {str(number): name for number, name in enumerate(_DAYS)}
_KNOWN: Mapping[str, tuple[str, Callable[[Any], Sentence] | None]] = {
    "house.name": (mark("Name of the organisation"), None),
    "house.zone": (mark("Time zone"), _plain),
    "house.country": (mark("Country"), _plain),
    "house.exit_url": (mark("Where the exit leads"), None),
    "house.review_percent": (mark("Share of check-ins to review, in percent"), _plain),
    "house.danger_minutes": (mark("Minutes for a worry with danger now"), _plain),
    "house.worry_minutes": (mark("Minutes for any other worry"), _plain),
    "house.line_days": (mark("Days a crisis line counts as checked"), _plain),
    "house.ladder": (mark("The outreach ladder"), _steps),
    "holidays.closed": (mark("Closed"), lambda value: _day(value) if value else say(_NONE)),
    "way.text": (mark("A gateway for text messages"), _switch),
    "way.chat": (mark("A gateway for chat"), _switch),
    "channel.email": (mark("E-mail"), _switch),
    "channel.text": (mark("Text message"), _switch),
    "channel.chat": (mark("Chat"), _switch),
    "telling.channels": (mark("By what, beside the app"), lambda value: _several(_CHANNELS, value)),
    "telling.days": (mark("Days"), lambda value: _several(_WEEKDAYS, value)),
    "telling.each": (mark("How often"), _each),
    "telling.hour": (mark("Hour"), _hour),
    "telling.quiet_from": (mark("Quiet from"), _hour),
    "telling.quiet_until": (mark("Quiet until"), _hour),
    "telling.phone": (mark("Number for texts"), None),
    "telling.chat_name": (mark("Name in the chat"), None),
    "person.rhythm_days": (mark("Days between contacts"), _plain),
}
"""What a change may be about: what it is called, and how its values are read; none where only that it changed is kept."""


def change_words(details: Mapping[str, Any]) -> list[Sentence]:
    """Say what an entry changed, line by line; what this version does not know is left out."""
    found = []
    changes = details.get("changes", ())
    for change in changes:
        try:
            found.append(_words(*change))
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
    if "changes" in details and not changes:
        return [say(_AS_IT_WAS, what=say(TITLES[rule])) for rule in _rules(details.get("fields", ()))]
    why = _WHY.get(str(details.get("why")))
    return [*found, say(why)] if found and why else found


def fields_beside(fields: list[str], details: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that are not told by what changed in them."""
    told = {part for change in details.get("changes", ()) for part in str(change[0]).split(".")}
    if "changes" in details:
        told |= {_OF_A_RULE + rule.value for rule in _rules(fields)}
    return [name for name in fields if name not in told]


def _rules(fields: Iterable[str]) -> list[Rule]:
    named = (rule_named(name.removeprefix(_OF_A_RULE)) for name in fields if name.startswith(_OF_A_RULE))
    return [rule for rule in named if rule]


def _words(name: str, before: Any, after: Any) -> Sentence:
    what, read = _of_rule(*name.split(".")[1:]) if name.startswith("rule.") else _KNOWN[name]
    named = what if isinstance(what, Sentence) else say(what)
    if read is None:
        return say(_CHANGED, what=named)
    return say(_FROM_TO, what=named, before=read(before), after=read(after))


def _of_rule(word: str, part: str, place: str = "") -> tuple[Sentence, Callable[[Any], Sentence]]:
    rule = rule_named(word)
    if rule is None:
        raise KeyError(word)
    if part == "on":
        return say(TITLES[rule]), _switch
    if part == "to":
        return _part(rule, say(_HEARD)), lambda value: _several(_HEARERS, value)
    if part == "leaving":
        return _part(rule, say(_BY)), lambda value: _several(_CHANNELS, value)
    if part == "days":
        return _part(rule, say(_DAYS_OF, where=say(CLOCK_WORDS[Status(place)][0]))), _plain
    count = SHAPES[rule].count
    return _part(rule, say(_UNITS[count.unit] if count else "")), _plain


def _part(rule: Rule, part: Sentence) -> Sentence:
    return say("%(title)s, %(part)s", title=say(TITLES[rule]), part=part)


TEXTS = frozenset(
    {
        *(_ON, _OFF, _NONE, _CHANGED, _AS_IT_WAS, _FROM_TO, _HEARD, _BY, _DAYS_OF, *_DAYS),
        *(mark("each thing by itself"), mark("once a day, all together")),
        *_UNITS.values(),
        *_WHY.values(),
        *_HEARERS.values(),
        *_CHANNELS.values(),
        *TITLES.values(),
        *RUNG_WORDS.values(),
        *(words for words, _asked in CLOCK_WORDS.values()),
        *(words for words, _read in _KNOWN.values()),
    }
)
"""All that these words are made of, for a copy that is written when its reader’s request is over."""
