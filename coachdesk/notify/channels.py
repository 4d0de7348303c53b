"""The ways out, and mail: SMTP by the standard library. A way returns what went wrong instead of raising."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from coachdesk.notify.composing import compose
from coachdesk.notify.hearing import why_unreached, words_of
from coachdesk.notify.line import PARTING, TAKING, WHOLE, Line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from coachdesk.notify.models import Delivery

_PERMANENT, _CLOSING = 500, 421
_POLICY = re.compile(rb"\s*5\.7\.")
"""The enhanced code (RFC 3463) of security and policy."""


@dataclass(frozen=True)
class Problem:
    """Why a message did not go; `final` where trying again will not help."""

    sentence: str
    final: bool = False
    everybody: bool = False
    """It lies with the server, so nothing else would go by this way just now either."""
    of_address: bool = False
    """It is the reader's own address or number that does not work: only where that is the last word."""
    opted_out: bool = False
    """The gateway says that the number's owner wants no more."""


NO_MORE = "the number’s owner wants no more messages"
"""They are told so as their texts are switched off, and not that it could not be delivered."""
_NO_ADDRESS = Problem("no mail can be written to this address", final=True, of_address=True)


class Way(Protocol):
    """A way out of the building. A send takes less time than the outbox's lease, whatever happens at the other end."""

    def send(self, delivery: Delivery) -> Problem | None:
        """Send one message; return what went wrong, if anything."""


class _OurFault(Exception):  # noqa: N818  (nothing of it is the reader's or the server's)
    """A setting of ours keeps every mail from being sent; its words say which."""


IN_THE_CLEAR = "the mail server offers no encryption, so our name and secret were not sent to it"
MISSET = "the settings of the mail server, or our own address, cannot be used as they are"


@contextmanager
def _ours() -> Iterator[None]:
    """Take what cannot be written before the mail itself comes up for what it is: no reader's address."""
    try:
        yield
    except OSError:  # a certificate that is not to be trusted is a value error, too
        raise
    except ValueError as error:
        raise _OurFault(MISSET) from error


def _log_in(server: Line, name: str, secret: str) -> None:
    try:
        server.login(name, secret)
    except smtplib.SMTPNotSupportedError as lacking:  # of a mail the same word would mean its address
        raise smtplib.SMTPException from lacking


def _problem(trouble: Exception, *, server: str, address: str) -> Problem:
    match trouble:
        case _OurFault():
            return Problem(str(trouble), everybody=True)
        case smtplib.SMTPRecipientsRefused():
            return _refused(*next(iter(trouble.recipients.values())), address)
        case smtplib.SMTPResponseException():  # what is not said of the mail itself is said of our name, secret or sender
            this_mail = isinstance(trouble, smtplib.SMTPDataError)
            return _answered(trouble.smtp_code, trouble.smtp_error, address, this_mail=this_mail)
        case smtplib.SMTPNotSupportedError():
            return Problem("the mail server cannot write to this address", final=True, of_address=True)
        case OSError():  # every exception of SMTP is one, too
            return Problem(why_unreached(trouble, server), everybody=True)
    return _NO_ADDRESS


def _answered(code: int, said: bytes | str, address: str, *, this_mail: bool) -> Problem:
    """Say what a code means: about this mail it is final from 500 on; anything else can be mended, or ends by itself."""
    return Problem(
        _sentence(code, said, address),
        final=this_mail and code >= _PERMANENT,
        everybody=not this_mail or code == _CLOSING,
    )


def _sentence(code: int, said: bytes | str, address: str) -> str:
    words = words_of(said if isinstance(said, bytes) else said.encode(), address)
    return f"the mail server answered {code}: {words}" if words else f"the mail server answered {code}"


def _refused(code: int, said: bytes, address: str) -> Problem:
    """Say what a code about the address means: what passes, such as greylisting, is nobody's fault, and policy is ours."""
    if _POLICY.match(said) and code >= _PERMANENT:  # no relaying, a blocklist: it meets every address alike
        return Problem(_sentence(code, said, address), everybody=True)
    answered = _answered(code, said, address, this_mail=True)
    return replace(answered, of_address=answered.final)


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

    def send(self, delivery: Delivery) -> Problem | None:
        """Send one mail; return what went wrong, if anything."""
        try:
            mail = compose(delivery, sender=self.sender, base_url=self.base_url, secret=self.secret)
            if not parseaddr(str(mail["To"]))[1]:
                return _NO_ADDRESS
            self._hand_over(mail)
        except (_OurFault, OSError, smtplib.SMTPException, ValueError) as trouble:
            return _problem(trouble, server=self._server, address=delivery.address)
        return None

    @property
    def _server(self) -> str:
        host, port, _safe = self._where()
        return f"{host}:{port}"

    def _where(self) -> tuple[str, int, bool]:
        """Return the server's name and port, and whether it is encrypted from the start."""
        parts = urlsplit(self.url)
        safe = parts.scheme == "smtps"
        return parts.hostname or "localhost", parts.port or (465 if safe else 25), safe

    def _hand_over(self, mail: EmailMessage) -> None:
        parts = urlsplit(self.url)
        host, port, safe = self._where()
        with _ours():
            server = Line(
                host,
                port,
                name=urlsplit(self.base_url).hostname or "localhost",
                context=ssl.create_default_context() if safe else None,
                seconds=WHOLE,
            )
        try:
            with _ours():
                server.ehlo_or_helo_if_needed()
                if not safe and server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                if parts.username and not (isinstance(server.sock, ssl.SSLSocket) or _is_loopback(host)):
                    raise _OurFault(IN_THE_CLEAR)
                if parts.username:
                    _log_in(server, unquote(parts.username), unquote(parts.password or ""))
            server.wait_at_most(TAKING)
            server.send_message(mail)
        finally:
            server.wait_at_most(PARTING)
            with suppress(smtplib.SMTPException):  # what is said at parting does not unsend a mail
                server.quit()
            server.close()
