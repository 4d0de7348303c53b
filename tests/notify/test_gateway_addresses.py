"""What may be a gateway's address."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_network

import pytest

from coachdesk import scheduler
from coachdesk.db import db, writing
from coachdesk.notify import (
    Channel,
    apprising,
)
from coachdesk.notify.apprising import refuse_bad_address
from coachdesk.organisation import ways
from coachdesk.words import Refused
from tests.gateway import add_way
from tests.notify.helpers import (
    NUMBER,
)


@pytest.mark.parametrize(
    "url",
    [
        "nowhere://sms.example.org/{to}",
        "https//sms.example.org/{to}",
        "syslog://{to}",
        "mailto://a:b@example.org?to={to}",
        "dbus://{to}",
        "{to}",
        "xml://127.0.0.1/{to}",
        "ntfys://ntfy.example.org/{to}",
        "apprises://example.org/{to}",
        "jsons://sms.example.org/{to}?keyfile=/etc/passwd",
        "gchat://a/b/c?keyfile=/etc/passwd&x={to}",
        "jsons://sms.example.org/{to}?pem=/etc/hosts",
        "jsons://sms.example.org/{to}?template=/etc/hosts",
    ],
)
def test_an_address_of_no_gateway_is_refused(url):
    with pytest.raises(Refused, match="knows no gateway"):
        refuse_bad_address(url, needs_to=True)


@pytest.mark.parametrize("url", ["json://sms.example.org/{to}", "json://10.0.0.5/{to}", "json://127.0.0.1/{to}"])
def test_what_would_go_in_the_clear_is_refused(url):
    with pytest.raises(Refused, match="could be read on the way"):
        refuse_bad_address(url, needs_to=True)


@pytest.mark.parametrize(
    "url",
    [
        f"twilio://AC{'a' * 32}:{'b' * 32}@+15550100100/{{to}}",
        "vonage://ABCDEFGH:abcdefghijklmnop@15550100100/{to}",
        "jsons://name:secret@sms.example.org/send?:to={to}",
        "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/@{to}",
    ],
)
def test_the_examples_of_the_page_are_gateways(url):
    refuse_bad_address(url, needs_to=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8443", "localhost", "x.localhost", "10.0.0.5", "192.168.1.1", "169.254.169.254", "[fd00::1]"]
)
def test_a_gateway_of_ones_own_is_not_in_our_own_network(host):
    with pytest.raises(Refused, match="network of our own"):
        refuse_bad_address(f"jsons://{host}/{{to}}", needs_to=True)


def test_a_name_of_this_machine_is_let_in_where_this_machine_is_named_as_ours():
    refuse_bad_address("jsons://localhost/{to}", needs_to=True, inside=(ip_network("127.0.0.0/8"),))
    with pytest.raises(Refused, match="network of our own"):
        refuse_bad_address("jsons://localhost/{to}", needs_to=True, inside=(ip_network("10.20.0.0/16"),))


@pytest.mark.parametrize("host", ["2130706433", "127.0.0.1", "localhost"])
def test_where_a_name_leads_is_seen_as_something_is_sent(host):
    problem = apprising.Gateway(f"jsons://{host}/{{to}}", "https://desk.example").say(NUMBER, "x")
    assert problem is not None
    assert "network of our own" in problem.sentence
    assert problem.everybody


def test_on_this_machine_a_gateway_is_for_trials_alone():
    refuse_bad_address("json://127.0.0.1:8080/send?:to={to}", needs_to=True, here=True)
    with pytest.raises(Refused):
        refuse_bad_address("json://127.0.0.1:8080/send?:to={to}", needs_to=True)


def test_a_text_needs_the_place_of_its_number_and_a_room_does_not():
    refuse_bad_address("mmosts://chat.example.org/3ccdd113474722377935511fc85d3dd4", needs_to=False)
    with pytest.raises(Refused, match="where the number goes"):
        refuse_bad_address("jsons://sms.example.org/send", needs_to=True)


def test_the_scheduler_sends_by_the_gateways_that_are_on(app, session, cast, gateway):
    way_id = add_way(session, cast, gateway.url)
    assert set(scheduler.ways_of(app)) == {Channel.TEXT}
    with writing():
        ways.switch_way(db.session, cast.admin, way_id, on=False, now=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
        db.session.commit()
    assert scheduler.ways_of(app) == {}
    assert gateway.url not in repr(ways.map_gateways(session))
