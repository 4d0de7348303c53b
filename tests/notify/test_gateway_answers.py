"""Every way a gateway for text messages can answer, by a real one on the loopback, and what comes of it."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest

from coachdesk.notify import (
    Channel,
    DeliveryState,
    apprising,
)
from coachdesk.notify.apprising import problem_of
from coachdesk.organisation.models import OutsideWay
from coachdesk.reminders.prefs import Prefs
from tests.gateway import add_way
from tests.notify.helpers import (
    choose,
    list_rows,
    plan,
    queue_text,
    remind,
    told,
)


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (500, DeliveryState.WAITING, "the gateway answered 500"),
        (429, DeliveryState.WAITING, "the gateway answered 429"),
        (401, DeliveryState.WAITING, "the gateway answered 401"),
        (422, DeliveryState.STOPPED, "the gateway answered 422"),
        (302, DeliveryState.WAITING, "the gateway answered 302"),
    ],
)
def test_an_answer_is_told_by_its_number_and_tried_again_where_that_may_help(
    session, cast, clock, gateway, send_all, status, state, error
):
    add_way(session, cast, gateway.url)
    gateway.answers, gateway.says = status, b'{"message": "Marcus Tell +15550102030"}'
    queue_text(session, cast, clock)
    assert send_all() == 0
    (row,) = list_rows(session, Channel.TEXT)
    assert (row.state, row.error) == (state, error)


def test_a_gateway_that_is_not_there_is_waited_for(session, cast, clock, gateway, send_all):
    add_way(session, cast, gateway.url)
    gateway.close()
    queue_text(session, cast, clock)
    assert send_all() == 0
    (row,) = list_rows(session, Channel.TEXT)
    assert (row.state, row.error) == (DeliveryState.WAITING, "the gateway could not be reached")


def test_a_gateway_that_never_answers_holds_nothing_longer_than_its_time(
    session, cast, clock, gateway, send_all, monkeypatch
):
    monkeypatch.setattr(apprising, "LONGEST", 0.5)
    add_way(session, cast, gateway.url)
    gateway.waits.clear()
    queue_text(session, cast, clock)
    begun = time.monotonic()
    assert send_all() == 0
    assert time.monotonic() - begun < 5
    (row,) = list_rows(session, Channel.TEXT)
    assert (row.state, row.error) == (DeliveryState.WAITING, "the gateway gave no answer in time")


def test_the_longest_wait_is_shorter_than_what_a_send_may_take():
    from coachdesk.notify.line import WHOLE

    assert apprising.CONNECT + apprising.READ < apprising.LONGEST < WHOLE


def test_a_gateway_that_takes_its_time_is_waited_for_and_asked_once(
    session, cast, clock, gateway, send_all, monkeypatch
):
    given: list[float] = []
    ask = apprising._gateway

    def asked(url: str, to: str) -> Any:
        made = ask(url, to)
        given.append(made.socket_read_timeout)
        return made

    monkeypatch.setattr(apprising, "_gateway", asked)
    add_way(session, cast, gateway.url)
    gateway.waits.clear()
    queue_text(session, cast, clock)
    threading.Timer(1.5, gateway.waits.set).start()
    assert send_all() == 1
    assert gateway.asked == 1
    assert min(given) >= 60, "in seconds; whoever is not waited for is asked again, and tells twice"


@pytest.mark.parametrize(
    "said",
    [
        "Failed to send Twilio notification to +1555: Attempt to send to unsubscribed recipient, error=21610.",
        "Failed: the recipient has opted out, error=400.",
    ],
)
def test_a_number_that_wants_no_more_is_told_from_one_that_does_not_work(said):
    assert problem_of(said).opted_out
    assert problem_of(said).final
    assert not problem_of("Failed: error=21211.").opted_out
    assert problem_of("Failed: error=21211.").of_address
    assert problem_of("Failed: error=20003.").everybody


@pytest.mark.parametrize("number", ["21211", "21214", "21217", "21610", "21614"])
def test_what_a_gateway_says_of_the_number_ends_the_message(number):
    problem = problem_of(f"Failed: error={number}.")
    assert (problem.final, problem.of_address, problem.everybody) == (True, True, False)


@pytest.mark.parametrize("number", ["21212", "21408", "21606", "21608", "21611", "21612", "21659", "21700"])
def test_what_a_gateway_says_of_us_is_tried_again_and_is_no_numbers_fault(number):
    problem = problem_of(f"Failed: error={number}.")
    assert (problem.final, problem.of_address, problem.everybody) == (False, False, True)


class _Kept(logging.Handler):
    """Whatever a library hands to the log of the house."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.names.append(record.name.partition(".")[0])


def test_nothing_the_library_says_of_an_answer_or_an_address_reaches_the_log(session, cast, clock, gateway, send_all):
    add_way(session, cast, gateway.url)
    gateway.answers, gateway.says = 400, b"Marcus"
    queue_text(session, cast, clock)
    kept = _Kept()
    logging.getLogger().addHandler(kept)
    try:
        send_all()
    finally:
        logging.getLogger().removeHandler(kept)
    assert gateway.asked == 1
    assert "apprise" not in kept.names


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_room_that_is_gone_is_nobodys_fault_and_loses_no_message(session, cast, clock, gateway, send_all, status):
    way_id = add_way(session, cast, gateway.room_url, "chat")
    choose(session, cast.dana, Prefs(channels=frozenset({Channel.CHAT})), clock)
    remind(session, cast, clock)
    clock.move(minutes=15)
    plan(session, clock)
    gateway.answers = status
    send_all()
    (row,) = list_rows(session, Channel.CHAT)
    assert (row.state, row.error) == (DeliveryState.WAITING, f"the gateway answered {status}")
    assert session.get(OutsideWay, way_id).failures == 1
    gateway.answers = 200
    clock.move(hours=1)
    assert send_all() == 1


def test_a_text_that_could_not_be_delivered_is_said_to_its_reader(session, cast, clock, gateway, send_all):
    add_way(session, cast, gateway.url)
    gateway.answers = 422
    queue_text(session, cast, clock)
    send_all()
    send_all()
    assert told(session, cast.dana) == [
        "A text message to you could not be delivered. Look whether your number is right."
    ]
