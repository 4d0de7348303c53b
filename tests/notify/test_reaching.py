"""A gateway is called only where the world can call it, or in a network of ours that somebody named; looked up once."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.notify.apprising import Gateway as Way
from coachdesk.notify.apprising import refuse_bad_address
from coachdesk.notify.reaching import is_of_the_world, is_within, reaching_only
from coachdesk.words import Refused

if TYPE_CHECKING:
    from tests.gateway import Gateway

BASE = "https://desk.example"
NUMBER = "+15550102030"
HOME = (ip_network("127.0.0.0/8"),)
NAME = "sms.gateway.example"


@pytest.fixture
def leads(monkeypatch):
    """Let a name lead to these addresses, one after another; the last for good. Returns how often it was looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def set_up(*answers: list[str]) -> list[str]:
        def look_up(host: Any, port: Any, *more: Any, **named: Any) -> Any:
            if host != NAME:
                return real(host, port, *more, **named)
            asked.append(host)
            found = answers[min(len(asked), len(answers)) - 1]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port or 0)) for where in found]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return set_up


def at_name(gateway: Gateway, kind: str = "json") -> str:
    return f"{kind}://{NAME}:{gateway.server.server_port}/send?:to={{to}}"


def test_what_was_looked_at_is_what_is_called(gateway, leads):
    asked = leads(["127.0.0.1"], ["10.0.0.1"])
    assert Way(at_name(gateway), BASE).say(NUMBER, "x") is None
    assert (asked, gateway.asked) == ([NAME], 1), "a name that leads elsewhere a moment later is not asked again"


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["10.1.2.3"], ["169.254.169.254"]],
)
def test_a_name_that_leads_inside_is_not_called_at_all(gateway, leads, answers):
    leads(answers)
    problem = Way(at_name(gateway, "jsons"), BASE).say(NUMBER, "x")
    assert problem is not None
    assert "network of our own" in problem.sentence
    assert problem.everybody
    assert gateway.asked == 0


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "http://93.184.216.34:3128"])
def test_no_proxy_comes_between_what_is_looked_at_and_what_is_called(gateway, leads, monkeypatch, proxy):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    asked = leads(["10.9.9.9"])
    refused = Way(at_name(gateway, "jsons"), BASE).say(NUMBER, "x")
    assert refused is not None
    assert "network of our own" in refused.sentence
    assert asked == [NAME], "it is the gateway's own name that is looked up"
    leads(["127.0.0.1"])
    assert Way(at_name(gateway), BASE).say(NUMBER, "x") is None
    assert gateway.asked == 1


def test_a_gateway_inside_is_called_where_its_network_is_named_and_nowhere_else(gateway, leads):
    leads(["127.0.0.2"])
    inside = Way(at_name(gateway, "jsons"), BASE, HOME).say(NUMBER, "x")
    assert inside is not None
    assert "network of our own" not in inside.sentence, "it was called; this one speaks no TLS"
    elsewhere = Way(at_name(gateway, "jsons"), BASE, (ip_network("10.0.0.0/8"),)).say(NUMBER, "x")
    assert elsewhere is not None
    assert "network of our own" in elsewhere.sentence


def test_an_address_inside_can_be_added_where_its_network_is_named():
    network = (ip_network("10.20.0.0/16"), ip_network("fd00:20::/64"))
    for url in ("jsons://10.20.1.5/{to}", "json://10.20.1.5:8080/{to}", "jsons://[fd00:20::5]/{to}"):
        refuse_bad_address(url, needs_to=True, inside=network)
        with pytest.raises(Refused):
            refuse_bad_address(url, needs_to=True)
    for url in ("jsons://10.21.1.5/{to}", "json://10.21.1.5/{to}", "json://sms.example.org/{to}"):
        with pytest.raises(Refused):
            refuse_bad_address(url, needs_to=True, inside=network)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "172.16.3.4",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.1.2.3",
            "224.0.0.1",
        ),
        *("::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "::"),
    ],
)
def test_what_is_nobodys_in_the_world_is_not_called(written):
    assert not is_of_the_world(ip_address(written))


@given(st.ip_addresses(v=4))
def test_an_address_written_within_one_of_the_newer_kind_is_seen_as_what_it_is(address):
    mapped = ip_address(f"::ffff:{address}")
    assert is_of_the_world(mapped) <= address.is_global
    assert is_within(mapped, (ip_network(f"{address}/32"),))


def test_whoever_sends_nothing_by_a_gateway_is_not_held_to_it(gateway):
    """The rest of the desk calls as the library does; the guard is the thread's own and ends."""
    with pytest.raises(ZeroDivisionError), reaching_only(lambda _address: False):
        raise ZeroDivisionError
    assert Way(gateway.url, BASE).say(NUMBER, "x") is None
