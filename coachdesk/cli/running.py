"""Running: web and scheduler, together or apart, and reminders once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coachdesk.cli.desk import app_of, as_part, main, upgrade_database, with_settings

if TYPE_CHECKING:
    from coachdesk.config import Settings

from coachdesk.cli.setting_up import fill_demo


@main.command()
@with_settings
def run(settings: Settings) -> None:
    """Run web and scheduler together; the database is brought up to date first."""
    from coachdesk.serving import supervise

    lines = _prepare(settings)

    def say_open() -> None:
        click.echo("\n".join(["", f"CoachDesk is open: {settings.base_url}", *lines, "", "Ctrl-C ends it."]))

    raise SystemExit(supervise(settings, say_open=say_open))


def _prepare(settings: Settings) -> tuple[str, ...]:
    """Migrate, make the demo where it is asked for and missing; return what to say when the doors open."""
    from coachdesk.db import db

    app = app_of(settings)
    with app.app_context():
        upgrade_database()
        lines = fill_demo(app) if settings.demo else _how_to_begin()
        db.engine.dispose()  # this process only looks after the others from here on
    return lines


def _how_to_begin() -> tuple[str, ...]:
    return () if _is_set_up() else ("Nobody can sign in yet: run `coachdesk setup` in another window.",)


@main.command()
@as_part
@with_settings
def web(settings: Settings) -> None:
    """Serve the pages (several processes); the scheduler runs apart."""
    from coachdesk.server import serve_web

    serve_web(lambda: app_of(settings), settings)


@main.command()
@as_part
@with_settings
def scheduler(settings: Settings) -> None:
    """Tick: plan reminders, send what waits, seal the trail. Several may run; nothing is done twice."""
    from coachdesk.scheduler import heed_stops, run

    heed_stops()
    run(app_of(settings))


def _is_set_up() -> bool:
    from coachdesk.db import db
    from coachdesk.organisation.service import find_organisation
    from coachdesk.words import NotFound

    try:
        find_organisation(db.session)
    except NotFound:
        return False
    finally:
        db.session.rollback()
    return True


@main.command()
@with_settings
@click.option("--dry-run", is_flag=True, help="Only say what would be told, to whom and when.")
@click.option("--until", help="With --dry-run: an hour (23:30), or a day and an hour; else the next morning at six.")
def remind(settings: Settings, *, dry_run: bool, until: str | None) -> None:
    """Plan and send reminders once, now; or only say what would go out tonight."""
    from coachdesk.scheduler import remind as remind_once
    from coachdesk.scheduler import until_of

    if until and not dry_run:
        raise click.UsageError("--until says how far --dry-run looks ahead; without it what is due goes out now.")
    app = app_of(settings)
    try:
        moment = until_of(app, until)
    except ValueError as wrong:
        sentence = "Write an hour like 23:30, or a day within a week and an hour, like 2026-11-30 06:00."
        raise click.BadParameter(sentence, param_hint="--until") from wrong
    for line in remind_once(app, dry_run=dry_run, until=moment):
        click.echo(line)
