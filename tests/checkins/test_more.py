"""More about this time: every further field is kept, shown where it belongs, and refused with a sentence."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import Earlier
from coachdesk.checkins import details, service
from coachdesk.checkins.models import (
    CheckIn,
    CheckInBenefit,
    CheckInGoal,
    CheckInPlan,
    CheckInSupport,
    Review,
    SupervisionLine,
)
from coachdesk.checkins.parts import Benefit, More, Support
from coachdesk.drafts.models import Draft
from coachdesk.goals import service as goals
from coachdesk.goals.rules import Domain, GoalStatus
from coachdesk.organisation.models import Organisation
from coachdesk.visits.rules import Channel
from coachdesk.words import NotFound
from tests.access.helpers import at, break_glass, hand_over
from tests.cast import MONDAY, TODAY

PLAN = {"plans__0__what": "Ring Eastside", "plans__0__who": "coach"}
FRIDAY = {"plans__0__by_on__day": "27", "plans__0__by_on__month": "11", "plans__0__by_on__year": "2026"}
SAID = {
    "place": "Central Library café",
    "others": "His sister Ana",
    "highlights": "Slept through three nights.",
    "hard_spots": "Payday was long.",
    "return_to_use": "I drank on Saturday and rang you on Sunday.",
    "meetings": "Two on Zoom",
    "strengths": "He asked for help early.",
    "response": "He laughed at the end.",
    "needs": "A dentist",
}
SECRET = "Canary for supervision: I feel out of my depth."


def _new(cast: Any) -> str:
    return f"/people/{cast.marcus}/check-ins/new"


def _goal(session: Any, identity: Any, person: uuid.UUID, words: str = "A place of my own") -> uuid.UUID:
    made = goals.set_goal(
        session, identity, person, words=words, domain=Domain.HOME, status=GoalStatus.ACTIVE, now=MONDAY, today=TODAY
    )
    session.commit()
    return made.id


@pytest.fixture
def told(reader, cast, session):
    """A check-in of Dana's with Marcus in which everything is filled in."""
    session.execute(sa.update(Organisation).values(review_share=1.0))
    goal = _goal(session, cast.dana, cast.marcus)
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(
        how="in_person",
        weather="4",
        note="A good talk.",
        kind="drop_in",
        started="11:30 pm",
        ended="12:15 am",
        next_day="y",
        wants_written="y",
        goals=str(goal),
        benefits=["less_alone", "more_hope"],
        supports=["practical", "emotional"],
        own_story="y",
        read_together="y",
        supervision_line=SECRET,
        **SAID,
        **PLAN,
        **FRIDAY,
    )
    session.expire_all()
    return session.scalars(sa.select(CheckIn)).one()


def test_every_field_is_kept(told, session):
    assert {name: getattr(told, name) for name in SAID} == SAID
    assert (told.kind, told.started, told.ended) == ("drop_in", dt.time(23, 30), dt.time(0, 15))
    assert told.minutes == 45
    assert (told.own_story, told.read_together) == (True, True)
    assert session.scalars(sa.select(CheckInGoal)).one().client_id == told.client_id
    assert set(session.scalars(sa.select(CheckInBenefit.benefit))) == {Benefit.LESS_ALONE, Benefit.MORE_HOPE}
    assert set(session.scalars(sa.select(CheckInSupport.support))) == {Support.PRACTICAL, Support.EMOTIONAL}
    plan = session.scalars(sa.select(CheckInPlan)).one()
    assert (plan.what, plan.who, plan.by_on) == ("Ring Eastside", "coach", dt.date(2026, 11, 27))
    assert session.scalars(sa.select(SupervisionLine)).one().words == SECRET


def test_the_check_ins_page_tells_all_of_it(told, reader):
    page = reader("dana").opens(f"/check-ins/{told.id}")
    assert all(words in page.main for words in SAID.values())
    assert "11:30 pm to 12:15 am the next day" in page.main
    assert "45 min" in page.main
    assert "Dropped in" in page.main
    for words in ("Less alone", "More hope", "Listened and encouraged", "A place of my own"):
        assert words in page.main
    assert "Ring Eastside (Dana, by Fri 27 Nov)" in page.main
    assert SECRET in page.main


def test_the_supervisor_reads_it_when_it_waits_for_a_word(told, reader, session):
    waiting = session.scalars(sa.select(Review)).one().id
    session.rollback()
    ruth = reader("ruth")
    for path in (f"/check-ins/{told.id}", f"/team/reviews/{waiting}"):
        page = ruth.opens(path)
        assert SECRET in page.main
        assert "Slept through three nights." in page.main


