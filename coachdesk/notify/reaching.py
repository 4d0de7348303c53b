"""Where a gateway may be reached: what a name leads to is looked up once, looked at, and that very address is called.

Looked up twice, a name could lead to the world as it is looked at and into our own network as it is called. So it is
looked at where the library connects, in the thread that sends, and nowhere else. A proxy that the machine's surroundings
name is passed by: what is looked at would be the proxy's address, and never the gateway's.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

from requests import sessions
from urllib3.util import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from ipaddress import IPv4Network

    Address = IPv4Address | IPv6Address
    Networks = tuple[IPv4Network | IPv6Network, ...]
    Allows = Callable[[Address], bool]

_plain = connection.create_connection
_proxies = sessions.get_environ_proxies  # type: ignore[attr-defined]  # what sessions of the library ask
_thread = threading.local()
_MAPPED = tuple(IPv6Network(written) for written in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))
"""Addresses that carry one of the older kind within them, which may be a neighbour's."""


class _RefusedError(OSError):
    """The address is none that may be called."""


@dataclass
class Reach:
    """What a thread may call, and whether it tried to call anything else."""

    allows: Allows
    was_refused: bool = False


def is_of_the_world(address: Address) -> bool:
    """Say whether an address belongs to nobody’s own network."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped.is_global
        return address.is_global and not any(address in network for network in _MAPPED)
    return address.is_global and not address.is_multicast


def is_within(address: Address, networks: Networks) -> bool:
    """Say whether an address lies in one of these networks."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in networks)


@contextmanager
def reaching_only(allows: Allows) -> Iterator[Reach]:
    """Let this thread call by the library no address but those that are allowed, until it is over."""
    _thread.reach = reach = Reach(allows)
    try:
        yield reach
    finally:
        del _thread.reach


def _connect(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
    """Look a name up once and call what was looked at; without `reaching_only`, call as the library does."""
    reach: Reach | None = getattr(_thread, "reach", None)
    if reach is None:
        return _plain(address, *args, **options)
    host, port = address
    found = socket.getaddrinfo(host.strip("[]"), port, connection.allowed_gai_family(), socket.SOCK_STREAM)
    wheres = [str(answer[4][0]) for answer in found]
    if not all(reach.allows(ip_address(where.partition("%")[0])) for where in wheres):
        reach.was_refused = True
        raise _RefusedError
    trouble: OSError = _RefusedError()
    for where in wheres:
        try:
            return _plain((where, port), *args, **options)
        except OSError as error:
            trouble = error
    raise trouble


def _find_proxies(*args: Any, **options: Any) -> dict[str, str]:
    """Name no proxy to a thread that calls a gateway."""
    return {} if hasattr(_thread, "reach") else _proxies(*args, **options)


connection.create_connection = _connect
sessions.get_environ_proxies = _find_proxies  # type: ignore[attr-defined]
