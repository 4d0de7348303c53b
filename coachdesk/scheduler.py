"""The scheduler: APScheduler only ticks. What is due, for whom and when is reckoned by our own rules.

Any number may run at once: each occurrence and each delivery is claimed in the database, so nothing is done twice.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
import uuid
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from coachdesk.accounts import guessing, sessions
from coachdesk.admin import ledger
from coachdesk.audit import heads, sealing
from coachdesk.clients import breaking
from coachdesk.clock import day_of, moment_of
from coachdesk.db import db, reading_only
from coachdesk.drafts import service as drafts
from coachdesk.drafts import unsent
from coachdesk.logs import trouble
from coachdesk.notify import Channel, Mailer, deliver
from coachdesk.notify.about import ABOUT_WORDS, about_of
from coachdesk.notify.wording import HELD_WORDS
from coachdesk.organisation import ways
from coachdesk.reminders import coming, foreseen, marking, outcomes, planning, previewing, returned
from coachdesk.reminders.ahead import Ahead
from coachdesk.reminders.kinds import RULE_WORDS
from coachdesk.safety import lines as ring
from coachdesk.safety import waiting
from coachdesk.web import health
from coachdesk.web.models import UsedForm

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from enum import StrEnum
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from flask import Flask

    from coachdesk.notify import Way
    from coachdesk.reminders.looking import Telling

log = structlog.get_logger()
FORMS_KEPT = dt.timedelta(days=14)
SESSIONS_KEPT = dt.timedelta(days=90)
_LOOK_AT_CLOCK = 5.0
_FARTHEST_DAYS = 7
"""So far a dry run looks ahead: it derives each day for everybody."""
_WHY_WORDS: dict[StrEnum, str] = dict([*ABOUT_WORDS.items(), *RULE_WORDS.items()])
_stopping = threading.Event()
"""Set once, when this process is told to stop."""


def beat(app: Flask) -> None:
    """Say that the scheduler is alive."""
    health.beat(db.session, health.SCHEDULER, now=_now(app))
    db.session.commit()


def plan(app: Flask) -> None:
    """Tell the next of worries that wait too long, and write down what is newly due.

    Each part is done whatever became of those before it. Raises what went wrong first.
    """
    troubles: list[Exception] = []
    reminders = partial(_plan_reminders, app)
    for part in (waiting.tell_next, reminders, coming.tell_people, returned.tell, ring.ask_to_ring):
        try:
            part(db.session, now=_now(app))
            db.session.commit()
        except Exception as error:  # noqa: BLE001  (what cannot be planned must not keep anything else untold)
            db.session.rollback()
            troubles.append(error)
    for other in troubles[1:]:
        log.warning("another part of planning did not finish", trouble=trouble(other))
    if troubles:
        raise troubles[0]


def _plan_reminders(app: Flask, session: Any, *, now: dt.datetime) -> int:
    state = app.extensions["coachdesk"]
    new = planning.plan(session, now=now, whole=not state.has_planned)
    state.has_planned = True
    return new


def foresee(app: Flask) -> None:
    """Work out what would leave within a day, for the pages that show it."""
    foreseen.keep(db.session, now=_now(app), ways=_map_ways(app), stop=_stopping.is_set)


def _map_ways(app: Flask) -> Collection[Channel]:
    with reading_only():
        found = ways_of(app)
        db.session.rollback()
    return frozenset(found)


def send(app: Flask, channels: Collection[Channel] = tuple(Channel)) -> None:
    """Send what waits by these channels; told to stop, it ends with the message in hand."""
    with reading_only():
        found = ways_of(app, channels)
        db.session.rollback()  # nothing slow happens inside a transaction
    deliver(
        db.session,
        found,
        claimant=uuid.uuid4(),
        clock=lambda: _now(app),
        still_wanted=partial(planning.still_wanted, ahead=Ahead()),
        channels=channels,
        stop=_stopping.is_set,
        answered=outcomes.note,
    )


def _by(channel: Channel) -> Callable[[Flask], None]:
    """Return a job of one channel, so that none waits for another: a slow mail server holds up no notice."""
    return lambda app: send(app, (channel,))


def close(app: Flask) -> None:
    """Write down that the hour of a record opened in an emergency is over."""
    breaking.close_run_out(db.session, now=_now(app))
    db.session.commit()


def tidy(app: Flask) -> None:
    """Forget what is over: keys of forms, sessions, counts of guesses, and what nobody came back for."""
    now = _now(app)
    db.session.execute(sa.delete(UsedForm).where(UsedForm.at < now - FORMS_KEPT))
    sessions.forget_old(db.session, before=now - SESSIONS_KEPT)
    unsent.forget_old(db.session, now=now)
    drafts.forget_old(db.session, now=now)
    guessing.forget(db.session, now=now)
    db.session.commit()


def seal(app: Flask) -> None:
    """Seal what was recorded, and note the head of the chain outside the database."""
    sealing.seal_waiting(db.session, heads_of(app), clock=lambda: _now(app))


def seal_strays(app: Flask) -> None:
    """Seal also what was committed so late that the quick look passes it by."""
    sealing.seal_waiting(db.session, heads_of(app), clock=lambda: _now(app), thorough=True)


TIMETABLE: tuple[tuple[str, int, Callable[[Flask], None]], ...] = (
    ("beat", 15, beat),
    ("plan", 3, plan),
    *((f"send-{channel.value}", 1, _by(channel)) for channel in Channel),
    ("foresee", 60, foresee),
    ("seal", 5, seal),
    ("seal-strays", 240, seal_strays),
    ("close", 60, close),
    ("tidy", 3600, tidy),
)
"""Name, seconds between two ticks, and what is done. Strays are sealed before `audit.verifying.LATE` calls them late."""


def heads_of(app: Flask) -> Path:
    """Return where the heads of the sealed trail are noted, outside the database."""
    settings = app.extensions["coachdesk"].settings
    return heads.path_of(settings.instance, demo=settings.demo)


def ways_of(app: Flask, channels: Iterable[Channel] = tuple(Channel)) -> dict[Channel, Way]:
    """Return the ways out of the building that are set up, of these channels; one that cannot be read is left out."""
    found: dict[Channel, Way] = {}
    for channel in channels:
        try:
            way = _way_of(app, channel)
        except sa.exc.OperationalError:  # the database is gone: no way is at fault
            raise
        except Exception as error:  # noqa: BLE001  (what leaves by other ways waits for no gateway's secret)
            log.warning("a way out cannot be used", channel=channel.value, trouble=trouble(error))
            continue
        if way is not None:
            found[channel] = way
    return found


def _way_of(app: Flask, channel: Channel) -> Way | None:
    settings = app.extensions["coachdesk"].settings
    if channel in ways.KINDS:
        inside = settings.gateways_inside
        return ways.map_gateways(db.session, base_url=settings.base_url, kinds=[channel], inside=inside).get(channel)
    if channel is Channel.EMAIL and settings.smtp_url:
        return Mailer(settings.smtp_url, settings.mail_from, settings.base_url, settings.keys.session)
    return None


def heed_stops() -> None:
    """Take being told to stop as what it is from now on, also where the desk is not yet made."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_caught: _stopping.set())