def test_the_person_reads_everything_but_what_is_for_supervision(told, reader, clock):
    clock.move(minutes=11)
    marcus = reader("marcus")
    page = marcus.opens("/my-goals/what-we-wrote")
    assert all(words in page.main for words in SAID.values())
    assert "Less alone" in page.main
    assert "Ring Eastside (your coach, by Fri 27 Nov)" in page.main
    for path in ("/my-goals", "/my-goals/what-we-wrote", "/my-goals/who-looked", "/account"):
        assert "Canary" not in marcus.opens(path).text
    marcus.opens(f"/check-ins/{told.id}", status=404)


def test_the_timeline_shows_what_was_noticed_and_what_was_said(reader, cast):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(how="call", highlights="Slept through.", benefits="more_hope", supervision_line=SECRET)
    page = dana.opens(f"/people/{cast.marcus}/timeline")
    assert "Slept through." in page.main
    assert "More hope" in page.main
    assert "Canary" not in page.text


def test_what_was_planned_stands_on_the_next_form(told, reader, cast):
    dana = reader("dana")
    page = dana.opens(_new(cast))
    assert "You planned" in page.main
    assert "Ring Eastside (the coach, by Fri 27 Nov)" in page.main
    dana.sends(how="call")
    assert "You planned" not in dana.opens(_new(cast)).main


