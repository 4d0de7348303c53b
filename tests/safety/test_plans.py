"""A person's safety plan: their words, every version kept, nothing overwritten."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.clients import items
from coachdesk.clients.items import Item
from coachdesk.clients.rules import Touch
from coachdesk.db import db
from coachdesk.safety import plans
from coachdesk.safety.models import SafetyPlan
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY
from tests.safety.helpers import HUGE, MINUTE

TYPED = "A walk 🌅 with أمي <b>& “tea”"


def write(session, identity, client_id, version=0, now=MONDAY, **parts):
    made = plans.write_plan(session, identity, client_id, version=version, now=now, **parts)
    session.commit()
    return made


def test_every_save_is_a_further_version_and_the_earlier_ones_stay(session, cast):
    write(session, cast.dana, cast.marcus, signs="I stop sleeping.")
    write(session, cast.ruth, cast.marcus, 1, now=MONDAY + MINUTE, signs="I stop sleeping.", alone="Tea.")
    found = plans.list_versions(session, cast.dana, cast.marcus)
    assert [(row.number, row.alone, row.made_by) for row in found] == [(2, "Tea.", cast.ruth.id), (1, "", cast.dana.id)]


def test_saving_the_same_words_again_makes_no_version(session, cast):
    first = write(session, cast.dana, cast.marcus, signs="I stop sleeping.")
    assert write(session, cast.dana, cast.marcus, 1, signs="I stop sleeping.").id == first.id


def test_an_older_page_and_an_empty_plan_write_nothing(session, cast):
    write(session, cast.dana, cast.marcus, signs="I stop sleeping.")
    with pytest.raises(Stale):
        write(session, cast.ruth, cast.marcus, 0, signs="Mine.")
    with pytest.raises(Refused) as refusal:
        write(session, cast.ruth, cast.marcus, 1)
    assert refusal.value.at == "signs"


@pytest.mark.parametrize("name", ["chris", "omar", "admin", "marcus"])
def test_nobody_else_writes_it(session, cast, name):
    identity = cast.staff.get(name) or cast.accounts[name]
    with pytest.raises(NotFound):
        write(session, identity, cast.marcus, signs="Mine.")


# ---- pages --------------------------------------------------------------------------------------------------------


def test_it_is_written_together_printed_and_seen_by_the_person(reader, cast, session, clock):
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/safety")
    assert "No plan yet" in page.main
    dana.opens(page.link("Write it together"))
    page = dana.sends(signs=TYPED, people="Nia’s mother")
    assert "The plan is saved." in page.main
    for text in (TYPED, "Nia’s mother", "988", "911", "555 0100", "Nothing yet. There is time."):
        assert text in page.main
    clock.move(minutes=5)
    dana.opens(page.link("Write on it together"))
    assert dana.page.soup.select_one("#signs").get_text().strip() == TYPED
    page = dana.sends(signs="I go quiet.")
    page = dana.opens(page.link("9:45 am, kept by Dana Osei"))
    assert TYPED in page.main
    marcus = reader("marcus")
    page = marcus.opens(marcus.opens("/my-goals").link("My plan for hard times"))
    for text in ("I go quiet.", "Nia’s mother", "988", "555 0100", "Signs that things are getting hard"):
        assert text in page.main
    assert TYPED not in page.main
    assert page.soup.title.get_text() == "My goals"


def test_numbers_are_tapped_on_the_page_but_for_those_that_are_ruled_out(reader, cast, session):
    for name, reach, touch in (("Nia", "555 010 7001", Touch.YES), ("Ben", "555 010 7002", Touch.NO)):
        items.add_item(
            session, cast.dana, cast.marcus, Item.SUPPORTER, name=name, relation="", helps="", reach=reach, touch=touch,
            now=MONDAY, today=TODAY,
        )  # fmt: skip
    people = "Nia 555 010 7001, Ben +1 555 010 7002, Ada 555 010 7003"
    write(session, cast.dana, cast.marcus, people=people)
    page = reader("dana").opens(f"/people/{cast.marcus}/safety")
    assert page.soup.select_one("#h-people").find_next("p").get_text() == people
    shared = ["tel:5550107003", "tel:911", "tel:988", "sms:988", "tel:5550100"]
    assert _numbers(page) == ["tel:5550107001", *shared]
    assert len(page.queries) <= 12
    mine = reader("marcus").opens("/my-goals/my-plan")
    assert _numbers(mine) == ["tel:5550107001", "tel:+15550107002", *shared]
    for each in (page, mine):
        lines = each.soup.select_one("#h-numbers").find_parent("section").get_text(" ")
        assert "Dana" not in lines
        coach = " ".join(each.soup.select_one("#h-coach").find_parent("section").get_text(" ").split())
        assert coach == "Coach Dana Osei 555 0100 Monday to Friday, 9 am to 6 pm"


def _numbers(page):
    return [link["href"] for link in page.soup.select("main a[href^='tel:'], main a[href^='sms:']")]


def test_without_a_plan_my_goals_does_not_speak_of_one(reader, cast):
    marcus = reader("marcus")
    assert "hard times" not in marcus.opens("/my-goals").main
    assert "There is no plan yet." in marcus.opens("/my-goals/my-plan").main
    hana = reader("hana")
    assert "There is no plan yet." in hana.opens("/my-goals/my-plan").main


def test_a_draft_is_kept_picked_up_from_today_and_gone_once_saved(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/safety-plan")
    dana.keeps("safety-plan", signs="Half a thought")
    page = dana.opens("/today")
    assert "A safety plan with Marcus T." in page.main
    page = dana.opens(page.link("Continue: A safety plan with Marcus T."))
    assert "This is your draft." in page.main
    assert page.soup.select_one("#signs").get_text().strip() == "Half a thought"
    assert "The plan is saved." in dana.sends("safety-plan").main
    assert "A safety plan with" not in dana.opens("/today").main


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"signs": HUGE}, "98,000 characters too long"),
        ({"signs": ""}, "Write at least one part."),
        ({"signs": "\x00 \r\n"}, "Write at least one part."),
    ],
)
def test_what_cannot_be_has_its_sentence_and_stays_in_its_box(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/safety-plan")
    page = dana.sends(status=422, alone="", **fields)
    assert sentence in page.main
    assert page.soup.select_one("#signs").get_text().strip() == fields["signs"].replace("\x00", "").strip()
    assert session.scalars(sa.select(SafetyPlan)).all() == []


def test_of_two_who_write_at_once_the_second_sees_both(reader, cast, session):
    dana, ruth = reader("dana"), reader("ruth")
    for someone in (dana, ruth):
        someone.opens(f"/people/{cast.marcus}/safety-plan")
    dana.sends(signs="Written first")
    page = ruth.sends(status=409, signs="Written second")
    assert "As it is now Written first What you wrote Written second" in page.main
    assert page.soup.select_one("#signs").get_text().strip() == "Written second"
    ruth.sends()
    db.session.rollback()
    assert session.scalars(sa.select(SafetyPlan.signs).order_by(SafetyPlan.number)).all() == [
        "Written first",
        "Written second",
    ]


@pytest.mark.parametrize("version", ["", "x", "-1", "٣", "9" * 12])
def test_a_version_that_was_tampered_with_is_an_older_page(reader, cast, version):
    dana = reader("dana")
    write(db.session, cast.dana, cast.marcus, signs="First.")
    dana.opens(f"/people/{cast.marcus}/safety-plan")
    dana.sends(status=409, signs="Mine", version=version)
