from __future__ import annotations

import logging
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.audit import AuditEntry
from coachdesk.clients.models import Client
from coachdesk.clients.rules import asked_digits, fold
from coachdesk.db import keys


@pytest.fixture
def people(session, cast):
    marcus = {
        "first_name": "Marcus",
        "last_name": "Núñez",
        "preferred_name": "Mac",
        "phone_digest": keys().digest("0142"),
    }
    session.execute(
        sa.update(Client).where(Client.id == cast.marcus).values(**marcus, shown_sort=fold("Mac Marcus Núñez"))
    )
    session.execute(
        sa.update(Client).where(Client.id == cast.lena).values(first_name="لينا", last_name="", shown_sort=fold("لينا"))
    )
    session.commit()


@pytest.mark.parametrize(
    "text",
    [
        "marcus",
        "NUNEZ",
        "núñ",
        "mac",
        "Mac  Marcus",
        "0142",
        "0 1 4 2",
        "01-42",
        "(312) 555 0142",
        "+1 312.555.0142",
        "٠١٤٢",
    ],
)
def test_somebody_is_found_by_each_name_and_the_last_digits(reader, people, text):
    page = reader("dana").opens(f"/people?q={quote(text)}")
    assert [a.get_text() for a in page.soup.select("main a.name")] == ["Mac N."]


def test_a_name_from_right_to_left_is_found_and_stands_by_itself(reader, people):
    page = reader("dana").opens(f"/people?q={quote('لينا')}")
    assert [a.get_text() for a in page.soup.select("main a.name")] == ["لينا"]


@pytest.mark.parametrize(
    "text",
    ["%", "_", "\\", "m%s", "🙂", "\u200f", "x" * 10_000, "1" * 10_000, "<b>mac</b>", "\x00mac'", "142", "' OR 1=1 --"],
)
def test_what_matches_nobody_is_said_in_a_sentence(reader, people, text):
    page = reader("dana").opens(f"/people?q={quote(text)}")
    assert not page.soup.select("main a.name")
    assert "Nobody by that name here" in page.main


def test_nobody_finds_whom_they_may_not_see_nor_by_what_was_written(reader, people, cast):
    assert not reader("imani").opens("/people?q=marcus").soup.select("main a.name")
    assert not reader("imani").opens("/people?q=0142").soup.select("main a.name")
    assert reader("ruth").opens("/people?q=marcus").soup.select("main a.name")
    reader("admin").opens("/people?q=marcus", status=404)


def test_the_word_that_was_looked_for_is_kept_nowhere(reader, people, session, caplog):
    caplog.set_level(logging.DEBUG)
    reader("dana").opens("/people?q=sesquipedal")
    row = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "people:searched")).one()
    assert "sesquipedal" not in str(row.details)
    assert "sesquipedal" not in caplog.text


@given(st.text(max_size=40))
def test_whatever_is_typed_gives_four_digits_or_nothing(text):
    found = asked_digits(text)
    assert found == "" or (len(found) == 4 and found.isascii() and found.isdigit())


@given(st.from_regex(r"[0-9]{4,15}", fullmatch=True), st.sampled_from([" ", "-", ".", " ( ) "]))
def test_spaces_between_digits_change_nothing(number, between):
    assert asked_digits(between.join(number)) == number[-4:]
