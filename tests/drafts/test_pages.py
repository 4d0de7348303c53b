from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.clients import assigning
from coachdesk.drafts import service as drafts
from coachdesk.drafts.models import Draft
from tests.cast import MONDAY, TODAY
from tests.lived import set_home_goal
from tests.reader import as_it_stands


@pytest.fixture
def goal(session, cast):
    made = set_home_goal(session, cast)
    session.commit()
    return made.id


def _drafts(session):
    session.rollback()
    return session.scalars(sa.select(Draft)).all()


def test_a_reviews_answers_are_kept_page_by_page(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new")
    dana.sends(gone_well="The form is in.")
    dana.sends(in_the_way="The evenings.")
    dana.keeps(matters="yes")
    page = dana.opens(f"/goals/{goal}/reviews/new?question=6")
    for words in ("The form is in.", "The evenings.", "Yes"):
        assert words in page.main


def test_a_draft_is_its_authors_alone(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.keeps(note="Half a thought")
    ruth = reader("ruth")
    assert "Half a thought" not in ruth.opens(f"/people/{cast.marcus}/check-ins/new").text
    ruth.posts(f"/drafts/check-in/{cast.marcus}/discard")
    assert len(_drafts(session)) == 1


def test_after_a_hand_over_the_draft_is_out_of_reach(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.keeps(note="Half a thought")
    written = dana.page
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY, today=TODAY)
    session.commit()
    assert "Pick up" not in dana.opens("/today").main
    dana.page = written
    assert "Half a thought and more" in dana.keeps(status=404, note="Half a thought and more").main


def test_what_is_written_is_still_there_after_signing_in_again(reader, cast, clock):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.keeps(note="Half a thought")
    clock.move(minutes=31)
    page = dana.opens(f"/people/{cast.marcus}/check-ins/new")
    assert "You were signed out to keep this private." in page.words
    again = reader("dana")
    assert "Half a thought" in again.opens(f"/people/{cast.marcus}/check-ins/new").text


def test_what_is_not_ones_own_or_no_form_is_not_found(reader, cast, session):
    dana, imani = reader("dana"), reader("imani")
    imani.opens(f"/people/{cast.aisha}/goals/new")
    note = as_it_stands(imani.page.form())["draft"]
    dana.opens(f"/people/{cast.marcus}/goals/new")
    for given in (note, note[:-4], "no note", ""):
        dana.keeps(status=404, words="x", draft=given)
    dana.posts(f"/people/{cast.aisha}/check-ins/draft", status=404, note="x")
    assert _drafts(session) == []


def test_a_draft_is_discarded(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.keeps(note="Half a thought")
    dana.opens("/today")
    page = dana.presses("Throw away")
    assert "The draft is thrown away." in page.words
    assert "Pick up" not in page.main
    page = dana.presses("Undo")
    assert "Your words are back." in page.main
    assert "Half a thought" in page.text
    page = dana.presses("Throw away")
    assert page.url.endswith("/check-ins/new")
    assert "Half a thought" not in page.text


def test_a_megabyte_and_nul_are_kept_too(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.keeps(note="x" * 1_000_000 + "\x00🌅")
    assert _drafts(session)[0].fields["note"][0].endswith("x🌅")


def test_a_review_is_put_down_and_picked_up_at_the_same_question(reader, cast, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/reviews/new")
    dana.sends(gone_well="The form is in.")
    form = dana.page.form()
    data = {**as_it_stands(form), "in_the_way": "The evenings."}
    button = next(b for b in form.find_all("button") if "Save draft" in b.get_text())
    dana.sends_raw(str(button["formaction"]), data)
    assert "A goal review with Marcus T." in dana.opens("/today").words
    page = dana.opens(dana.page.link("Continue: A goal review with Marcus T."))
    assert page.soup.h1.get_text() == "What got in the way?"
    assert page.soup.find("textarea").get_text().strip() == "The evenings."
    assert _drafts(session)[0].fields["gone_well"] == ["The form is in."]


def test_words_that_arrive_after_the_save_bring_no_draft_back(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.lena}/check-ins/new")
    data = {**as_it_stands(page.form()), "how": "call", "note": "Slept well."}
    assert dana.sends_raw(f"/people/{cast.lena}/check-ins/new", data).status == 303
    assert dana.sends_raw(f"/people/{cast.lena}/check-ins/draft", data).status == 303
    assert _drafts(session) == []


def test_what_kind_of_words_are_lost_is_said_without_a_name_and_a_worry_wants_somebody_told(reader, session, cast):
    dana = reader("dana")
    for form, path in (
        ("goal", f"/people/{cast.marcus}/goals/new"),
        ("safety-concern", f"/people/{cast.marcus}/concerns/new"),
    ):
        drafts.save_draft(
            session, cast.dana, cast.marcus, form=form, subject_id=cast.marcus, fields={"words": ["Half."]}, path=path,
            now=MONDAY,
        )  # fmt: skip
    session.commit()
    assert "tell your supervisor now" not in dana.opens("/today").main
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY, today=TODAY)
    session.commit()
    page = dana.opens("/today")
    for words in (
        "A goal of somebody",
        "A worry about somebody’s safety, not told to anybody yet",
        "If you still worry, tell your supervisor now.",
    ):
        assert words in page.main, words
    assert page.main.count("tell your supervisor now") == 1
    assert "Marcus" not in page.main
