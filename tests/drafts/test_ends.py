"""How a draft ends: saved, thrown away, run out, or out of reach after a hand-over; and what two people write at once."""

from __future__ import annotations

import threading
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.audit import AuditEntry
from coachdesk.checkins.models import CheckIn
from coachdesk.clients import assigning
from coachdesk.db import db
from coachdesk.drafts import service as drafts
from coachdesk.drafts.keeping import names_of_words
from coachdesk.drafts.models import Draft
from coachdesk.drafts.rules import KEPT_FOR, is_written_in, own_words, prints_of
from coachdesk.goals import service as goals
from coachdesk.goals.models import Goal
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.scheduler import tidy
from tests.cast import MONDAY, TODAY
from tests.reader import as_it_stands

HERS, OURS = "A place of my own", "Near the river\nand the bus"


@pytest.fixture
def goal(session, cast):
    made = goals.set_goal(
        session, cast.dana, cast.marcus, words=HERS, why=OURS, domain=Domain.HOME,
        status=GoalStatus.ACTIVE, now=MONDAY, today=TODAY,
    )  # fmt: skip
    session.commit()
    return made.id


def kept(session):
    session.rollback()
    return list(session.scalars(sa.select(Draft)))


def events(session):
    session.rollback()
    return set(session.scalars(sa.select(AuditEntry.event)))


def goal_now(session, goal):
    session.rollback()
    return session.get(Goal, goal)


# ---- saved, thrown away, run out ----------------------------------------------------------------------------------


def test_an_opened_form_is_no_draft_and_one_taken_back_to_where_it_stood_is_none_either(reader, session, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    assert "There is nothing to keep yet." in dana.keeps("edit").main
    assert kept(session) == []
    dana.keeps("edit", why="Because.")
    assert len(kept(session)) == 1
    dana.keeps("edit")
    assert kept(session) == []


def test_an_edit_is_picked_up_on_another_device_and_gone_once_saved(reader, session, goal):
    phone, desk = reader("dana"), reader("dana")
    phone.opens(f"/goals/{goal}/edit")
    phone.keeps("edit", why="Because of the garden.")
    assert "A goal of Marcus T." in desk.opens("/today").main
    page = desk.opens(desk.page.link("Continue: A goal of Marcus T."))
    assert "This is your draft." in page.main
    assert page.soup.select_one("#why").get_text().strip() == "Because of the garden."
    desk.sends("edit")
    assert goal_now(session, goal).why == "Because of the garden."
    assert kept(session) == []
    assert "Pick up" not in desk.opens("/today").main


def test_what_is_thrown_away_comes_back_within_the_hour_and_not_later(reader, session, goal, clock):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    dana.keeps("edit", why="Because.")
    dana.opens(f"/goals/{goal}/edit")
    page = dana.presses("Throw away")
    assert page.soup.select_one("#why").get_text().split() == OURS.split()
    assert "Because." in dana.presses("Undo").text
    dana.presses("Throw away")
    undo = dana.page.form("bringing-back")
    clock.move(minutes=61)
    dana = reader("dana")
    dana.opens("/account")
    assert "cannot be brought back any more" in dana.posts(str(undo["action"])).words
    assert {"draft:discarded", "draft:brought-back"} <= events(session)


def test_a_draft_goes_away_after_two_weeks_and_its_writer_reads_of_it_before(reader, session, cast, clock, app):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/goals/new")
    dana.keeps("goals/new", words="To swim again")
    clock.move(days=9)
    assert "It goes away" not in reader("dana").opens("/today").main
    clock.move(days=2)
    assert "It goes away on Mon 7 Dec." in reader("dana").opens("/today").main
    tidy(app)
    assert len(kept(session)) == 1
    clock.move(days=3, minutes=1)
    tidy(app)
    assert kept(session) == []
    assert "draft:ran-out" in events(session)
    entry = session.scalar(sa.select(AuditEntry).where(AuditEntry.event == "draft:ran-out"))
    assert "swim" not in str(entry.details)
    assert KEPT_FOR.days == 14


def test_what_was_thrown_away_is_gone_from_the_database_too(reader, session, cast, clock, app):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/goals/new")
    dana.keeps("goals/new", words="To swim again")
    dana.opens("/today")
    dana.presses("Throw away")
    tidy(app)
    assert len(kept(session)) == 1
    clock.move(minutes=61)
    tidy(app)
    assert kept(session) == []


# ---- two at once --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "saved"),
    [("mine", "Because of the garden."), ("theirs", "It is close to work."), ("both", "Because of the garden.\n\nIt is close to work.")],
)  # fmt: skip
def test_words_that_two_people_changed_stand_side_by_side_and_either_or_both_stay(reader, session, goal, choice, saved):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/goals/{goal}/edit")
    ruth.opens(f"/goals/{goal}/edit")
    ruth.sends("edit", why="It is close to work.")
    page = dana.sends("edit", status=409, why="Because of the garden.")
    side = page.soup.select_one("fieldset:has(input[name^=theirs-])")
    assert [part.get_text(" ", strip=True) for part in side.select(".plan > div")] == [
        "As it is now It is close to work.",
        "What you wrote Because of the garden.",
    ]
    assert len(page.soup.select("fieldset:has(input[name^=theirs-])")) == 1
    dana.sends("edit", keep__why=choice)
    assert goal_now(session, goal).why == saved
    assert goal_now(session, goal).words == HERS


