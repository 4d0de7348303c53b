from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.accounts.models import User
from coachdesk.audit import AuditEntry, AuditPerson, Event
from coachdesk.checkins import service as checkins
from coachdesk.clients import assigning
from coachdesk.goals import service as goals
from coachdesk.goals.rules import StepStatus
from coachdesk.organisation.models import CrisisLine
from coachdesk.reminders.models import Reminder
from coachdesk.safety import service as safety
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import KEPT, MEGABYTE, TYPED, set_goal, steps_now
from tests.portal.helpers import events, spoke, standing, step_path, without_coach

PAGES = ("/my-goals", "/my-goals/what-we-wrote", "/account", "/account/passphrase")


# ---- I did this -----------------------------------------------------------------------------------------------------


def test_i_did_this_and_its_undo(reader, cast, session, goal):
    marcus = reader("marcus")
    page = marcus.opens("/my-goals")
    assert page.soup.find(id="h-step").get_text() == "Hand in the housing form"
    assert "Your first step is ahead of you." in page.main
    page = marcus.presses("I did this")
    assert page.url == "/my-goals"
    assert "Well done. Dana will see this. Next: Ring Eastside" in page.main
    assert "You have done 1 step since November." in page.main
    assert page.soup.find(id="h-step").get_text() == "Ring Eastside"
    done = steps_now(session, goal)[0]
    assert (done.status, done.done_by, done.done_at) == (StepStatus.DONE, cast.accounts["marcus"].id, MONDAY)
    assert "1 of 2 steps done" in reader("dana").opens(f"/people/{cast.marcus}/goals").main
    page = marcus.presses("Undo")
    assert "The step is back on your list." in page.main
    assert page.soup.find(id="h-step").get_text() == "Hand in the housing form"
    assert [step.status for step in steps_now(session, goal)] == [StepStatus.TO_DO, StepStatus.TO_DO]


def test_the_last_step_has_no_next(reader, session, goal):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    marcus.presses("I did this")
    page = marcus.presses("I did this")
    assert "Well done. Dana will see this." in page.main
    assert "Next:" not in page.main
    assert "No step is waiting for you." in page.main
    assert "You have done 2 steps since November." in page.main
    assert "2 of 2 steps done" in page.main


def test_a_step_sent_twice_is_done_once(reader, session, goal):
    marcus = reader("marcus")
    form = marcus.opens("/my-goals")
    path = step_path(session, goal)
    for _press in range(2):
        marcus.page = form
        marcus.presses("I did this")
    assert events(session, Event.STEP_DONE) == 1
    assert [step.status for step in steps_now(session, goal)] == [StepStatus.DONE, StepStatus.TO_DO]
    for _press in range(2):
        marcus.posts(f"{path}/undo", status=200 if not _press else 404)
    assert events(session, Event.STEP_UNDONE) == 1


def test_what_the_coach_ticked_the_person_does_not_take_back(reader, cast, session, goal):
    path = step_path(session, goal)
    goals.complete_step(session, cast.dana, steps_now(session, goal)[0].id, now=MONDAY)
    session.commit()
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    marcus.posts(f"{path}/undo", status=404)
    assert steps_now(session, goal)[0].status is StepStatus.DONE


def test_fields_that_are_none_of_the_forms_are_let_go(reader, cast, session, goal, others):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    more = {"client_id": str(cast.hana), "done_by": str(cast.dana.id), "role": "coach"}
    marcus.posts(step_path(session, goal), **more)
    marcus.posts("/my-goals/help", **more, for_user_id=str(cast.chris.id), text="x", kind="by_hand")
    assert steps_now(session, goal)[0].done_by == cast.accounts["marcus"].id
    assert [step.status for step in steps_now(session, others)] == [StepStatus.TO_DO, StepStatus.TO_DO]
    asked = session.scalars(sa.select(Reminder)).one()
    assert (asked.client_id, asked.for_user_id, asked.text) == (cast.marcus, None, "")


# ---- help -----------------------------------------------------------------------------------------------------------


def test_a_wish_for_help_stands_on_the_coachs_today(reader, cast, session, goal):
    dana, marcus = reader("dana"), reader("marcus")
    assert "would like some help" not in dana.opens("/today").main
    marcus.opens("/my-goals")
    page = marcus.presses("I would like some help")
    assert "Dana has been told. You can reach Dana: Monday to Friday, 9 am to 6 pm." in page.main
    page = dana.opens("/today")
    assert "Marcus T. would like some help" in page.main
    assert session.scalars(sa.select(Reminder)).one().about_id == steps_now(session, goal)[0].id
    assert "would like some help" not in reader("imani").opens("/today").main


def test_without_hours_the_coach_is_told_all_the_same(reader, cast, session):
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(work_hours="", work_phone=""))
    session.commit()
    marcus = reader("marcus")
    page = marcus.opens("/my-goals")
    assert not page.soup.select("main a[href^='tel:']")
    page = marcus.presses("I would like some help")
    assert "Dana has been told." in page.main
    assert "You can reach" not in page.main