def run(app: Flask) -> None:
    """Tick until the process is told to stop; each job then ends with what it has in hand."""
    ticker = start(app)
    while not _stopping.wait(_LOOK_AT_CLOCK):
        catch_up(ticker, now=_now(app))
    ticker.shutdown(wait=True)


def catch_up(ticker: Any, *, now: dt.datetime) -> None:
    """Let a job begin now whose next turn lies further off than it ever may: the machine's clock was put back."""
    for name, seconds, _job in TIMETABLE:
        job = ticker.get_job(name)
        if job and job.next_run_time and job.next_run_time > now + dt.timedelta(seconds=2 * seconds):
            job.modify(next_run_time=now)


def start(app: Flask) -> Any:
    """Start ticking in the background and return the scheduler; each job begins at once."""
    # In memory, in UTC: people's hours are reckoned elsewhere. A late tick is done once, never skipped.
    ticker = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(len(TIMETABLE))},  # no job waits for another's thread
        timezone="UTC",
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": None,
        },
    )
    for name, seconds, job in TIMETABLE:
        ticker.add_job(
            _tick,
            "interval",
            seconds=seconds,
            args=(app, name, job),
            id=name,
            next_run_time=app.extensions["coachdesk"].clock.now(),
        )
    ticker.start()
    return ticker


