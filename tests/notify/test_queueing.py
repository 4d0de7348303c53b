"""What is to be told is queued once, says nothing outside, and stands in the app for its reader alone."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.access import may_see
from coachdesk.db import db
from coachdesk.notify import (
    ASKED_BODY,
    ASKED_SUBJECT,
    BODY,
    CALENDAR_ADDRESS,
    PERSON_BODY,
    PERSON_SUBJECT,
    SUBJECT,
    Channel,
    Delivery,
    Mailer,
    Topic,
    enqueue,
    list_notices,
    see_notice,
)
from coachdesk.notify.composing import compose
from tests.notify.helpers import (
    SENDER,
    WHAT,
    count,
    mail,
    notice,
    queue,
    rows,
    run_at_once,
)

if TYPE_CHECKING:
    from flask import Flask

    from coachdesk.clock import FixedClock
    from tests.cast import Cast
    from tests.post import Post

# ---- into the box -------------------------------------------------------------------------------------------------------


def test_the_same_message_is_queued_once(session: Any, cast: Cast, clock: FixedClock) -> None:
    assert enqueue(session, mail(cast), now=clock.now())
    assert not enqueue(session, mail(cast, body="another"), now=clock.now())
    session.commit()
    assert not enqueue(session, mail(cast, channel=Channel.IN_APP), now=clock.now())
    session.commit()
    assert [row.body for row in rows(session).values()] == [BODY]


def test_an_act_that_is_undone_tells_nobody(session: Any, cast: Cast, clock: FixedClock) -> None:
    enqueue(session, mail(cast), now=clock.now())
    session.rollback()
    assert rows(session) == {}


def test_the_same_message_queued_by_four_at_once_is_one_row(app: Flask, session: Any, cast: Cast, clock: FixedClock):
    start, answers = threading.Barrier(4), list[bool]()
    message = mail(cast)
    session.rollback()

    def act() -> None:
        with app.app_context():
            start.wait(10)
            answers.append(enqueue(db.session, message, now=clock.now()))
            db.session.commit()
            db.session.remove()

    run_at_once(act, 4)
    assert sorted(answers) == [False, False, False, True]
    assert count(session, Delivery) == 1


def test_what_is_to_wait_waits(session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer) -> None:
    enqueue(session, mail(cast, not_before=clock.now() + dt.timedelta(hours=1)), now=clock.now())
    session.commit()
    assert send(mailer) == 0
    clock.move(hours=1)
    assert send(mailer) == 1


def test_words_addresses_and_paths_are_not_in_the_database_in_clear(session: Any, cast: Cast, clock: FixedClock):
    queue(session, clock, mail(cast))
    raw = session.execute(sa.text("SELECT text, path, body, address FROM delivery")).one()
    assert all(value.startswith("gAAAA") for value in raw)


# ---- what a mail says ---------------------------------------------------------------------------------------------------


def test_a_mail_names_nobody_and_says_nothing(
    session: Any, cast: Cast, clock: FixedClock, send: Any, mailer: Mailer, post: Post
) -> None:
    queue(session, clock, mail(cast, f"safety:{cast.marcus.hex}", address="box-7@mail.example"))
    assert send(mailer) == 1
    (got,) = post.mails
    text, page = (part.get_content() for part in got.iter_parts())
    whole = f"{got.as_string()} {text} {page}"
    for name in ("Dana", "Osei", "Marcus", "Tell", "Morning Side", WHAT, "alone", "safety", cast.marcus.hex):
        assert not re.search(rf"\b{name}\b", whole), name
    assert got["To"] == "box-7@mail.example"
    assert got["Subject"] == SUBJECT
    assert got["From"] == SENDER
    assert text.splitlines() == [BODY, "", "https://desk.example/desk"]
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime == clock.now()
    assert got.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "words", [SUBJECT, BODY, PERSON_SUBJECT, PERSON_BODY, ASKED_SUBJECT, ASKED_BODY, CALENDAR_ADDRESS]
)
def test_the_words_of_a_mail_are_the_same_for_every_matter(words: str) -> None:
    assert not re.search(r"[%{]|recover|coach\b|goal|safe|check|review|remind|invit|concern|\d", words)


def test_a_mail_is_known_by_a_number_made_from_its_key(cast: Cast, clock: FixedClock, mailer: Mailer) -> None:
    def number(key: str) -> str:
        made = Delivery(key=key, subject=SUBJECT, body=BODY, path="/", address="a@b.example", created_at=clock.now())
        return str(compose(made, sender=SENDER, base_url=mailer.base_url)["Message-ID"])

    assert number("safety:1") == number("safety:1")
    assert number("safety:1") != number("safety:2")
    assert re.fullmatch(r"<[0-9a-f]{40}@desk\.example>", number("safety:1"))


# ---- in the app ---------------------------------------------------------------------------------------------------------


def test_a_notice_stands_for_its_reader_alone_until_they_have_seen_it(
    session: Any, cast: Cast, clock: FixedClock, send: Any
) -> None:
    queue(session, clock, notice(cast, "one", text="First"))
    assert send(None) == 1
    clock.move(minutes=1)
    queue(session, clock, notice(cast, "two", text="Second"))
    assert send(None) == 1
    second, first = list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))
    assert [(n.text, n.path, n.topic) for n in (second, first)] == [
        ("Second", "/desk", Topic.SAFETY),
        ("First", "/desk", Topic.SAFETY),
    ]
    assert [n.text for n in list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana), limit=1)] == [
        "Second"
    ]
    assert list_notices(session, cast.imani.id, sees=partial(may_see, cast.imani)) == []
    see_notice(session, cast.imani.id, first.id, now=clock.now())
    assert len(list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))) == 2
    see_notice(session, cast.dana.id, first.id, now=clock.now())
    assert [n.text for n in list_notices(session, cast.dana.id, sees=partial(may_see, cast.dana))] == ["Second"]
    session.rollback()


def test_nobody_lists_notices_without_saying_whom_their_reader_sees():
    assert inspect.signature(list_notices).parameters["sees"].default is inspect.Parameter.empty
