"""What a mail server said and why none could be spoken to, in words that may be kept: no name, no address. Pure.

A server may repeat anything: whom a mail was for, by name or address, links, numbers. What could be that is left out.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl

LONGEST = 120
"""Characters that are kept of an answer."""
_GAP = "…"
_LEAST = 3
"""A shorter part of an address is no name, and would take words with it that are none."""
_CODE = re.compile(r"\d\.\d{1,3}\.\d{1,3}")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", re.UNICODE)
_COULD_BE_ANYTHING = re.compile(r"[@/\\<>=\[\]]|\d|\w\.\w")
_SERVERS_WORDS = frozenset(
    [
        "a",
        "access",
        "account",
        "action",
        "address",
        "administrative",
        "again",
        "allowed",
        "an",
        "and",
        "are",
        "at",
        "authentication",
        "authenticated",
        "bad",
        "been",
        "blocked",
        "by",
        "cannot",
        "check",
        "client",
        "closed",
        "command",
        "connection",
        "content",
        "could",
        "credentials",
        "database",
        "daily",
        "daemon",
        "denied",
        "disabled",
        "dkim",
        "dmarc",
        "does",
        "domain",
        "dsn",
        "error",
        "exceeded",
        "exist",
        "failed",
        "failure",
        "first",
        "for",
        "from",
        "full",
        "found",
        "greylisted",
        "greylisting",
        "has",
        "helo",
        "host",
        "hours",
        "id",
        "illegal",
        "in",
        "inactive",
        "insufficient",
        "internal",
        "invalid",
        "ip",
        "is",
        "it",
        "its",
        "lacks",
        "later",
        "limit",
        "local",
        "lookup",
        "mail",
        "mailbox",
        "mailboxes",
        "many",
        "message",
        "minutes",
        "must",
        "name",
        "no",
        "not",
        "of",
        "on",
        "ok",
        "only",
        "or",
        "our",
        "out",
        "over",
        "overquota",
        "permanent",
        "permitted",
        "please",
        "policy",
        "postmaster",
        "prohibited",
        "protocol",
        "quota",
        "rate",
        "received",
        "recipient",
        "recipients",
        "refused",
        "reject",
        "rejected",
        "relay",
        "relaying",
        "remote",
        "reputation",
        "requested",
        "required",
        "resources",
        "retry",
        "say",
        "seconds",
        "see",
        "sender",
        "sending",
        "server",
        "service",
        "size",
        "smtp",
        "spam",
        "spf",
        "space",
        "status",
        "storage",
        "such",
        "suspended",
        "syntax",
        "system",
        "table",
        "taken",
        "temporarily",
        "temporary",
        "the",
        "this",
        "tls",
        "to",
        "too",
        "transaction",
        "try",
        "unable",
        "unavailable",
        "unknown",
        "user",
        "username",
        "valid",
        "verification",
        "verify",
        "virus",
        "was",
        "we",
        "who",
        "with",
        "you",
        "your",
    ]
)
"""What is none of these may be somebody's name, or a secret of ours."""


def words_of(said: bytes, address: str = "") -> str:
    """Return what a server said as one short line, without what could be a name or an address."""
    own = _parts_of(address.casefold())
    kept: list[str] = []
    for word in said.decode("utf-8", "ignore").split():
        part = "".join(letter for letter in word if letter.isprintable())
        safe = part if _is_safe(part, own) else _GAP
        if safe and not (safe == _GAP and kept and kept[-1] == _GAP):
            kept.append(safe)
    line = " ".join(kept).strip(" .,:;")
    if not line.strip(f"{_GAP} "):
        return ""
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rsplit(" ", 1)[0] + _GAP


def _parts_of(address: str) -> frozenset[str]:
    """Return the words an address is made of; of its domain those that no server uses of itself."""
    local, _at, domain = address.rpartition("@")
    of_box, of_domain = (re.split(r"[\W\d_]+", part) for part in (local, domain))
    found = {*of_box, *(part for part in of_domain if part not in _SERVERS_WORDS)}
    return frozenset(part for part in found if len(part) >= _LEAST)


def _is_safe(part: str, own: frozenset[str]) -> bool:
    if _CODE.fullmatch(part.strip(".,:;#()-")):
        return True
    if _COULD_BE_ANYTHING.search(part.strip(".,:;()\"'")):
        return False
    return all(word.casefold() in _SERVERS_WORDS and word.casefold() not in own for word in _WORD.findall(part))


_WHY: tuple[tuple[tuple[type[OSError], ...], str], ...] = (
    ((ConnectionRefusedError,), "nobody answered at {}"),
    ((socket.gaierror,), "no server is known as {}"),
    ((ssl.SSLCertVerificationError,), "{} could not prove that it is the one we mean"),
    ((ssl.SSLError,), "no encrypted connection to {} could be made"),
    ((TimeoutError,), "{} did not answer in time"),
    ((smtplib.SMTPServerDisconnected, ConnectionError), "the connection to {} broke off"),
    ((smtplib.SMTPException,), "the mail server at {} does not let us sign in as we can"),
    ((OSError,), "the mail server at {} could not be reached"),
)


def why_unreached(trouble: OSError, server: str) -> str:
    """Say why a server could not be spoken to."""
    return next(words for kinds, words in _WHY if isinstance(trouble, kinds)).format(server)