def test_a_wish_for_help_waits_for_the_next_coach(reader, cast, session):
    without_coach(session, cast.marcus)
    marcus = reader("marcus")
    assert "You have no coach just now. Somebody will be with you soon." in marcus.opens("/my-goals").main
    assert "Your wish for help is kept. Your next coach sees it first." in marcus.presses("I would like").main
    assigning.assign(session, SYSTEM, cast.marcus, cast.imani.id, now=MONDAY, today=TODAY)
    session.commit()
    assert "Marcus T. would like some help" in reader("imani").opens("/today").main


@pytest.mark.parametrize("step", ["nonsense", "🌅 أمي \u202e", MEGABYTE, "7", "others"])
def test_help_with_what_is_no_step_of_ones_own_is_not_asked(reader, session, goal, others, step):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    before = standing(session)
    sent = str(steps_now(session, others)[0].id) if step == "others" else step
    page = marcus.posts("/my-goals/help", status=404, step=sent)
    assert "garden" not in page.text
    assert standing(session) == before


@pytest.mark.parametrize("step", ["", "\x00", None])
def test_help_may_be_asked_about_nothing_in_particular(reader, session, step):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    marcus.posts("/my-goals/help", **({} if step is None else {"step": step}))
    assert session.scalars(sa.select(Reminder)).one().about_id is None


# ---- what we wrote --------------------------------------------------------------------------------------------------


def test_what_was_written_is_shown_after_ten_minutes(reader, cast, session, clock):
    entry = spoke(session, cast, note=KEPT)
    marcus = reader("marcus")
    for minutes in (0, 10):
        clock.move(minutes=minutes)
        page = marcus.opens("/my-goals/what-we-wrote")
        assert "Nothing is written yet. It appears here after you speak." in page.main
        assert KEPT not in page.text
    clock.move(seconds=1)
    page = marcus.opens(marcus.opens("/my-goals").link("What we wrote"))
    assert "Monday 23 November" in page.main
    assert KEPT in page.main
    assert "Brighter" in page.main
    checkins.correct_checkin(session, cast.dana, entry.id, text="It was Tuesday.", now=clock.now())
    session.commit()
    assert "Added on Mon 23 Nov It was Tuesday." in marcus.opens("/my-goals/what-we-wrote").main


def test_what_was_taken_back_in_time_was_never_there(reader, cast, session, clock):
    checkins.withdraw_checkin(session, cast.dana, spoke(session, cast).id, now=MONDAY)
    session.commit()
    clock.move(hours=0.25)
    assert "Nothing is written yet." in reader("marcus").opens("/my-goals/what-we-wrote").main


def test_a_contact_without_a_note_says_so(reader, cast, session, clock):
    spoke(session, cast, note="")
    clock.move(minutes=11)
    assert "You spoke. No note was written." in reader("marcus").opens("/my-goals/what-we-wrote").main


def test_a_worry_leaves_every_page_of_the_person_as_it_was(reader, cast, session, clock):
    entry = spoke(session, cast)
    clock.move(minutes=11)

    def seen():
        return {
            path: re.sub(r"value=\"[^\"]*\"|nonce=\"[^\"]*\"", "", reader("marcus").opens(path).text) for path in PAGES
        }

    before = seen()
    safety.raise_concern(session, cast.dana, cast.marcus, source_id=entry.id, now=clock.now())
    session.commit()
    assert seen() == before
    assert not re.search("worr|concern|safety", " ".join(before.values()), re.IGNORECASE)


def test_what_a_person_reads_is_written_down(reader, cast, session):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    marcus.opens("/my-goals/what-we-wrote")
    session.rollback()
    rows = session.execute(
        sa.select(AuditEntry.event, AuditPerson.client_id)
        .join(AuditPerson, AuditPerson.entry_id == AuditEntry.id)
        .where(AuditEntry.event.in_(["record:read", "checkin:read"]))
    )
    assert {row.event: row.client_id for row in rows} == {"record:read": cast.marcus, "checkin:read": cast.marcus}


# ---- how the pages are ----------------------------------------------------------------------------------------------


def test_nothing_at_the_top_of_a_page_tells_what_it_is_about(reader, cast, session, goal):
    marcus = reader("marcus")
    for path in PAGES:
        page = marcus.opens(path)
        assert page.soup.title.get_text() == "My goals"
        assert page.soup.select_one(".brand").get_text(" ").split() == ["My", "goals"]
        told = " ".join(str(tag.get("content") or "") for tag in page.soup.select("meta"))
        assert not re.search("recover|sober|addict|treat|coach|clinic|side", told, re.IGNORECASE)


LONGEST = 15


