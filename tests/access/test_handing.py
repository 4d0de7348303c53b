"""A person given to another coach in one step, with the pack; and whoever is away is looked after for, no day longer."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from coachdesk.access import Away, HandOver, Restriction, RestrictionKind, may_see, unscoped
from coachdesk.accounts import leaving
from coachdesk.admin import service as admin
from coachdesk.audit import AuditEntry
from coachdesk.checkins import service as checkins
from coachdesk.clients import items
from coachdesk.clients import service as clients
from coachdesk.clients.items import Item
from coachdesk.clients.models import Client
from coachdesk.clients.naming import reach_rule
from coachdesk.clients.rules import PointKind
from coachdesk.db import Key
from coachdesk.drafts import service as drafts
from coachdesk.goals.models import Goal
from coachdesk.reminders import planning
from coachdesk.reminders.models import LedgerEntry
from coachdesk.visits.rules import Channel
from coachdesk.words import NotFound, Refused
from tests.cast import MONDAY, TODAY, ZONE
from tests.lived import live

DAY = dt.timedelta(days=1)
NEW_YORK = dt.UTC


@pytest.fixture
def lived(session, cast):
    return live(session, cast)


@pytest.fixture
def handing(reader, cast, lived):
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.marcus}/hand-over")
    return ruth


# ---- handing over ---------------------------------------------------------------------------------------------------


def test_a_person_is_given_in_one_step_and_yesterdays_coach_sees_nothing(handing, reader, session, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    page = handing.sends(coach_id=str(cast.imani.id), earlier="everything", words="I talk better while walking.")
    assert "Imani Moss walks with them from now on" in page.main
    dana.opens(f"/people/{cast.marcus}", status=404)
    imani = reader("imani")
    page = imani.opens(f"/people/{cast.marcus}")
    assert "You have walked with Marcus since Monday 23 November." in page.main
    page = imani.opens(page.link("Read the pack"))
    for words in (
        "I talk better while walking.",
        "A place of my own",
        "Hand in the form",
        "Dana Osei walked with them",
    ):
        assert words in page.main
    row = session.scalars(unscoped(sa.select(HandOver), because="a test looks")).one()
    assert row.words == "I talk better while walking."
    kept = session.scalars(sa.select(AuditEntry.details).where(AuditEntry.event == "assignment:made")).all()
    assert not any("walking" in str(details) for details in kept)


def test_whoever_takes_over_from_today_on_finds_no_notes_of_before_in_the_pack(handing, reader, cast, clock):
    clock.move(minutes=1)
    handing.sends(coach_id=str(cast.imani.id), earlier="from_today")
    page = reader("imani").opens(f"/people/{cast.marcus}/pack")
    assert "Nothing you may read was written yet." in page.main
    assert "A place of my own" in page.main


def test_the_pack_says_how_to_reach_them_and_which_goal_is_due(reader, session, cast, lived):
    items.add_item(
        session, cast.dana, cast.marcus, Item.POINT, kind=PointKind.PHONE, value="(555) 010-0177", label="His sister",
        may_call=True, may_text=False, may_voicemail=False, may_email=False, say_who=False, note="", now=MONDAY,
        today=TODAY,
    )  # fmt: skip
    goal = session.get(Goal, lived["goal"])
    goal.next_review_on = TODAY
    session.commit()
    person = session.get(Client, cast.marcus)
    page = reader("dana").opens(f"/people/{cast.marcus}/pack")
    for words in (
        person.phone,
        "(555) 010-0177 His sister",
        str(reach_rule(person)),
        "The goal “A place of my own” is due for a look together.",
    ):
        assert words in page.main, words
    assert "Say only your own name." in page.main
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(phone_wrong_on=TODAY))
    session.commit()
    page = reader("dana").opens(f"/people/{cast.marcus}/pack")
    assert person.phone not in page.main
    assert "(555) 010-0177" in page.main


def test_what_is_missing_gets_a_sentence_and_what_was_typed_stays(handing):
    page = handing.sends(status=422, words="Speaks softly.")
    assert "Choose a coach." in page.words
    assert "Choose whether the new coach may read" in page.words
    assert "Speaks softly." in page.text


def test_coaches_of_other_teams_and_whoever_may_not_see_them_are_not_offered(handing, reader, session, cast):
    session.add(
        Restriction(client_id=cast.marcus, user_id=cast.imani.id, kind=RestrictionKind.KIN, started_at=MONDAY,
                    started_by=cast.ruth.id)
    )  # fmt: skip
    session.commit()
    ruth = reader("ruth")
    page = ruth.opens(f"/people/{cast.marcus}/hand-over")
    names = page.soup.select_one("#coach_id").get_text(" ")
    for nobody in ("Imani", "Chris", "Dana"):
        assert nobody not in names
    for nobody in (cast.imani, cast.chris, cast.dana):
        ruth.opens(f"/people/{cast.marcus}/hand-over")
        page = ruth.sends(status=422, coach_id=str(nobody.id), earlier="everything")
        assert "from the list" in page.words or "Choose" in page.words


@pytest.mark.parametrize("name", ["dana", "omar"])
def test_only_their_own_supervisor_gives_a_person_away(reader, cast, lived, name):
    someone = reader(name)
    someone.opens("/account")
    someone.opens(f"/people/{cast.marcus}/hand-over", status=404)
    someone.posts(
        f"/people/{cast.marcus}/hand-over",
        status=404,
        coach_id=str(cast.imani.id),
        earlier="everything",
        form_key=str(uuid.uuid4()),
    )


def test_that_the_coach_is_in_the_middle_of_writing_is_said_but_not_what(reader, session, cast, lived):
    drafts.save_draft(
        session, cast.dana, cast.marcus, form="check-in", subject_id=cast.marcus, fields={"note": ["Half a thought"]},
        path=f"/people/{cast.marcus}/check-ins/new", now=MONDAY,
    )  # fmt: skip
    session.commit()
    page = reader("ruth").opens(f"/people/{cast.marcus}/hand-over")
    assert "Dana is in the middle of writing something about them." in page.main
    assert "Half a thought" not in page.text


def test_a_worry_nobody_was_told_of_is_named_before_a_hand_over_and_never_its_words(reader, session, cast, lived):
    drafts.save_draft(
        session, cast.dana, cast.marcus, form="safety-concern", subject_id=cast.marcus,
        fields={"words": ["Half a thought"]}, path=f"/people/{cast.marcus}/concerns/new", now=MONDAY,
    )  # fmt: skip
    session.commit()
    page = reader("ruth").opens(f"/people/{cast.marcus}/hand-over")
    assert (
        "Dana is writing about a worry about Marcus’s safety that nobody was told of yet. "
        "Speak with Dana before you hand over."
    ) in page.main
    assert "in the middle of writing" not in page.main
    assert "Half a thought" not in page.text
    assert "worry" not in reader("ruth").opens(f"/people/{cast.lena}/hand-over").main


def test_more_people_than_agreed_is_a_question_and_no_block(reader, session, cast, lived):
    session.execute(sa.text("UPDATE user_account SET most_people = 1 WHERE first_name = 'Imani'"))
    session.commit()
    ruth = reader("ruth")
    page = ruth.opens(f"/people/{cast.marcus}/hand-over")
    assert "Imani Moss (1 of 1 people)" in page.main
    page = ruth.sends(coach_id=str(cast.imani.id), earlier="everything")
    assert "That makes 2 people with Imani; 1 were agreed." in page.main


def test_somebody_whose_coach_was_switched_off_needs_one(reader, session, cast):
    admin.set_active(session, cast.admin, cast.dana.id, active=False, now=MONDAY)
    session.commit()
    page = reader("ruth").opens("/team")
    assert "Needs a coach" in page.main
    assert "Dana Osei no longer coaches here." in page.main
    assert page.link("Choose a coach").endswith("/hand-over")
    assert "Needs a coach" not in reader("omar").opens("/team").main


# ---- leave and cover ------------------------------------------------------------------------------------------------


def sends_away(ruth, cast, *, cover="imani", first=23, last=27, status=200):
    ruth.opens("/team/away")
    days = {f"{name}-{part}": str(value) for name, day in (("from_on", first), ("until_on", last))
            for part, value in (("day", day), ("month", 11), ("year", 2026))}  # fmt: skip
    return ruth.sends(
        "/team/away",
        user_id=str(cast.dana.id),
        cover_id=str(cast.staff[cover].id) if cover else "",
        status=status,
        **days,
    )


def test_cover_sees_reads_and_is_reminded_from_the_first_day_to_the_last_and_no_longer(reader, session, cast, clock):
    page = sends_away(reader("ruth"), cast)
    assert "Imani looks after Dana’s people until Friday 27 November." in page.main
    imani = reader("imani")
    page = imani.opens("/today")
    assert "You look after Dana’s people until Friday 27 November." in page.main
    imani.opens(f"/people/{cast.marcus}")
    assert "Imani Moss looks after this person meanwhile." in imani.page.main
    assert "Marcus T." in imani.opens("/check-ins/new").main
    assert "Imani looks after your people" in reader("dana").opens("/today").main
    clock.move(days=4, hours=14)  # Friday night, a quarter to midnight
    reader("imani").opens(f"/people/{cast.marcus}")
    clock.move(minutes=15)
    reader("imani").opens(f"/people/{cast.marcus}", status=404)
    assert "You look after" not in reader("imani").opens("/today").main


def test_reminders_go_to_whoever_looks_after_them_and_come_back_with_the_coach(session, cast, reader):
    sends_away(reader("ruth"), cast)
    planning.plan(session, now=MONDAY + 3 * DAY)
    session.commit()

    def told(about):
        rows = sa.select(LedgerEntry.recipient_id).where(LedgerEntry.client_id == about)
        return set(session.scalars(unscoped(rows, because="a test looks")))

    assert told(cast.marcus) == {cast.imani.id}
    planning.plan(session, now=MONDAY + 6 * DAY)
    assert told(cast.marcus) == {cast.imani.id, cast.dana.id}


def test_cover_of_somebody_who_came_from_today_on_reads_no_more_than_they_do(session, cast, reader, lived):
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.aisha}/hand-over")
    ruth.sends(coach_id=str(cast.dana.id), earlier="from_today")
    checkins.log_checkin(
        session, cast.ruth, cast.aisha, channel=Channel.CALL, held_on=TODAY, note="Written since.", next_on=TODAY + DAY,
        now=MONDAY + dt.timedelta(hours=1), today=TODAY,
    )  # fmt: skip
    session.commit()
    sends_away(ruth, cast, cover="ruth")
    covering = replace(cast.ruth, now=MONDAY + dt.timedelta(hours=2))
    assert [row.note for row in checkins.list_checkins(session, covering, cast.aisha)] == ["Written since."]


def test_a_restriction_wins_over_cover(session, cast, reader):
    session.add(
        Restriction(client_id=cast.marcus, user_id=cast.imani.id, kind=RestrictionKind.KIN, started_at=MONDAY,
                    started_by=cast.ruth.id)
    )  # fmt: skip
    session.commit()
    sends_away(reader("ruth"), cast)
    imani = reader("imani")
    imani.opens(f"/people/{cast.marcus}", status=404)
    imani.opens(f"/people/{cast.lena}")


def test_without_a_moment_nobody_looks_after_anybody(session, cast, reader):
    sends_away(reader("ruth"), cast)
    marcus = sa.literal(cast.marcus, Key())
    assert session.scalar(sa.select(may_see(replace(cast.imani, now=MONDAY), marcus)))
    assert not session.scalar(sa.select(may_see(cast.imani, marcus)))
    with pytest.raises(NotFound):
        clients.find_person(session, cast.imani, cast.marcus)


def test_here_again_ends_it_at_once_and_undo_does_the_same(session, cast, reader):
    ruth = reader("ruth")
    sends_away(ruth, cast)
    imani = reader("imani")
    imani.opens(f"/people/{cast.marcus}")
    assert "Dana is here again." in ruth.presses("Here again").main
    imani.opens(f"/people/{cast.marcus}", status=404)
    sends_away(ruth, cast)
    ruth.presses("Undo")
    imani.opens(f"/people/{cast.marcus}", status=404)
    assert "Everybody is here" in ruth.opens("/team/away").main


def test_without_cover_the_board_says_whose_people_wait(cast, reader):
    ruth = reader("ruth")
    assert "Nobody looks after their people yet." in sends_away(ruth, cast, cover="").main
    page = ruth.opens("/team")
    assert "Dana Osei is away until Friday 27 November." in page.main
    assert page.link("Arrange cover").startswith("/team/away?leave=")


def test_new_days_take_the_place_of_those_they_fall_upon(session, cast, reader):
    ruth = reader("ruth")
    sends_away(ruth, cast)
    sends_away(ruth, cast, cover="ruth", first=25, last=30)
    rows = session.scalars(sa.select(Away).where(Away.ended_at.is_(None))).all()
    assert [(row.cover_id, row.from_on.day) for row in rows] == [(cast.ruth.id, 25)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cover": "dana"}, "Choose somebody else of the team"),
        ({"cover": "chris"}, "Choose"),
        ({"first": 27, "last": 24}, "The last day lies before the first."),
        ({"first": 20, "last": 22}, "These days are behind us."),
    ],
)
def test_days_that_cannot_be_get_a_sentence(cast, reader, change, sentence):
    assert sentence in sends_away(reader("ruth"), cast, status=422, **change).words


def test_whoever_is_away_looks_after_nobody(cast, reader):
    ruth = reader("ruth")
    sends_away(ruth, cast)
    ruth.opens("/team/away")
    days = {f"{name}-{part}": value for name in ("from_on", "until_on")
            for part, value in (("day", "25"), ("month", "11"), ("year", "2026"))}  # fmt: skip
    page = ruth.sends("/team/away", user_id=str(cast.imani.id), cover_id=str(cast.dana.id), status=422, **days)
    assert "They are away themselves" in page.words


def test_supervisors_send_away_nobody_of_another_team(session, cast):
    from zoneinfo import ZoneInfo

    with pytest.raises(Refused):
        leaving.set_away(session, cast.ruth, cast.chris.id, cover_id=None, from_on=TODAY, until_on=TODAY,
                         zone=ZoneInfo(ZONE), now=MONDAY, today=TODAY)  # fmt: skip
    row = leaving.set_away(session, cast.ruth, cast.dana.id, cover_id=None, from_on=TODAY, until_on=TODAY,
                           zone=ZoneInfo(ZONE), now=MONDAY, today=TODAY)  # fmt: skip
    with pytest.raises(NotFound):
        leaving.end_away(session, cast.omar, row.id, now=MONDAY)
