"""The mail channel: SMTP by the standard library. It returns what went wrong instead of raising."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from coachdesk.notify.composing import compose
from coachdesk.notify.messages import Channel

if TYPE_CHECKING:
    from email.message import EmailMessage

    from coachdesk.notify.models import Delivery

TIMEOUT = 30
"""Seconds for one SMTP answer."""
_PERMANENT = 500


@dataclass(frozen=True)
class Problem:
    """Why a message did not go; `final` where trying again will not help."""

    sentence: str
    final: bool = False
    of_address: bool = False
    """Whether it is the reader's own address or number that does not work, and not the way there."""
    opted_out: bool = False
    """Whether the gateway says that the number's owner wants no more."""


class Sender(Protocol):
    """Whatever carries messages out of the house."""

    def carries(self, channel: Channel) -> bool:
        """Say whether it can send by a channel."""

    def send(self, delivery: Delivery) -> Problem | None:
        """Send one message; return what went wrong, if anything. It waits for no answer longer than a lease lasts."""


class _InTheClear(Exception):  # noqa: N818  (the name says how the secret would have travelled)
    """A secret would have travelled unencrypted."""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Mailer:
    """A mail server (`smtp://user:pass@host:port`, or `smtps://`), who mails come from, and where links lead."""

    url: str
    sender: str
    base_url: str
    secret: str = field(default="", repr=False)
    """Signs the link by which a reader stops reminder mails."""

    def carries(self, channel: Channel) -> bool:
        """Say whether it can send by a channel: by mail alone."""
        return channel is Channel.EMAIL

    def send(self, delivery: Delivery) -> Problem | None:
        """Send one mail; return what went wrong, if anything."""
        try:
            self._hand_over(compose(delivery, sender=self.sender, base_url=self.base_url, secret=self.secret))
        except _InTheClear:
            return Problem("the mail server offers no encryption, so our name and secret were not sent to it")
        except smtplib.SMTPRecipientsRefused as refusal:
            code = next(iter(refusal.recipients.values()))[0]
            return Problem(f"the mail server answered {code}", final=code >= _PERMANENT, of_address=True)
        except smtplib.SMTPDataError as answer:
            return Problem(f"the mail server answered {answer.smtp_code}", final=answer.smtp_code >= _PERMANENT)
        except smtplib.SMTPResponseException as answer:  # not about this mail but about our name, secret or sender
            return Problem(f"the mail server answered {answer.smtp_code}")
        except (OSError, smtplib.SMTPException) as trouble:
            return Problem(f"the mail server could not be reached ({type(trouble).__name__})")
        return None

    def _hand_over(self, mail: EmailMessage) -> None:
        parts = urlsplit(self.url)
        host, context = parts.hostname or "localhost", ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
        try:
            if parts.scheme != "smtps" and server.ehlo()[0] and server.has_extn("starttls"):
                server.starttls(context=context)
            if parts.username and not (isinstance(server.sock, ssl.SSLSocket) or _is_loopback(host)):
                raise _InTheClear
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
        finally:
            with suppress(smtplib.SMTPException):  # what is said at parting does not unsend a mail
                server.quit()
