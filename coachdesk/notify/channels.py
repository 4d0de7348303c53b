"""The mail channel: SMTP by the standard library. It returns what went wrong instead of raising."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from coachdesk.notify.messages import PERSON_SUBJECT

if TYPE_CHECKING:
    from coachdesk.notify.models import Delivery

TIMEOUT = 30
"""Seconds for one SMTP answer."""
_PERMANENT = 500


@dataclass(frozen=True)
class Problem:
    """Why a mail did not go; `final` where trying again will not help."""

    sentence: str
    final: bool = False


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

    def send(self, delivery: Delivery) -> Problem | None:
        """Send one mail; return what went wrong, if anything."""
        try:
            self._hand_over(self.compose(delivery))
        except _InTheClear:
            return Problem("the mail server offers no encryption, so our name and secret were not sent to it")
        except smtplib.SMTPRecipientsRefused as refusal:
            code = next(iter(refusal.recipients.values()))[0]
            return Problem(f"the mail server answered {code}", final=code >= _PERMANENT)
        except smtplib.SMTPDataError as answer:
            return Problem(f"the mail server answered {answer.smtp_code}", final=answer.smtp_code >= _PERMANENT)
        except smtplib.SMTPResponseException as answer:  # not about this mail but about our name, secret or sender
            return Problem(f"the mail server answered {answer.smtp_code}")
        except (OSError, smtplib.SMTPException) as trouble:
            return Problem(f"the mail server could not be reached ({type(trouble).__name__})")
        return None

    def compose(self, delivery: Delivery) -> EmailMessage:
        """Build the mail: a neutral subject, one sentence and a link. No name, nothing of what anybody wrote or did.

        In a person's inbox not even the sender's name says where it comes from; it may be somebody else who looks.
        """
        mail = EmailMessage()
        mail["Subject"] = delivery.subject
        mail["From"] = self.sender if delivery.subject != PERSON_SUBJECT else parseaddr(self.sender)[1]
        mail["To"] = delivery.address
        domain = urlsplit(self.base_url).hostname or "localhost"
        mail["Message-ID"] = f"<{hashlib.sha256(delivery.key.encode()).hexdigest()[:40]}@{domain}>"
        mail["Date"] = delivery.created_at
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(f"{delivery.body}\n\n{self.base_url}{delivery.path}\n")
        return mail

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
