"""A real mail server on the loopback: it answers as told and keeps what it took."""

from __future__ import annotations

import asyncio
import email
import email.policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from email.message import EmailMessage


class Doors(Controller):
    """The server's own thread; it learns which port was free before it asks itself whether it answers."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Post:
    """A mail server on this machine: it answers as told and keeps what it took."""

    def __init__(self, **options: Any) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        """The same mails as they came, to the letter."""
        self.takes_from = self.takes_for = self.takes_mail = "250 OK"
        self.parts_with = "221 Bye"
        self.thinks = 0.0
        """Seconds it takes over each mail."""
        self.asked = 0
        """How many mails it was given, taken or not."""
        self.doors = Doors(self, hostname="127.0.0.1", port=0, **options)
        self.doors.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.doors.port}"

    def readers(self) -> list[str]:
        """To whom the mails went. No property: the library looks at each of ours for each connection it takes."""
        return sorted(str(mail["To"]) for mail in self.mails)

    def close(self) -> None:
        if self.doors._thread:
            self.doors.stop()

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.takes_from

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.takes_for

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.asked += 1
        await asyncio.sleep(self.thinks)
        if self.takes_mail.startswith("250"):
            self.raw.append(envelope.original_content)
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return self.takes_mail

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return self.parts_with
