"""Kinder words are offered to the author after saving and on a draft; nothing is blocked, nothing is changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from coachdesk.checkins.models import CheckIn

NOTE = "He relapsed on Friday. He said “I am an addict”."
OFFER = "You wrote “relapsed”. Many people prefer “returned to use”."


def _saved(dana: Any, cast: Any, session: Any, *, back: str = "", **fields: Any) -> Any:
    dana.opens(f"/people/{cast.marcus}/check-ins/new{back}")
    return dana.sends(how="call", **{"note": NOTE, **fields})


def test_after_saving_a_kinder_word_is_offered_and_the_text_stands_as_written(reader, cast, session):
    page = _saved(reader("dana"), cast, session)
    assert "Check-in saved." in page.words
    assert OFFER in page.main
    assert "addict”. Many" not in page.main
    assert NOTE in page.main
    assert session.scalars(sa.select(CheckIn.note)).one() == NOTE


def test_keeping_ones_words_leads_on_and_asks_no_more(reader, cast, session):
    dana = reader("dana")
    for back, onward in (("", f"/people/{cast.marcus}"), ("?back=today", "/today")):
        page = _saved(dana, cast, session, back=back)
        dana.opens(page.link("Keep my words"))
        assert dana.page.url == onward
    entry = session.scalars(sa.select(CheckIn)).first()
    session.rollback()
    assert OFFER not in dana.opens(f"/check-ins/{entry.id}").main


def test_plain_words_lead_where_they_always_did(reader, cast, session):
    page = _saved(reader("dana"), cast, session, note="He returned to use on Friday.")
    assert page.url == f"/people/{cast.marcus}"


def test_only_the_author_is_offered_a_word(reader, cast, session):
    page = _saved(reader("dana"), cast, session)
    address = page.response.request.full_path
    assert "words=record" in address
    assert OFFER not in reader("ruth").opens(address).main


def test_the_persons_own_words_are_not_looked_at(reader, cast, session):
    words = {"wants_written": "y", "return_to_use": "I relapsed."}
    page = _saved(reader("dana"), cast, session, note="", **words)
    assert page.url == f"/people/{cast.marcus}"


def test_a_draft_is_offered_one_under_its_box_until_the_words_are_kept(reader, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    page = dana.posts(f"/people/{cast.marcus}/check-ins/draft", note=NOTE)
    assert OFFER in page.main
    page = dana.opens(page.link("Keep my words"))
    assert OFFER not in page.main
    assert page.soup.find(id="note").get_text().strip() == NOTE


def test_a_script_that_keeps_a_draft_is_told_the_word_too(reader, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    answer = dana.client.post(
        f"/people/{cast.marcus}/check-ins/draft",
        data={"csrf_token": dana.page.token, "note": NOTE},
        headers={"Accept": "application/json"},
    )
    assert answer.json == {"saved": "9:45 am", "hints": [OFFER]}


# ---- what is added later


def _addition(reader: Any, cast: Any, session: Any, text: str) -> tuple[Any, str]:
    dana = reader("dana")
    _saved(dana, cast, session, note="A good talk.")
    path = f"/check-ins/{session.scalars(sa.select(CheckIn.id)).one()}"
    session.rollback()
    dana.opens(path)
    return dana.sends("corrections", text=text), path


def test_what_is_added_is_offered_a_kinder_word_once_and_stands_as_written(reader, cast, session):
    page, path = _addition(reader, cast, session, NOTE)
    assert "Added. The first text stays beside it." in page.text
    assert OFFER in page.main
    assert NOTE in page.main
    dana = reader("dana")
    assert OFFER not in dana.opens(page.link("Keep my words")).main
    assert OFFER not in reader("ruth").opens(f"{path}?words=added").main


def test_plain_words_that_are_added_are_offered_nothing(reader, cast, session):
    page, path = _addition(reader, cast, session, "He returned to use.")
    assert page.url == path


def test_what_is_being_added_is_kept_as_a_draft_and_gone_once_it_is_saved(reader, cast, session):
    dana = reader("dana")
    _saved(dana, cast, session, note="A good talk.")
    path = f"/check-ins/{session.scalars(sa.select(CheckIn.id)).one()}"
    session.rollback()
    dana.opens(path)
    answer = dana.client.post(
        f"{path}/corrections/draft",
        data={"csrf_token": dana.token, "form_key": "", "text": NOTE},
        headers={"Accept": "application/json"},
    )
    assert answer.json == {"saved": "9:45 am", "hints": [OFFER]}
    today = dana.opens("/today")
    assert "An addition to a check-in with Marcus T." in today.words
    page = dana.opens(path)
    assert page.soup.find(id="text").get_text().strip() == NOTE
    assert OFFER in page.main
    assert OFFER not in dana.opens(f"{path}?words=kept").main
    dana.sends("corrections")
    assert "An addition" not in dana.opens("/today").words
    assert dana.opens(path).soup.find(id="text").get_text().strip() == ""