def test_what_one_left_as_it_was_gives_way_to_what_somebody_else_wrote_there(reader, session, goal):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/goals/{goal}/edit")
    ruth.opens(f"/goals/{goal}/edit")
    ruth.sends("edit", words="A place near work", why="It is close to work.")
    page = dana.sends("edit", status=409, why="Because of the garden.")
    assert f"As it is now A place near work As it was when you began {HERS}" in page.main
    dana.sends("edit")
    assert goal_now(session, goal).words == "A place near work"
    assert goal_now(session, goal).why == "Because of the garden."


def test_a_third_change_is_not_run_over_and_a_draft_remembers_what_it_stood_beside(reader, session, goal):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/goals/{goal}/edit")
    for words in ("One.", "Two."):
        ruth.opens(f"/goals/{goal}/edit")
        ruth.sends("edit", why=words)
        page = dana.sends("edit", status=409, why="Mine.", keep__why=None)
        assert f"As it is now {words}" in page.main
    dana.keeps("edit", why="Mine, and more.")
    page = reader("dana").opens(f"/goals/{goal}/edit")
    assert "As it is now Two." in page.main
    assert "What you wrote Mine, and more." in page.main


def test_a_draft_over_a_row_that_somebody_changed_meanwhile_runs_over_nothing(reader, session, goal):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/goals/{goal}/edit")
    dana.keeps("edit", why="Mine.")
    ruth.opens(f"/goals/{goal}/edit")
    ruth.sends("edit", why="Theirs.")
    dana.opens(f"/goals/{goal}/edit")
    assert "As it is now Theirs." in dana.sends("edit", status=409).main
    assert goal_now(session, goal).why == "Theirs."


# ---- out of reach -------------------------------------------------------------------------------------------------


def hand_on(session, cast):
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY, today=TODAY)
    session.commit()


def test_after_a_hand_over_its_writer_reads_their_own_words_a_last_time_and_nothing_else(
    reader, session, cast, goal, clock
):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    dana.keeps("edit", why=f"{OURS}\nShe told me about the garden.")
    hand_on(session, cast)
    page = dana.opens("/today")
    assert "You were writing about somebody who is not with you any more." in page.main
    assert "Marcus" not in page.main
    page = dana.presses("Show me my words")
    assert "She told me about the garden." in page.main
    for of_the_record in ("river", HERS, "Marcus", str(cast.marcus)):
        assert of_the_record not in page.text
    address = page.url
    assert "You were writing" not in dana.opens("/today").main
    reader("imani").opens(address, status=404)
    assert "draft:shown" in events(session)
    clock.move(minutes=61)
    reader("dana").opens(address, status=404)