def sentences(page):
    """Each sentence of each smallest piece of a page."""
    holders = "p, h1, h2, h3, li, a, button, summary, label, legend, strong, span, time, dt, dd"
    for tag in page.soup.select("body *"):
        if tag.name in holders.split(", ") and not tag.find(["p", "h1", "h2", "h3", "li", "a", "button", "label"]):
            yield from re.split(r"(?<=[.!?])\s+", " ".join(tag.get_text(" ").split()))


def test_every_sentence_has_at_most_fifteen_words(reader, cast, session, goal, clock):
    spoke(session, cast)
    clock.move(minutes=11)
    marcus, hana = reader("marcus"), reader("hana")
    said = {sentence for path in PAGES for someone in (marcus, hana) for sentence in sentences(someone.opens(path))}
    marcus.opens("/my-goals")
    for press in ("I did this", "Undo", "I would like some help"):
        said |= set(sentences(marcus.presses(press)))
    marcus.opens("/account/passphrase")
    said |= set(sentences(marcus.sends("/account/passphrase", new_password="short", new_password_confirm="shorter")))
    without_coach(session, cast.hana)
    said |= set(sentences(hana.opens("/my-goals")))
    hana.presses("I would like some help")
    said |= set(sentences(hana.page)) | set(sentences(hana.opens("/people", status=404)))
    assert len(said) > 60
    assert [sentence for sentence in said if len(sentence.split()) > LONGEST] == []


def test_help_stands_on_every_page_and_never_the_line_for_danger(reader):
    marcus = reader("marcus")
    for path in PAGES:
        page = marcus.opens(path)
        bar = page.soup.select_one(".helpbar")
        assert "Need to talk now? Free, day or night." in " ".join(bar.get_text(" ").split())
        assert [(a["href"], " ".join(a.get_text(" ").split())) for a in bar.select("a")] == [
            ("tel:988", "Call 988 , Suicide and Crisis Lifeline"),
            ("sms:988", "Text 988 , Suicide and Crisis Lifeline"),
        ]


def test_the_line_for_danger_is_offered_where_there_is_no_other(reader, session):
    session.execute(sa.delete(CrisisLine).where(CrisisLine.is_emergency.is_(False)))
    session.commit()
    bar = reader("marcus").opens("/my-goals").soup.select_one(".helpbar")
    assert [a["href"] for a in bar.select("a")] == ["tel:911"]


def test_leaving_ends_the_session_at_once_from_every_page(reader):
    for path in PAGES:
        marcus = reader("marcus")
        away = marcus.opens(path).link("Leave this page")
        page = marcus.opens(away, status=303, follow=False)
        assert page.response.location == "https://www.wikipedia.org/"
        assert marcus.opens(path).url == "/sign-in"
        assert "goals" not in marcus.page.words


def test_the_coach_and_the_next_time_are_there(reader, cast, session):
    spoke(session, cast)
    page = reader("marcus").opens("/my-goals")
    assert "Monday 30 November, 2:30 pm" in page.main
    assert "With Dana, Central Library café" in page.main
    assert "Dana Osei 555 0100 Monday to Friday, 9 am to 6 pm" in page.main
    assert page.link("Text Dana") == "sms:5550100"
    assert page.link("Call Dana") == "tel:5550100"


def test_somebody_with_nothing_yet_reads_kind_words(reader, cast, session):
    hana = reader("hana")
    page = hana.opens("/my-goals")
    assert "Hello Hana" in page.main
    assert "No goals yet. You and Chris will write the first one together, in your words." in page.main
    for absent in ("You speak next", "How far you have come", "I did this", "None", "0 of"):
        assert absent not in page.main
    without_coach(session, cast.hana)
    page = hana.opens("/my-goals")
    assert "You will write the first one with your coach, in your words." in page.main
    assert "You have no coach just now. Somebody will be with you soon." in page.main
    assert not page.soup.select("main a[href^='tel:'], main a[href^='sms:']")
    assert "Nothing is written yet." in hana.opens("/my-goals/what-we-wrote").main


def test_a_goal_whose_steps_are_all_done_offers_help(reader, cast, session):
    made = set_goal(session, cast.dana, cast.marcus, words=TYPED.replace("\x00", ""))
    for step in steps_now(session, made):
        goals.complete_step(session, cast.dana, step.id, now=MONDAY)
    session.commit()
    page = reader("marcus").opens("/my-goals")
    assert "No step is waiting for you. You and your coach can choose the next one together." in page.main
    assert f"“{KEPT}”" in page.main


def test_whoever_holds_the_phone_does_not_read_of_a_worry_in_who_has_looked(reader, session, cast):
    safety.raise_concern(session, cast.dana, cast.marcus, now=MONDAY)
    session.commit()
    page = reader("marcus").opens("/my-goals/who-looked")
    assert "worr" not in page.main
    assert "What is done for your safety is not listed." in page.main