def test_taken_back_all_of_it_is_gone(told, reader, cast, session):
    dana = reader("dana")
    dana.opens("/today")
    dana.posts(f"/check-ins/{told.id}/withdrawal")
    assert "You planned" not in dana.opens(_new(cast)).main
    assert details.map_details(session, cast.dana, cast.marcus) == {}
    session.rollback()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"started": "3 pm", "ended": "2 pm"}, "This is not after it began."),
        ({"started": "3 pm", "ended": "3 pm"}, "This is not after it began."),
        ({"started": "3 pm", "ended": "4 pm", "next_day": "y"}, "That is longer than a day."),
        ({"ended": "4 pm"}, "Write when it began too."),
        ({"started": "3 pm", "ended": "4 pm", "minutes": "other", "other_minutes": "61"}, "The minutes do not fit"),
        ({"return_to_use": "I drank."}, "This is only kept where the person wants it."),
        ({"wants_written": "y"}, "Write it in the person’s own words"),
        ({"plans__0__by_on__day": "27", "plans__0__by_on__month": "11", "plans__0__by_on__year": "2026"}, "Write what"),
        ({**PLAN, **FRIDAY, "plans__0__by_on__day": "20"}, "The day of a plan lies behind us."),
        ({**PLAN, "plans__0__by_on__day": "31", "plans__0__by_on__month": "2"}, "This must be a real day"),
        ({f"plans__{n}__what": "Ring" for n in range(4)}, "Three plans are enough"),
        ({**PLAN, "plans__0__who": "the moon"}, "Choose one of these."),
        ({"kind": "séance"}, "Choose one of these."),
        ({"benefits": "fame"}, "Choose from these."),
        ({"supports": ["emotional", "money"]}, "Choose from these."),
        ({"goals": str(uuid.uuid4())}, "Choose from these."),
        ({"supervision_line": "x" * 100_000}, "characters too long"),
        ({"highlights": "x" * 100_000}, "characters too long"),
        ({"place": "x" * 201}, "characters too long"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence_and_the_part_stands_open(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(_new(cast))
    plan = {} if "plans__0__who" in fields else {"plans__0__who": "person"}
    page = dana.sends(status=422, how="call", strengths="Kept as typed.", **{**plan, **fields})
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert page.soup.find(id="highlights").find_parent("details").has_attr("open")
    assert page.soup.find(id="strengths").get_text().strip() == "Kept as typed."
    for name, value in fields.items():
        if isinstance(value, str) and len(value) > 100 and page.soup.find(id=name).name == "textarea":
            assert page.soup.find(id=name).get_text().strip() == value
    assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 0


def test_the_longer_part_stays_closed_until_it_is_wanted(reader, cast):
    page = reader("dana").opens(_new(cast))
    assert not page.soup.find(id="highlights").find_parent("details").has_attr("open")
    assert not page.soup.select_one("#wants_written[checked]")
    assert "He wants this written down" in page.main


def test_anothers_goal_is_refused_also_where_the_form_would_offer_it(reader, cast, session):
    theirs = _goal(session, cast.chris, cast.hana, "A boat")
    hers = _goal(session, cast.dana, cast.lena, "A garden")
    for goal_id in (theirs, hers):
        with pytest.raises(NotFound):
            service.log_checkin(
                session,
                cast.dana,
                cast.marcus,
                channel=Channel.CALL,
                held_on=TODAY,
                next_on=TODAY + dt.timedelta(days=7),
                more=More(goal_ids=[goal_id]),
                now=MONDAY,
                today=TODAY,
            )
        session.rollback()
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=422, how="call", goals=str(hers))
    assert "garden" not in page.text


def test_a_draft_keeps_every_field_but_unwanted_words_about_a_return_to_use(reader, cast, session):
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.token = dana.page.token
    kept = {**SAID, "kind": "crisis", "benefits": "more_hope", "plans__0__what": "Ring", "supervision_line": SECRET}
    dana.posts(f"/people/{cast.marcus}/check-ins/draft", **kept)
    page = dana.opens(_new(cast))
    assert page.soup.find(id="highlights").find_parent("details").has_attr("open")
    for name, value in SAID.items():
        field = page.soup.find(id=name)
        typed = field.get_text().strip() if field.name == "textarea" else field["value"]
        assert typed == ("" if name == "return_to_use" else value)
    assert page.soup.select_one("input[name=benefits][value=more_hope]").has_attr("checked")
    assert page.soup.select_one("input[name=kind][value=crisis]").has_attr("checked")
    assert page.soup.find(id="plans-0-what")["value"] == "Ring"
    assert "return_to_use" not in session.scalars(sa.select(Draft)).one().fields
    session.rollback()
    dana.posts(f"/people/{cast.marcus}/check-ins/draft", wants_written="y", return_to_use="I drank.")
    assert session.scalars(sa.select(Draft)).one().fields["return_to_use"] == ["I drank."]
    session.rollback()


def test_an_entry_of_days_ago_says_how_late_it_was_written(reader, cast, session):
    dana = reader("dana")
    for day, late in (("20", True), ("21", False)):
        dana.opens(_new(cast))
        dana.sends(how="call", when="day", held_on__day=day, held_on__month="11", held_on__year="2026")
        entry = session.scalars(sa.select(CheckIn).order_by(CheckIn.held_on.desc())).first()
        session.rollback()
        assert ("Written 3 days later" in dana.opens(f"/check-ins/{entry.id}").main) == late
    assert dana.opens(f"/people/{cast.marcus}/timeline").main.count("Written 3 days later") == 1


# ---- who reads the line for supervision -----------------------------------------------------------------------------


def test_the_line_is_its_authors_and_their_supervisors_alone(told, session, cast):
    def reads(identity: Any) -> bool:
        found = details.find_supervision_line(session, identity, told.id)
        session.rollback()
        return found is not None

    assert reads(cast.dana)
    assert reads(cast.ruth)
    assert not any(reads(one) for one in (cast.imani, cast.chris, cast.omar))


def test_neither_the_person_nor_the_administrator_asks_for_it(told, session, cast):
    for identity in (cast.accounts["marcus"], cast.admin):
        with pytest.raises(NotFound):
            details.find_supervision_line(session, identity, told.id)
        session.rollback()


def test_a_later_coach_does_not_read_it_and_an_emergency_does_not_open_it(told, session, cast, reader, clock):
    break_glass(session, cast, "omar", "marcus", last="Tell")
    assert details.find_supervision_line(session, at(cast.omar), told.id) is None
    session.rollback()
    hand_over(session, cast, "marcus", "imani")
    page = reader("imani").opens(f"/check-ins/{told.id}")
    assert "Slept through three nights." in page.main
    assert "Canary" not in page.text
    assert "Canary" in reader("ruth").opens(f"/check-ins/{told.id}").main


def test_who_walks_with_somebody_only_from_today_on_finds_none_of_it(told, session, cast, reader, clock):
    clock.move(hours=1)
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=clock.now())
    imani = reader("imani")
    imani.opens(f"/check-ins/{told.id}", status=404)
    secret = ("You planned", "Ring Eastside", *SAID.values())
    for path, further in ((_new(cast), ()), (f"/people/{cast.marcus}/timeline", ("Less alone",))):
        page = imani.opens(path)
        assert not [words for words in (*secret, *further) if words in page.main]
