"""The command line: `coachdesk run`, and each part on its own."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import click

from coachdesk.config import Settings, SettingsError, bundled, load
from coachdesk.words import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

# What a command needs is imported inside it: `coachdesk --help` and a wrong setting answer at once.

WRONG_SETTING = 2


class _Desk(click.Group):
    """A group whose commands say in a sentence what stops them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a wrong setting ends with 2, a refusal with 1."""
        os.umask(0o077)  # whatever is made here (database, keys, backups) is for this user alone
        try:
            return super().invoke(ctx)
        except SettingsError as wrong:
            click.echo(str(wrong), err=True)
            ctx.exit(WRONG_SETTING)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from None
        except Exception as trouble:
            _explain_database(trouble)
            raise


def _explain_database(trouble: Exception) -> None:
    """Say in a sentence where it is the database that does not answer; its driver names no passphrase."""
    from sqlalchemy.exc import OperationalError

    if isinstance(trouble, OperationalError) and os.environ.get("COACHDESK_LOG", "").lower() != "debug":
        said = str(trouble.orig).strip().splitlines()[0]
        raise click.ClickException(f"The database cannot be used: {said}. COACHDESK_LOG=debug shows where.") from None


@click.group(cls=_Desk, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="coachdesk")
def main() -> None:
    """CoachDesk, the recovery coach's desk. Settings are COACHDESK_… variables; the README lists them."""


