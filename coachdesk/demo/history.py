"""Six months of the demo: check-ins, tries that reached nobody, what supervisors said, and what waits now."""

from __future__ import annotations

import datetime as dt
from itertools import cycle
from typing import TYPE_CHECKING

from coachdesk.checkins.models import Attempt, CheckIn, CheckInStep, Review
from coachdesk.checkins.rules import KIND_PHRASES, AttemptOutcome, ReviewOutcome, TryBy, review_reason
from coachdesk.clock import day_of
from coachdesk.demo import content
from coachdesk.demo.about import say_what_matters
from coachdesk.demo.goals import set_goals
from coachdesk.demo.more import tell_more
from coachdesk.demo.referrals import refer
from coachdesk.demo.safety import worry
from coachdesk.drafts.models import Draft
from coachdesk.organisation.rules import REVIEW_SHARE
from coachdesk.reminders.givens import AskKind
from coachdesk.reminders.models import Reminder
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import LAST, Channel, days, occurrence_id

if TYPE_CHECKING:
    from coachdesk.clients.models import Client
    from coachdesk.demo.people import Town

_CHANNELS = (Channel.IN_PERSON, Channel.CALL, Channel.CALL, Channel.VIDEO, Channel.TEXT)
_WEATHERS = (None, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5)
_TRIED, _TICKED, _PLANNED = 0.1, 0.7, 0.45
"""How often a try came before a contact, a step was ticked in a check-in, a next contact is planned."""

_WORDS_EACH = 5
"""One sign-off in so many has words of its own beside its kind phrase."""


def write_history(town: Town) -> None:
    """Let six months happen."""
    set_goals(town)
    for person in town.people:
        _talk(town, person)
        _tick(town, person)
    refer(town)
    _review(town)
    _meet_marcus(town)
    _remind(town)
    _ask_for_help(town)
    _leave_drafts(town)
    say_what_matters(town)
    worry(town)
    tell_more(town)
    _repeat(town)


# ---- contacts -----------------------------------------------------------------------------------------------------


def _talk(town: Town, person: Client) -> None:
    """Hold check-ins at the agreed rhythm back to the beginning; the last one so that most are up to date."""
    if person.first_name in content.NEVER_REACHED:
        return
    ago = _last_ago(town, person)
    notes = cycle(town.draw.sample(content.NOTES, len(content.NOTES)))
    while ago < town.days_since(person.working_since):
        _checkin(town, person, ago, next(notes), town.draw.choice(_WEATHERS))
        if town.draw.random() < _TRIED:
            _attempt(town, person, ago + 1)
        ago += max(2, person.rhythm_days + town.draw.randint(-1, 1))
    if person.first_name in content.OUT_OF_TOUCH:
        for tried_ago in content.OUT_OF_TOUCH[person.first_name][1]:
            _attempt(town, person, tried_ago)
    elif person.first_name != "Marcus" and town.draw.random() < _PLANNED:
        _plan(town, person, town.day(-town.draw.randint(1, 7)), dt.time(town.draw.randint(10, 16), 30))


def _last_ago(town: Town, person: Client) -> int:
    """Return how many days ago somebody was last reached; Marcus's latest check-ins are told one by one."""
    if person.first_name == "Marcus":
        for ago, weather, note in content.MARCUS_NOTES:
            entry = _checkin(town, person, ago, note, weather)
            entry.channel, entry.minutes = (Channel.IN_PERSON, 40) if ago in (7, 28) else (Channel.CALL, 15)
        return content.MARCUS_NOTES[-1][0] + person.rhythm_days
    if person.first_name in content.OUT_OF_TOUCH:
        return content.OUT_OF_TOUCH[person.first_name][0]
    return town.draw.randint(1, 6)


def _checkin(town: Town, person: Client, ago: int, note: str, weather: int | None) -> CheckIn:
    held, channel = town.day(ago), town.draw.choice(_CHANNELS)
    entry = CheckIn(
        id=town.key(),
        client_id=person.id,
        coach_id=town.coach_of[person.id].id,
        channel=channel,
        held_on=held,
        minutes=None if channel is Channel.TEXT else town.draw.choice((None, 15, 15, 30, 45)),
        weather=weather,
        note=note,
        signed_at=town.at(held, town.draw.randint(10, 17), town.draw.randint(0, 59)),
    )
    town.entries[person.id].append(entry)
    town.add(entry)
    return entry


def _attempt(town: Town, person: Client, ago: int) -> None:
    outcome = town.draw.choice((AttemptOutcome.NO_ANSWER, AttemptOutcome.NO_ANSWER, AttemptOutcome.NOT_THERE))
    if person.may_voicemail and outcome is AttemptOutcome.NO_ANSWER:
        outcome = AttemptOutcome.VOICEMAIL
    there = outcome is AttemptOutcome.NOT_THERE
    town.add(
        Attempt(
            id=town.key(),
            client_id=person.id,
            coach_id=town.coach_of[person.id].id,
            channel=TryBy.IN_PERSON if there else TryBy.CALL if person.may_call else TryBy.TEXT,
            used="" if there else person.phone,
            tried_on=town.day(ago),
            outcome=outcome,
            note="Waited half an hour, then sent a kind line." if there else "",
            logged_at=town.at(town.day(ago), 16),
        )
    )


def _tick(town: Town, person: Client) -> None:
    """Let most steps be ticked in a check-in near the day they were done."""
    entries = town.entries[person.id]
    for step in town.done[person.id]:
        if step.done_at is None or not entries or town.draw.random() > _TICKED:
            continue
        day = day_of(step.done_at, town.zone)
        entry = min(entries, key=lambda entry: abs((entry.held_on - day).days))
        step.done_at = entry.signed_at
        town.add(CheckInStep(checkin_id=entry.id, step_id=step.id, client_id=person.id))


