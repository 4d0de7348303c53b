"""Keeping the house: the trail's seals, the database's schema, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coachdesk.cli.desk import app_of, main, upgrade_database, with_settings
from coachdesk.config import bundled

if TYPE_CHECKING:
    from coachdesk.config import Settings

# ---- the trail ----------------------------------------------------------------------------------------------------


@main.group("audit")
def trail() -> None:
    """Look after the trail of who did and read what."""


@trail.command("verify")
@with_settings
def verify(settings: Settings) -> None:
    """Walk the seals from the first to the last and name what is not as it was sealed; ends with 1 where anything is."""
    from coachdesk.access import SYSTEM
    from coachdesk.admin.trail import note_check
    from coachdesk.audit import heads
    from coachdesk.audit.verifying import verify as walk
    from coachdesk.clock import SystemClock
    from coachdesk.db import db, reading_only

    with app_of(settings).app_context():
        noted = heads.read(heads.path_of(settings.instance, demo=settings.demo))
        with reading_only():
            verdict = walk(db.session, heads=noted, now=SystemClock().now())
            db.session.rollback()
        note_check(db.session, SYSTEM, verdict, now=SystemClock().now())
        db.session.commit()
    click.echo("\n".join([*map(str, verdict.faults), *verdict.summary(heads=len(noted))]))
    raise SystemExit(1 if verdict.found else 0)


# ---- the database -------------------------------------------------------------------------------------------------


@main.group("db")
def database() -> None:
    """Bring the database up to date, or a step back."""


@database.command("upgrade")
@with_settings
@click.argument("revision", default="head")
def upgrade(settings: Settings, revision: str) -> None:
    """Bring the database up to date (or to a revision)."""
    with app_of(settings).app_context():
        upgrade_database(revision)


@database.command("downgrade")
@with_settings
@click.argument("revision", default="-1")
def downgrade(settings: Settings, revision: str) -> None:
    """Take the database one revision back (or to a revision)."""
    import flask_migrate

    with app_of(settings).app_context():
        flask_migrate.downgrade(directory=str(bundled("migrations")), revision=revision)


@database.command("check")
@with_settings
def check(settings: Settings) -> None:
    """Say whether the database is as the program expects; ends with 1 where it is not."""
    import flask_migrate

    with app_of(settings).app_context():
        flask_migrate.check(directory=str(bundled("migrations")))


# ---- the keys -----------------------------------------------------------------------------------------------------


@main.group("keys")
def key_ring() -> None:
    """Change the key that what people write is sealed with, while they go on writing."""


@key_ring.command("rotate")
@with_settings
@click.option(
    "--forget-older",
    is_flag=True,
    help="Drop the older keys once nothing needs them; older backups do. While it looks, saving waits.",
)
def rotate_keys(settings: Settings, *, forget_older: bool) -> None:
    """Make a new key and seal everything with it. May be run again at any time, also after it was stopped."""
    from coachdesk.db import db
    from coachdesk.rekeying import rotate

    app = app_of(settings)
    with app.app_context():
        clock = app.extensions["coachdesk"].clock
        done = rotate(db.engine, settings.keys.fernet_file, clock=clock, forget=forget_older, say=click.echo)
    click.echo(f"{done.values} values in {done.rows} rows were sealed anew. Keys in the ring: {done.ring}.")
    if settings.keys.fernet_file is None:
        click.echo(
            "COACHDESK_KEYS gives the keys, so none was made. To change it: add a new key at its end and restart every "
            "part, put that key first and restart them again, then run this."
        )
    elif done.ring > 1:
        click.echo("The older ones open older backups; --forget-older drops them. Copy the key file to its own backup.")
    if done.unread:
        raise click.ClickException(f"{done.unread} values cannot be opened with any key of the ring; they were left.")


@key_ring.command("check")
@with_settings
def check_keys(settings: Settings) -> None:
    """Say how many values each key seals; ends with 1 where no key opens one."""
    from coachdesk.db import db
    from coachdesk.rekeying import count

    with app_of(settings).app_context():
        found = count(db.engine)
    for place, number in found.items():
        if place is not None:
            click.echo(f"key {place + 1}{' (the newest)' if not place else ''}: {number} values")
    if found.get(None):
        raise click.ClickException(f"{found[None]} values cannot be opened with any key of the ring.")