def _demo(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--demo`, and hand it checked settings in its place."""

    @click.option("--demo", is_flag=True, help="With invented people, in a database of their own.")
    @functools.wraps(command)
    def with_settings(*args: Any, demo: bool, **kwargs: Any) -> Any:
        return command(*args, settings=_load(demo=demo), **kwargs)

    return with_settings


def _load(*, demo: bool) -> Settings:
    """Read the settings; a key that is missing beside a database with records is not made anew."""

    def holds_data(url: str) -> bool:
        from coachdesk import keycheck

        return keycheck.holds_data(url)

    return load(os.environ, demo=demo, holds_data=holds_data)


def _child(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be a part that ends when the process that started it does."""

    @click.option("--parent", type=int, default=0, hidden=True)
    @functools.wraps(command)
    def watched(*args: Any, parent: int, **kwargs: Any) -> Any:
        if parent:
            from coachdesk.serving import end_with

            end_with(parent)
        return command(*args, **kwargs)

    return watched


def _app(settings: Settings) -> Flask:
    from coachdesk import logs
    from coachdesk.factory import create_app

    logs.configure(settings.log, readable=settings.demo)
    return create_app(settings)


# ---- running ------------------------------------------------------------------------------------------------------


@main.command()
@_demo
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

    app = _app(settings)
    with app.app_context():
        _upgrade()
        lines = _fill_demo(app) if settings.demo else _how_to_begin()
        db.engine.dispose()  # this process only looks after the others from here on
    return lines


def _how_to_begin() -> tuple[str, ...]:
    return () if _is_set_up() else ("Nobody can sign in yet: run `coachdesk setup` in another window.",)


@main.command()
@_child
@_demo
def web(settings: Settings) -> None:
    """Serve the pages (several processes); the scheduler runs apart."""
    from coachdesk.server import serve_web

    serve_web(lambda: _app(settings), settings)


@main.command()
@_child
@_demo
def scheduler(settings: Settings) -> None:
    """Tick: plan reminders, send what waits, seal the trail. Several may run; nothing is done twice."""
    from coachdesk.scheduler import run as tick

    tick(_app(settings))


# ---- setting up ---------------------------------------------------------------------------------------------------


@main.command()
def demo() -> None:
    """Make the invented people, in the demo's own database, where there are none yet."""
    settings = _load(demo=True)
    app = _app(settings)
    with app.app_context():
        _upgrade()
        click.echo("\n".join(_fill_demo(app)))


@main.command()
@_demo
@click.option("--organisation", "organisation_name", prompt="The organisation's name")
@click.option("--zone", prompt="Its zone", default="America/New_York", show_default=True, help="Such as Asia/Kolkata.")
@click.option("--country", prompt="Its country", type=click.Choice(["US", "GB", "IN"], case_sensitive=False))
@click.option("--admin-name", prompt="The first administrator's name")
@click.option("--admin-email", prompt="Their e-mail address")
def setup(settings: Settings, **answers: str) -> None:
    """Make the organisation and its first administrator, and print their single-use link."""
    from coachdesk.accounts.service import setup_house
    from coachdesk.clock import SystemClock
    from coachdesk.db import db

    _refuse_bad_answers(answers)
    with _app(settings).app_context():
        _upgrade()
        path = setup_house(db.session, **answers, now=SystemClock().now())
        db.session.commit()
    click.echo(
        "\nThe desk is set up. With this link the administrator chooses a passphrase; it works once, for 7 days:"
    )
    click.echo(f"{settings.base_url}{path}")


def _refuse_bad_answers(answers: dict[str, str]) -> None:
    from email_validator import EmailNotValidError, validate_email

    for name in ("organisation_name", "admin_name"):
        answers[name] = answers[name].strip()
        if not answers[name]:
            raise click.BadParameter(
                "a name is needed.", param_hint=f"--{name.removesuffix('_name').replace('_', '-')}"
            )
    try:
        validate_email(answers["admin_email"], check_deliverability=False)
    except EmailNotValidError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--admin-email") from None


@main.command()
@_demo
@click.option("--dry-run", is_flag=True, help="Only say what would be told, and to whom.")
def remind(settings: Settings, *, dry_run: bool) -> None:
    """Plan and send reminders once, now."""
    from coachdesk.scheduler import remind as remind_once

    for line in remind_once(_app(settings), dry_run=dry_run):
        click.echo(line)


# ---- the trail ----------------------------------------------------------------------------------------------------


@main.group("audit")
def trail() -> None:
    """Look after the trail of who did and read what."""


@trail.command("verify")
@_demo
def verify(settings: Settings) -> None:
    """Walk the seals from the first to the last and name what is not as it was sealed; ends with 1 where anything is."""
    from coachdesk.access import SYSTEM
    from coachdesk.admin.trail import note_check
    from coachdesk.audit import heads
    from coachdesk.audit.verifying import verify as walk
    from coachdesk.clock import SystemClock
    from coachdesk.db import db, reading_only

    with _app(settings).app_context():
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
@_demo
@click.argument("revision", default="head")
def upgrade(settings: Settings, revision: str) -> None:
    """Bring the database up to date (or to a revision)."""
    with _app(settings).app_context():
        _upgrade(revision)


@database.command("downgrade")
@_demo
@click.argument("revision", default="-1")
def downgrade(settings: Settings, revision: str) -> None:
    """Take the database one revision back (or to a revision)."""
    import flask_migrate

    with _app(settings).app_context():
        flask_migrate.downgrade(directory=str(bundled("migrations")), revision=revision)


@database.command("check")
@_demo
def check(settings: Settings) -> None:
    """Say whether the database is as the program expects; ends with 1 where it is not."""
    import flask_migrate

    with _app(settings).app_context():
        flask_migrate.check(directory=str(bundled("migrations")))


# ---- the keys -----------------------------------------------------------------------------------------------------


@main.group("keys")
def key_ring() -> None:
    """Change the key that what people write is sealed with, while they go on writing."""


@key_ring.command("rotate")
@_demo
@click.option("--forget-older", is_flag=True, help="Drop the older keys once nothing needs them; older backups do.")
def rotate_keys(settings: Settings, *, forget_older: bool) -> None:
    """Make a new key and seal everything with it. May be run again at any time, also after it was stopped."""
    from coachdesk.db import db
    from coachdesk.rekeying import rotate

    app = _app(settings)
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
@_demo
def check_keys(settings: Settings) -> None:
    """Say how many values each key seals; ends with 1 where no key opens one."""
    from coachdesk.db import db
    from coachdesk.rekeying import count

    with _app(settings).app_context():
        found = count(db.engine)
    for place, number in found.items():
        if place is not None:
            click.echo(f"key {place + 1}{' (the newest)' if not place else ''}: {number} values")
    if found.get(None):
        raise click.ClickException(f"{found[None]} values cannot be opened with any key of the ring.")


def _upgrade(revision: str = "head") -> None:
    import flask_migrate
    from flask import current_app

    from coachdesk.factory import hold_to_keys

    flask_migrate.upgrade(directory=str(bundled("migrations")), revision=revision)
    hold_to_keys(current_app)


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


def _fill_demo(app: Flask) -> tuple[str, ...]:
    """Make the demo's people unless they are there; return how to sign in as them."""
    from coachdesk.demo import SIGN_INS, make_demo
    from coachdesk.scheduler import heads_of

    if make_demo(app):
        heads_of(app).unlink(missing_ok=True)  # it was of an earlier demo's trail
    return tuple(SIGN_INS)


if __name__ == "__main__":
    main()
