"""Text messages and chat, by the gateways the library Apprise knows. It returns what went wrong instead of raising.

What a gateway answers is looked at for its number and for “wants no more”, and kept nowhere: it may repeat anything.
The library waits in a thread of its own, so that no gateway, however slow, holds a message longer than its lease.
"""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import structlog

from coachdesk.config import LOOPBACK
from coachdesk.logs import trouble
from coachdesk.notify.channels import NO_MORE, Problem
from coachdesk.notify.messages import ROOM_ONE, ROOM_SEVERAL
from coachdesk.notify.reaching import is_of_the_world, is_within, reaching_only
from coachdesk.words import Refused, mark, say_n

if TYPE_CHECKING:
    from coachdesk.notify.models import Delivery
    from coachdesk.notify.reaching import Address, Allows, Networks

TO = "{to}"
"""Stands in a gateway's address where the number or the name goes."""
CONNECT, READ = 5.0, 60.0
"""Seconds; whoever is not waited for until they answer is asked again, and it would come twice."""
LONGEST = 75.0
"""Seconds for everything a gateway does with one message; the lease lasts two minutes."""
_AT_HOME = frozenset({"clicksend", "discord", "gchat", "messagebird", "nexmo", "sinch", "slack", "twilio", "vonage"})
"""Services that are where they are, whatever is typed."""
_ANYWHERE = frozenset({"jsons", "mmosts"})
_HERE = "json"
"""What is typed after these says where they are; the last is for trials on this machine alone."""
_FILES = frozenset({"attach", "cert", "keyfile", "pem", "template"})
"""Names of files of this machine that some gateways would read."""
_OUR_OWN = Problem("the gateway’s address leads into a network of our own", everybody=True)
_NUMBER = re.compile(r"error=(\d{3,6})")
_NO_MORE = re.compile(
    r"opted[ -]?out|unsubscribed|replied with stop|\bstop(?:ped)? (?:word|keyword)|do[ -]not[ -]contact", re.IGNORECASE
)
_NO_MORE_NUMBERS = frozenset({"21610"})
_BUSY, _CLIENT, _SERVER = frozenset({408, 409, 423, 425, 429}), 400, 500
_OWN = 1000
_OF_NUMBER = frozenset({"21211", "21214", "21217", "21610", "21614"})
"""Gateways number some answers their own way; of Twilio's, these are about the number, and all others about us."""
_WAY = frozenset({401, 402, 403, 404, 405, 407})
"""The gateway does not know us, or the address of the gateway is wrong: nothing of the reader's."""
_turn, _at_work = threading.Lock(), dict[str, threading.Thread]()
"""Who speaks to which gateway: where one did not come back in time, nobody else begins."""
log = structlog.get_logger()
_library = logging.getLogger("apprise")


@dataclass(frozen=True)
class Gateway:
    """A way out that the organisation set up: where it is, which nobody is shown again, and where links lead."""

    url: str = field(repr=False)
    base_url: str
    inside: Networks = ()
    """Networks of our own in which a gateway may be."""

    @property
    def is_room(self) -> bool:
        """Say whether readers share it: no number and no name goes into its address."""
        return TO not in self.url

    def send(self, delivery: Delivery) -> Problem | None:
        """Send one message; return what went wrong, if anything."""
        return self.say(delivery.address, f"{delivery.body} {self.base_url}{delivery.path}")

    def tell_room(self, readers: int) -> Problem | None:
        """Say once, to all who share it, for how many of them there is something; the link leads each to their own page."""
        return self.say("", f"{say_n(ROOM_ONE, ROOM_SEVERAL, readers)} {self.base_url}/")

    def say(self, to: str, words: str) -> Problem | None:
        """Send a line to a number or a name; return what went wrong, if anything."""
        answer: list[Problem | None] = []
        worker = threading.Thread(target=lambda: answer.append(_send(self.url, to, words, self.inside)), daemon=True)
        with _turn:
            earlier = _at_work.get(self.url)
            if earlier is not None and earlier.is_alive():
                return Problem("the gateway has not answered an earlier message yet", everybody=True)
            _at_work[self.url] = worker
            worker.start()
        worker.join(LONGEST)
        problem = answer[0] if answer else Problem("the gateway gave no answer in time", everybody=True)
        return _about_us(problem) if self.is_room else problem


def _about_us(problem: Problem | None) -> Problem | None:
    """Return what went wrong with a room: nothing of it is a reader's, so it is tried again, and counts for the way."""
    return problem and Problem(problem.sentence, everybody=True)


