"""What all commands share: the group they stand in, checked settings, an application."""

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


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--demo`, and hand it checked settings in its place."""

    @click.option("--demo", is_flag=True, help="With invented people, in a database of their own.")
    @functools.wraps(command)
    def handed(*args: Any, demo: bool, **kwargs: Any) -> Any:
        return command(*args, settings=load_settings(demo=demo), **kwargs)

    return handed


def load_settings(*, demo: bool) -> Settings:
    """Read the settings; a key that is missing beside a database with records is not made anew."""

    def holds_data(url: str) -> bool:
        from coachdesk import keycheck

        return keycheck.holds_data(url)

    return load(os.environ, demo=demo, holds_data=holds_data)


def as_part(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be a part that ends when the process that started it does."""

    @click.option("--parent", type=int, default=0, hidden=True)
    @functools.wraps(command)
    def watched(*args: Any, parent: int, **kwargs: Any) -> Any:
        if parent:
            from coachdesk.serving import end_with

            end_with(parent)
        return command(*args, **kwargs)

    return watched


def app_of(settings: Settings) -> Flask:
    """Build the application, with its log set up."""
    from coachdesk import logs
    from coachdesk.factory import create_app

    logs.configure(settings.log, readable=settings.demo)
    return create_app(settings)


def upgrade_database(revision: str = "head") -> None:
    """Bring the database up to a revision, and hold it to the keys in use."""
    import flask_migrate
    from flask import current_app

    from coachdesk.factory import hold_to_keys

    flask_migrate.upgrade(directory=str(bundled("migrations")), revision=revision)
    hold_to_keys(current_app)
