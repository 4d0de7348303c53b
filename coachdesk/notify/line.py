"""A connection to a mail server that is cut when its time is over, however slowly the server answers.

A time-out for one answer is none for the whole: a server that sends a letter every twenty seconds never meets it.
"""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

ANSWER = 30.0
"""Seconds for one answer, until the server knows who we are."""
TAKING = 75.0
"""Seconds for one answer about the mail itself: whoever looks through it first takes its time, and it would come twice."""
PARTING = 5.0
"""Seconds to say good-bye; the mail is out by then."""
WHOLE = 100.0
"""Seconds after which not a letter more is sent, from the first look for the server on. The lease is longer."""


def _connect(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to one of a host's addresses; all of them share the time, and each has its turn."""
    until, trouble = time.monotonic() + seconds, OSError("the host has no address")
    wheres = [found[4] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for n, where in enumerate(wheres):
        share = max(0.1, until - time.monotonic()) / (len(wheres) - n)
        try:
            made = socket.create_connection((str(where[0]), int(where[1])), share)
        except OSError as error:
            trouble = error
        else:
            made.settimeout(seconds)
            return made
    raise trouble


class Line(smtplib.SMTP):
    """The library's connection, encrypted from the start where a context is given, and cut after `seconds`."""

    def __init__(self, host: str, port: int, *, name: str, context: ssl.SSLContext | None, seconds: float) -> None:
        """Connect, and say `name` when asked who calls: the library would look this machine's own name up each time."""
        self._context = context
        self._twin: socket.socket | None = None
        self._over = threading.Event()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()
        try:
            super().__init__(host, port, local_hostname=name, timeout=ANSWER)
        except BaseException:
            self.close()
            raise

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = _connect(host, port, timeout)
        # The library changes sockets when encryption begins; the twin stays, and cutting it cuts whichever is in use.
        self._twin = made.dup()
        if self._over.is_set():
            made.close()
            raise TimeoutError
        return self._context.wrap_socket(made, server_hostname=host) if self._context else made

    def _cut(self) -> None:
        self._over.set()
        if self._twin is not None:
            with suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)

    def wait_at_most(self, seconds: float) -> None:
        """Wait so long for each answer from here on."""
        if self.sock is not None:
            with suppress(OSError):  # it broke off already
                self.sock.settimeout(seconds)

    def close(self) -> None:
        """Close the connection and stop its clock."""
        self._timer.cancel()
        twin, self._twin = self._twin, None
        if twin is not None:
            twin.close()
        super().close()