def _tick(app: Flask, name: str, job: Callable[[Flask], None]) -> None:
    """Do one job; its trouble is noted without words of anybody's and keeps no other job from its turn."""
    with app.app_context():
        try:
            job(app)
        except Exception as error:  # noqa: BLE001  (a tick that fails is tried again at the next)
            db.session.rollback()
            log.warning("tick did not finish", job=name, trouble=trouble(error))
        finally:
            db.session.remove()


def remind(app: Flask, *, dry_run: bool, until: dt.datetime | None = None) -> list[str]:
    """Plan and send once, now; with `dry_run` only say what would be told up to a moment, to whom, by what and why.

    The lines name readers and ways, never the person they are about: whoever runs this reads nobody's story.
    """
    with app.app_context():
        now = _now(app)
        with reading_only():
            found = previewing.preview(db.session, now=now, until=until if dry_run else now, ways=_map_ways(app))
        lines = list(_dry_lines(found, marking.find_zone(db.session)))
        db.session.rollback()
        if not dry_run:
            plan(app)
            send(app)
        db.session.rollback()
    return lines or ["Nothing is waiting to be told."]


def until_of(app: Flask, text: str | None) -> dt.datetime:
    """Return until when a dry run looks ahead: the next morning, or an hour or a day and an hour on the house's clock.

    Raises `ValueError` where it is neither, where it lies behind, and where it is more than a week ahead.
    """
    with app.app_context():
        now, zone = _now(app), marking.find_zone(db.session)
        morning = previewing.tonight(db.session, now)
        db.session.rollback()
    if text is None:
        return morning
    day, _space, hour = text.strip().rpartition(" ")
    at = dt.time.fromisoformat(hour)
    today = day_of(now, zone)
    if day:
        on = dt.date.fromisoformat(day)
        if not 0 <= (on - today).days <= _FARTHEST_DAYS or moment_of(on, at, zone) < now:
            raise ValueError(day)
        return moment_of(on, at, zone)
    found = moment_of(today, at, zone)
    return found if found > now else moment_of(today + dt.timedelta(days=1), at, zone)


def _dry_lines(told: Iterable[Telling], zone: ZoneInfo) -> Iterator[str]:
    """Say of each message when who would be told by what, how many things of which reason, and what it waits for."""
    for telling in told:
        at = f"{telling.at.astimezone(zone):%a %d %b, %H:%M}" if telling.at else "now"
        to = "a person with an account" if telling.is_to_person else f"{telling.reader.name} <{telling.reader.email}>"
        counted = Counter(due.rule for due in telling.dues).items()
        whys = ledger.whys_of(about_of(telling.topic, telling.key), counted)
        things = "; ".join(f"{_WHY_WORDS[why]}{f' ({n})' if n > 1 else ''}" for why, n in whys)
        held = f" [{HELD_WORDS[telling.held]}]" if telling.held else ""
        yield f"{at}  {to} by {telling.channel.value}: {things}{held}"


def _now(app: Flask) -> dt.datetime:
    moment: dt.datetime = app.extensions["coachdesk"].clock.now()
    return moment