def refuse_bad_address(url: str, *, needs_to: bool, here: bool = False, inside: Networks = ()) -> None:
    """Refuse what is none of the gateways we let out by, what leads inside, and a number's place that is missing.

    With `here`, a gateway on this very machine is let in; `inside` are networks of our own with gateways in them.
    """
    if needs_to and TO not in url:
        raise Refused(mark("Write {to} where the number goes, as in the examples."), "url")
    kind = _kind_of(url)
    gateway = _gateway(url, "+15550100000") if kind in _AT_HOME | _ANYWHERE | {_HERE} else None
    if gateway is None or _names_a_file(url):
        raise Refused(mark("CoachDesk knows no gateway at this address. Compare it with the examples."), "url")
    address = _literal(gateway.host) if kind not in _AT_HOME else None
    is_ours = address is not None and is_within(address, inside)
    if kind == _HERE and not (is_ours or (here and gateway.host in LOOPBACK)):
        raise Refused(mark("What is sent there could be read on the way. Use the kind that is encrypted."), "url")
    leads_in = address is not None and not is_ours and not is_of_the_world(address)
    if kind in _ANYWHERE and (
        leads_in or (address is None and _is_this_machine(gateway.host) and not _has_loopback(inside))
    ):
        raise Refused(mark("This address leads into a network of our own. Write one that the world can reach."), "url")


def _kind_of(url: str) -> str:
    return url.partition("://")[0].lower()


def _names_a_file(url: str) -> bool:
    return any(name.lstrip("+-:").lower() in _FILES for name in parse_qs(urlsplit(url).query, keep_blank_values=True))


def _is_this_machine(host: str) -> bool:
    return host.lower() in LOOPBACK or host.lower().endswith(".localhost")


def _has_loopback(inside: Networks) -> bool:
    return any(network.is_loopback for network in inside)


def _literal(host: str) -> Address | None:
    """Return the address a host is written as; a name is looked at as something is sent."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _allows(url: str, inside: Networks) -> Allows:
    """Return which addresses the gateway may be at: this machine and its neighbours believe whatever comes from here."""
    kind = _kind_of(url)
    if kind in _AT_HOME:
        return lambda _address: True
    if kind == _HERE:
        return lambda address: address.is_loopback or is_within(address, inside)
    return lambda address: is_of_the_world(address) or is_within(address, inside)


def _gateway(url: str, to: str) -> Any:
    """Return the library's own object for an address with a number put in; none where it knows none."""
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415  (a tenth of a second, where something is sent)

    _library.propagate = False  # what it says may repeat an address, a number or an answer
    asset = AppriseAsset(app_id="CoachDesk", storage_mode="memory", secure_logging=True, allow_templates=False)
    made = Apprise.instantiate(url.replace(TO, quote(to, safe="")), asset=asset)
    if made is not None:  # whatever the address asks for
        made.socket_connect_timeout, made.socket_read_timeout = CONNECT, READ
        made.redirects, made.verify_certificate = False, True
    return made


def _send(url: str, to: str, words: str, inside: Networks) -> Problem | None:
    heard = _Heard()
    try:
        made = _gateway(url, to)
        if made is None:
            return Problem("the gateway’s address does not fit the number or name", final=True, of_address=True)
        with heard, reaching_only(_allows(url, inside)) as reach:
            went = made.notify(body=words, title="")
        if reach.was_refused:
            return _OUR_OWN
    except Exception as error:  # noqa: BLE001  (a gateway's code may raise anything)
        log.warning("a gateway could not be used", trouble=trouble(error))
        return Problem("the gateway could not be used; the log says more")
    return None if went else problem_of(heard.said)


def problem_of(said: str) -> Problem:
    """Return what went wrong by what the library noted of the gateway's answer."""
    found = _NUMBER.search(said)
    number = found[1] if found else ""
    if number in _NO_MORE_NUMBERS or _NO_MORE.search(said):
        return Problem(NO_MORE, final=True, of_address=True, opted_out=True)
    if not number:
        return Problem("the gateway could not be reached", everybody=True)
    code = int(number)
    of_reader = number in _OF_NUMBER if code >= _OWN else _CLIENT <= code < _SERVER and code not in _BUSY | _WAY
    return Problem(f"the gateway answered {number}", final=of_reader, everybody=not of_reader, of_address=of_reader)


class _Heard(logging.Handler):
    """What the library notes in this thread while one message is sent; it goes no further."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said = ""
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line of this thread's."""
        if record.thread == self._thread:
            self.said += f"{record.getMessage()}\n"

    def __enter__(self) -> None:
        _library.addHandler(self)

    def __exit__(self, *_over: object) -> None:
        _library.removeHandler(self)
