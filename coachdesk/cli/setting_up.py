"""Setting up: the demo, a new organisation, and a link for whoever cannot get in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coachdesk.cli.desk import app_of, load_settings, main, upgrade_database, with_settings

if TYPE_CHECKING:
    from flask import Flask

    from coachdesk.config import Settings


@main.command()
def demo() -> None:
    """Make the invented people, in the demo's own database, where there are none yet."""
    settings = load_settings(demo=True)
    app = app_of(settings)
    with app.app_context():
        upgrade_database()
        click.echo("\n".join(fill_demo(app)))


@main.command()
@with_settings
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
    with app_of(settings).app_context():
        upgrade_database()
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
@with_settings
@click.argument("email")
@click.option(
    "--second-factor", is_flag=True, help="A link that takes their second factor away, with their passphrase."
)
def invite(settings: Settings, email: str, *, second_factor: bool) -> None:
    """Print a single-use link for an account: to choose a passphrase, or to let a second factor go."""
    from coachdesk.access import SYSTEM
    from coachdesk.accounts import links
    from coachdesk.accounts.rules import LinkPurpose
    from coachdesk.accounts.service import find_by_address
    from coachdesk.clock import SystemClock
    from coachdesk.db import db
    from coachdesk.words import NotFound

    purpose = LinkPurpose.SECOND_FACTOR if second_factor else LinkPurpose.INVITATION
    with app_of(settings).app_context():
        try:
            user = find_by_address(db.session, email)
        except NotFound:
            raise click.BadParameter("nobody active has this address.", param_hint="EMAIL") from None
        path = links.make_link(db.session, SYSTEM, user, purpose, now=SystemClock().now())
        db.session.commit()
    click.echo(f"{settings.base_url}{path}")


def fill_demo(app: Flask) -> tuple[str, ...]:
    """Make the demo's people unless they are there; return how to sign in as them."""
    from coachdesk.demo import SIGN_INS, make_demo
    from coachdesk.scheduler import heads_of

    if make_demo(app):
        heads_of(app).unlink(missing_ok=True)  # it was of an earlier demo's trail
    return tuple(SIGN_INS)
