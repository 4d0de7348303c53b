"""What is logged tells what happened and where, and never a name, a word, an address or a secret."""

from __future__ import annotations

import io
import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.background import BackgroundScheduler

from coachdesk import logs, scheduler
from coachdesk.accounts import links
from coachdesk.accounts import service as accounts
from coachdesk.db import db, writing
from coachdesk.web.room import Declared, declare_endpoint
from tests.cast import MONDAY, PASSPHRASE
from tests.conftest import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reader import Reader

    Opened = Callable[[str | None], Reader]

FIRST, LAST, GOES_BY = "Zephyrine", "Quillfeather", "Wrenlet"
WORDS = "Marigold teapots by the lighthouse"
NUMBER, MAIL = "0777 314 159 265", "quillfeather.secret@post.example"
SOUGHT = "soughtfor"
CHOSEN = "umbrella gravel seventeen"
KEPT_OUT = (
    FIRST,
    LAST,
    GOES_BY,
    "Marigold",
    "teapots",
    "lighthouse",
    NUMBER,
    MAIL,
    SOUGHT,
    CHOSEN,
    PASSPHRASE,
    "invitation/",
    "@cast.example",
)


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Everything logged at the most talkative level."""
    before, level, handlers = structlog.get_config(), logging.getLogger().level, list(logging.getLogger().handlers)
    out = io.StringIO()
    logs.configure("debug", readable=False, stream=out)
    yield out
    structlog.configure(**before)
    logging.getLogger().setLevel(level)
    logging.getLogger().handlers[:] = handlers


def lines(said: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.getvalue().splitlines()]


@pytest.mark.asvs("16.2.5")
@pytest.mark.asvs("14.2.1")
def test_a_day_of_everything_leaves_no_name_and_no_word(
    app: Any, reader: Opened, session: Any, cast: Any, said: io.StringIO, caplog: Any, capsys: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    _let_fail(app)
    dana = reader("dana")
    dana.opens("/people/new")
    dana.sends(
        first_name=FIRST,
        last_name=LAST,
        preferred_name=GOES_BY,
        phone=NUMBER,
        email=MAIL,
        safe_note=WORDS,
        may_email="y",
    )
    person = dana.page.url.split("/")[2]
    dana.opens(f"/people?q={SOUGHT}")
    dana.opens(f"/people/{person}/check-ins/new")
    dana.sends_raw(f"/people/{person}/check-ins/new", {"csrf_token": dana.token, "note": WORDS})
    dana.looks(f"/people/{FIRST}/{LAST}?words={WORDS}")
    dana.opens("/admin/accounts", status=404)
    with writing():
        path = links.invite(session, cast.admin, accounts.find_user(session, cast.imani.id), now=MONDAY)
        session.commit()
    nobody = reader(None)
    nobody.opens(path)
    nobody.sends(passphrase=CHOSEN, again=CHOSEN)
    nobody.opens("/sign-in")
    nobody.sends(email=MAIL, password=CHOSEN)
    for trouble, expected in STATUS.items():
        page = nobody.looks(f"/{trouble}/{FIRST}?words={WORDS}")
        assert page.status in expected, trouble
        assert WORDS not in page.text
    for _name, _seconds, job in scheduler.TIMETABLE:
        scheduler._tick(app, "job", job)
    scheduler._tick(app, "trouble", lambda _app: _raise(ValueError(WORDS)))
    cookie = dana.client.get_cookie("desk", domain="desk.example")
    assert cookie is not None
    everything = said.getvalue() + capsys.readouterr().err
    for secret in (
        *KEPT_OUT,
        *KEYS.fernet,
        KEYS.session,
        KEYS.digest,
        KEYS.salt,
        path.rsplit("/", 1)[1],
        dana.token,
        cookie.value,
        person,
    ):
        assert secret.lower() not in everything.lower(), secret
    told = lines(said)
    assert {line["event"] for line in told} >= {"request", "fault", "database busy", "tick did not finish"}
    assert len([line for line in told if line["event"] == "request"]) > 15


def _raise(error: Exception) -> None:
    raise error


def _wrong_word() -> str:
    raise ValueError(f"{WORDS} of {FIRST}")


def _broken_query() -> str:
    db.session.execute(sa.text("SELECT words FROM nowhere WHERE words = :words"), {"words": WORDS})
    return ""


def _taken() -> str:
    row = {"id": 1, "words": WORDS}
    try:
        db.session.execute(sa.text("INSERT INTO organisation (id, name) VALUES (:id, :words)"), row)
    except sa.exc.DBAPIError as error:
        raise RuntimeError(f"could not keep {WORDS}") from error
    return ""


def _busy() -> str:
    raise sa.exc.OperationalError(f"SELECT '{WORDS}'", {"words": WORDS}, Exception(WORDS))


def _warned() -> str:
    logging.getLogger("some.library").warning("could not reach %s", MAIL)
    logging.getLogger("some.library").error(f"could not reach {MAIL}")  # noqa: G004 (as libraries do)
    logging.getLogger("gunicorn.error").warning(f"Invalid request from ip=1.2.3.4: {WORDS}")  # noqa: G004
    try:
        _raise(KeyError(WORDS))
    except KeyError:
        logging.getLogger("another.library").exception("on %s", WORDS)
        structlog.get_logger().error("ours", exc_info=True)
    return "fine"


TROUBLE = {"wrong-word": _wrong_word, "broken-query": _broken_query, "taken": _taken, "busy": _busy, "warned": _warned}
STATUS = {"wrong-word": {500}, "broken-query": {500, 503}, "taken": {500}, "busy": {503}, "warned": {200}}


def _let_fail(app: Any) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for name, view in TROUBLE.items():
        app.add_url_rule(f"/{name}/<words>", name, view_func=lambda view=view, **_words: view())
        declare_endpoint(app, name, Declared(public=True))


def test_a_request_is_one_line_with_what_helps_to_find_it(app: Any, reader: Opened, said: io.StringIO) -> None:
    dana = reader("dana")
    for path, route, status in (("/today", "desk.today", 200), ("/admin/teams", "admin.teams", 404), ("/no", "", 404)):
        dana.looks(path)
        line = lines(said)[-1]
        assert line.keys() == {"event", "id", "level", "method", "ms", "role", "route", "status", "timestamp"}
        assert (line["event"], line["method"], line["route"], line["status"]) == ("request", "GET", route, status)
        assert line["id"] == dana.page.response.headers["X-Request-ID"]
        assert line["role"] == "coach"
        assert 0 <= line["ms"] < 60_000
    nobody = reader(None)
    nobody.looks("/sign-in")
    assert lines(said)[-1]["role"] == "nobody"


@pytest.mark.asvs("16.3.2")
def test_the_trail_carries_the_same_number_as_the_log(
    app: Any, reader: Opened, session: Any, said: io.StringIO
) -> None:
    from coachdesk.audit import AuditEntry

    page = reader("dana").opens("/admin/accounts", status=404)
    row = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "access:refused")).one()
    session.rollback()
    assert row.request_id == page.response.headers["X-Request-ID"]


def test_a_fault_is_told_by_type_and_place_with_its_cause(said: io.StringIO) -> None:
    try:
        try:
            _raise(KeyError(WORDS))
        except KeyError as error:
            raise ValueError(WORDS) from error
    except ValueError as error:
        told = logs.trouble(error)
    assert [line for line in told if not line.startswith(" ")] == ["builtins.ValueError", "builtins.KeyError"]
    assert any("test_logs.py:" in line for line in told)
    assert WORDS not in "".join(told)
    assert logs.trouble(None) == []


@pytest.mark.asvs("16.4.1")
def test_lines_go_to_standard_error_alone_and_hold_one_line_each(said: io.StringIO, tmp_path: Any) -> None:
    structlog.get_logger().warning("two\nlines", more="a\r\nb")
    assert len(said.getvalue().splitlines()) == 1
    assert lines(said)[0]["more"] == "a\r\nb"


def test_the_level_is_kept_and_the_demo_is_readable() -> None:
    before, level, handlers = structlog.get_config(), logging.getLogger().level, list(logging.getLogger().handlers)
    out = io.StringIO()
    try:
        logs.configure("warning", readable=True, stream=out)
        structlog.get_logger().info("not this")
        structlog.get_logger().warning("but this", n=1)
    finally:
        structlog.configure(**before)
        logging.getLogger().setLevel(level)
        logging.getLogger().handlers[:] = handlers
    assert "not this" not in out.getvalue()
    assert "but this" in out.getvalue()
    assert not out.getvalue().startswith("{")


def test_a_turn_that_is_left_out_because_the_one_before_it_goes_on_is_not_logged(said):
    goes_on, looked = threading.Event(), threading.Event()
    ticker = BackgroundScheduler(timezone="UTC")
    ticker.add_listener(lambda _event: looked.set(), EVENT_JOB_MAX_INSTANCES)
    ticker.add_job(lambda: goes_on.wait(10), "interval", seconds=0.05)
    ticker.start()
    try:
        assert looked.wait(5)
    finally:
        goes_on.set()
        ticker.shutdown()
    assert lines(said) == []