def test_what_is_sent_after_a_hand_over_is_no_record_and_its_words_stand_in_the_answer(reader, session, cast, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    written = dana.page
    hand_on(session, cast)
    page = dana.sends("edit", status=404, why=f"{OURS}\nShe told me about the garden.")
    assert "She told me about the garden." in page.main
    assert "river" not in page.main
    assert goal_now(session, goal).why == OURS
    dana.page = written
    dana.keeps("edit", status=404, why="More of it.")
    assert kept(session) == []


def test_who_gets_the_person_back_gets_the_draft_back_too(reader, session, cast, goal):
    dana = reader("dana")
    dana.opens(f"/goals/{goal}/edit")
    dana.keeps("edit", why="Because of the garden.")
    hand_on(session, cast)
    assigning.assign(session, SYSTEM, cast.marcus, cast.dana.id, now=MONDAY, today=TODAY)
    session.commit()
    assert "Because of the garden." in dana.opens(f"/goals/{goal}/edit").text


def test_a_note_is_its_readers_alone(reader, session, cast):
    dana, imani = reader("dana"), reader("imani")
    dana.opens(f"/people/{cast.marcus}/goals/new")
    imani.opens(f"/people/{cast.aisha}/goals/new")
    imani.keeps("goals/new", status=404, words="Hers?", draft=as_it_stands(dana.page.form("goals/new"))["draft"])
    assert kept(session) == []


def test_what_a_form_leaves_out_is_not_kept_by_way_of_another_address(reader, session, cast):
    dana = reader("dana")
    form = dana.opens(f"/people/{cast.marcus}/check-ins/new").form("check-ins/new")
    assert dana.sends_raw("/drafts", {**as_it_stands(form), "return_to_use": "I drank."}).status == 404
    assert kept(session) == []


def test_what_is_about_nobody_is_kept_for_its_writer_alone(reader, session):
    dana = reader("dana")
    dana.opens("/people/new")
    dana.keeps("people/new", first_name="Wren", safe_note="Ring before noon.")
    assert "A new person" in dana.opens("/today").main
    assert "Ring before noon." in dana.opens(dana.page.link("Continue: A new person")).text
    imani = reader("imani")
    assert "A new person" not in imani.opens("/today").main
    assert "Ring before noon." not in imani.opens("/people/new").text


# ---- sent again, sent by four, far too long -----------------------------------------------------------------------


def test_a_hundred_thousand_characters_get_a_sentence_and_stay_in_the_box(reader, session, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    words = "word " * 20_000
    page = dana.sends("check-ins/new", status=422, how="call", when="now", next="rhythm", note=words)
    assert "79,999 characters too long. Please shorten it." in page.main
    assert page.soup.select_one("#note").get_text().strip() == words.strip()
    dana.keeps("check-ins/new", note=words)
    assert kept(session)[0].fields["note"] == [words]


def test_four_posts_of_one_form_at_once_make_one_check_in(app, reader, session, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.keeps("check-ins/new", note="Slept well.")
    form = dana.page.form("check-ins/new")
    data = {**as_it_stands(form), "how": "call", "when": "now", "next": "rhythm", "note": "Slept well."}
    with dana.client.session_transaction() as cookie:
        held = dict(cookie)
    together, answers = threading.Barrier(4), []

    def sends() -> None:
        client = app.test_client()
        with client.session_transaction() as own:
            own.update(held)
        together.wait()
        answer = client.post(str(form["action"]), data=data)
        answers.append((answer.status_code, answer.headers.get("Location")))
        with app.app_context():
            db.session.remove()

    session.rollback()
    threads = [threading.Thread(target=sends) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {status for status, _place in answers} == {303}
    assert len({place for _status, place in answers}) == 1
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1
    assert kept(session) == []


# ---- the rules ----------------------------------------------------------------------------------------------------


def test_own_words_are_the_lines_that_did_not_stand_there():
    stood = prints_of(["One line of theirs\n  Another one  ", "home"])
    fields = {
        "words": ["One line of theirs\r\nand one of mine"],
        "status": ["home"],
        "version": ["3"],
        "draft": ["a b"],
    }
    assert own_words(fields, stood) == ["and one of mine"]
    assert is_written_in(fields, stood)
    assert not is_written_in({"words": ["Another one\n\n"], "theirs-words": ["Not mine at all"]}, stood)


def test_forgetting_what_there_is_none_of_forgets_nothing(session, cast):
    assert drafts.forget_old(session, now=MONDAY) == 0
    assert uuid.UUID(int=0) == drafts.NOBODY


@pytest.mark.parametrize(
    ("typed", "own"),
    [
        ("He likes the lake. He sings. And I saw him smile.", ["And I saw him smile."]),
        ("Relapsed.", ["Relapsed."]),
        ("Nothing", ["Nothing"]),
        ("さくらが咲きました。会いました。", ["さくらが咲きました。 会いました。"]),
        ("in_person", []),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6", []),
    ],
)
def test_only_the_sentences_somebody_wrote_themself_are_their_own(typed, own):
    stood = prints_of(["He likes the lake. He sings."])
    assert own_words({"words": [typed]}, stood) == own
    assert own_words({"plans-0-what": ["pacing"], "channel": ["call"]}, [], named=names_of_words()) == ["pacing"]


def test_undo_holds_though_the_empty_page_is_kept_meanwhile(reader, session, cast):
    dana = reader("dana")
    path = f"/people/{cast.marcus}/check-ins/new"
    dana.opens(path)
    dana.keeps("check-ins/new", note="Slept at last, he says.")
    dana.opens(path)
    note = dana.page.form("check-ins/new")
    throws = note.select_one('button[formaction*="discard"]')
    page = dana.posts(str(throws["formaction"])) if throws else dana.posts(f"/drafts/check-in/{cast.marcus}/discard")
    assert "thrown away" in page.words
    undo = next(form["action"] for form in page.soup.select("form") if "bringing-back" in str(form.get("action")))
    dana.opens(path)
    dana.keeps("check-ins/new")
    dana.posts(undo)
    assert "Slept at last, he says." in dana.opens(path).text
    assert "cannot be brought back any more" in dana.posts(undo).words


def test_beside_a_form_that_was_refused_the_other_ones_draft_stays(reader, session, cast):
    ruth = reader("ruth")
    path = f"/people/{cast.marcus}/coaching"
    ruth.opens(path)
    ruth.keeps("/pauses", agreed="He would like to rest over the holidays.")
    ruth.opens(path)
    page = ruth.sends("/closure", ending=None, farewell="", status=422)
    assert "He would like to rest over the holidays." in page.text
    ruth.keeps("/closure", farewell="The door stays open.")
    session.rollback()
    assert {row.path for row in session.scalars(sa.select(Draft))} == {path}