def _plan(town: Town, person: Client, day: dt.date, hour: dt.time, place: str = "") -> None:
    channel = Channel.IN_PERSON if place else town.draw.choice(_CHANNELS)
    town.add(
        Visit(
            id=town.key(),
            client_id=person.id,
            planned_on=day,
            hour=hour,
            channel=channel,
            place=place or (town.draw.choice(content.PLACES) if channel is Channel.IN_PERSON else ""),
            made_at=town.entries[person.id][0].signed_at,
            made_by=town.coach_of[person.id].id,
        )
    )


def _meet_marcus(town: Town) -> None:
    """Plan to meet Marcus in about three quarters of an hour; tomorrow, where today is over by then."""
    soon = town.now.astimezone(town.zone) + dt.timedelta(minutes=45)
    soon = soon.replace(minute=soon.minute - soon.minute % 15, second=0, microsecond=0, tzinfo=None)
    day, hour = (town.today, soon.time()) if soon.date() == town.today else (town.day(-1), dt.time(10, 30))
    _plan(town, town.person("Marcus"), day, hour, content.MARCUS_PLACE)


def _repeat(town: Town) -> None:
    """Let a few people speak again and again, from tomorrow on; the first time is planned as the next contact."""
    for name, repeat, weekdays, hour, minutes, channel, place in content.REPEATING:
        person = town.person(name)
        series = VisitSeries(
            id=town.key(),
            client_id=person.id,
            repeat=repeat,
            starts_on=town.day(-1),
            hour=hour,
            every=1,
            weekdays=sum(1 << day for day in weekdays),
            month_day=0,
            nth=LAST,
            minutes=minutes,
            channel=channel,
            place=place,
            made_at=town.entries[person.id][0].signed_at,
            made_by=town.coach_of[person.id].id,
            version=1,
        )
        first = next(days(series.pattern, last=town.day(-40)))
        town.add(series, _occurrence(series, first))


def _occurrence(series: VisitSeries, day: dt.date) -> Visit:
    return Visit(
        id=occurrence_id(series.id, day),
        client_id=series.client_id,
        planned_on=day,
        hour=series.hour,
        minutes=series.minutes,
        channel=series.channel,
        place=series.place,
        series_id=series.id,
        occurs_on=day,
        made_at=series.made_at,
        made_by=series.made_by,
    )


# ---- what supervisors said ----------------------------------------------------------------------------------------


def _review(town: Town) -> None:
    """Ask for a word on what the rules choose; the newest still wait, the others were signed off the day after."""
    for coach, supervisor, waiting in content.REVIEWED:
        user = town.staff[coach]
        chosen = [(entry, reason) for entry in _entries_of(town, coach) if (reason := _reason(town, entry, coach))]
        kind = cycle(KIND_PHRASES)
        for place, (entry, reason) in enumerate(chosen):
            row = Review(
                id=town.key(),
                checkin_id=entry.id,
                client_id=entry.client_id,
                coach_id=user.id,
                reason=reason,
                asked_at=entry.signed_at,
            )
            if place >= waiting:
                row.outcome, row.by, row.phrases = ReviewOutcome.SIGNED_OFF, town.staff[supervisor].id, next(kind)
                # The latest word was given yesterday or today, so that its coach still finds it on Today.
                told = town.day(1) if place == waiting else entry.held_on + dt.timedelta(days=1)
                row.at = max(town.at(told, 18), entry.signed_at)
                turn, off = divmod(place - waiting, _WORDS_EACH)
                row.text = "" if off else content.KIND_WORDS[turn % len(content.KIND_WORDS)]
            town.add(row)


def _entries_of(town: Town, coach: str) -> list[CheckIn]:
    entries = [entry for rows in town.entries.values() for entry in rows if entry.coach_id == town.staff[coach].id]
    return sorted(entries, key=lambda entry: entry.signed_at, reverse=True)


def _reason(town: Town, entry: CheckIn, coach: str) -> str | None:
    started_on = town.staff[coach].started_on
    return review_reason(entry.id, worried=False, coach_started_on=started_on, today=entry.held_on, share=REVIEW_SHARE)


# ---- what waits ---------------------------------------------------------------------------------------------------


def _remind(town: Town) -> None:
    dana = town.staff["dana"]
    for first, ahead, text in content.REMINDERS:
        town.add(
            Reminder(
                id=town.key(),
                client_id=town.person(first).id,
                kind=AskKind.BY_HAND,
                for_user_id=dana.id,
                text=text,
                due_on=town.day(-ahead),
                made_at=town.at(town.day(2), 12),
                made_by=dana.id,
            )
        )


def _ask_for_help(town: Town) -> None:
    town.add(
        Reminder(
            id=town.key(),
            client_id=town.person("Aisha").id,
            kind=AskKind.HELP_ASKED,
            due_on=town.today,
            made_at=town.at(town.today, 8),
            made_by=town.staff["aisha"].id,
        )
    )


def _leave_drafts(town: Town) -> None:
    for first, fields in content.DRAFTS.items():
        person = town.person(first)
        saved_at = town.at(town.today, 8, 12)
        town.add(
            Draft(
                id=town.key(),
                client_id=person.id,
                author_id=town.staff["dana"].id,
                form="check-in",
                subject_id=person.id,
                fields=fields,
                path=f"/people/{person.id}/check-ins/new",
                started_at=saved_at - dt.timedelta(minutes=4),
                saved_at=saved_at,
            )
        )
