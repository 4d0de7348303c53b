"""How coaching goes on: a level that changes and changes back, a pause, an end, and beginning again."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.access import SYSTEM, unscoped
from coachdesk.checkins import service as checkins
from coachdesk.clients import episodes
from coachdesk.clients.models import Client, Episode, Pause
from coachdesk.clients.rules import ENDING_WORDS, Ending, resumed_on
from coachdesk.reminders import facts, planning
from coachdesk.reminders.clocks import contact_due_on, is_out_of_touch, resting_until
from coachdesk.reminders.givens import PersonFacts, PlannedVisit
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerEntry
from coachdesk.reminders.rules import due_items
from coachdesk.scheduler import send
from coachdesk.visits import recurring
from coachdesk.visits import service as visits
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Channel, Pattern, Repeat
from coachdesk.words import NotFound
from tests.cast import MONDAY, TODAY
from tests.lived import set_home_goal

DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
FACTS = PersonFacts(uuid.UUID(int=1), uuid.UUID(int=2), "Marcus", dt.date(2026, 11, 2), 7)


# ---- rules ----------------------------------------------------------------------------------------------------------


@given(first=DAYS, length=st.integers(0, 366), early=st.none() | st.integers(0, 366))
def test_clocks_run_again_on_the_day_after_a_pause_or_when_it_was_ended(first, length, early):
    last = first + length * DAY
    ended = first + early * DAY if early is not None else None
    found = resumed_on([(first, last, ended)])
    if ended == first:
        assert found is None  # begun and taken back on one day
    else:
        assert first < found <= last + DAY
        assert found == (min(last + DAY, ended) if ended else last + DAY)


@given(pauses=st.lists(st.tuples(DAYS, st.integers(0, 99)), min_size=1, max_size=4))
def test_of_several_pauses_the_last_one_counts(pauses):
    rows = [(first, first + n * DAY, None) for first, n in pauses]
    assert resumed_on(rows) == max(last for _first, last, _ended in rows) + DAY


@given(last=DAYS, resumed=DAYS, today=DAYS)
def test_nobody_is_out_of_touch_while_they_rest(last, resumed, today):
    resting = replace(FACTS, last_contact_on=last, resumed_on=resumed)
    assert contact_due_on(resting) >= resumed
    if resting_until(resting, today):
        assert not is_out_of_touch(resting, today)
    else:
        assert is_out_of_touch(resting, today) == (today > max(last + 7 * DAY, resumed))


def test_what_you_planned_together_stands_also_within_a_pause():
    planned = replace(FACTS, visit=PlannedVisit(TODAY), resumed_on=TODAY + 30 * DAY)
    assert contact_due_on(planned) == TODAY


@given(on=DAYS, resumed=DAYS, today=DAYS)
def test_a_day_of_a_series_was_not_agreed_for_the_pause_it_falls_into(on, resumed, today):
    weekly = replace(FACTS, last_contact_on=on - DAY, visit=PlannedVisit(on, by_pattern=True), resumed_on=resumed)
    assert contact_due_on(weekly) == max(on, resumed)
    if resting_until(weekly, today):
        assert not is_out_of_touch(weekly, today)


def test_a_series_that_was_not_ended_asks_nothing_once_coaching_has_ended():
    weekly = PlannedVisit(TODAY - DAY, by_pattern=True)
    closed = replace(FACTS, last_contact_on=TODAY - 9 * DAY, visit=weekly, is_closed=True)
    assert due_items(closed, TODAY) == ()
    assert [due.asks_what_happened for due in due_items(replace(closed, is_closed=False), TODAY)] == [True]


def test_nothing_is_due_once_coaching_has_ended():
    closed = replace(FACTS, last_contact_on=TODAY - 99 * DAY, is_closed=True)
    assert due_items(closed, TODAY) == ()
    assert not is_out_of_touch(closed, TODAY)


# ---- through the page -----------------------------------------------------------------------------------------------


@pytest.fixture
def course(reader, cast):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/coaching")
    return dana


def test_a_level_changes_and_changes_back_and_each_time_is_kept(course, session, cast, clock):
    assert "Full coaching" in course.page.main
    for level, words in (("check_ins", "Check-ins only"), ("full", "Full coaching")):
        clock.move(minutes=1)
        page = course.sends("/level", level=level)
        assert f"Saved: {words}." in page.main
    found = episodes.find_course(session, cast.dana, cast.marcus, today=TODAY)
    assert [row.level.value for row in found.levels] == ["full", "check_ins", "full"]


def test_a_pause_stops_the_clock_until_its_day_and_can_be_ended(course, session, cast, clock, reader):
    checkins.log_checkin(
        session, cast.dana, cast.marcus, channel=Channel.CALL, held_on=TODAY, next_on=TODAY + DAY, now=MONDAY,
        today=TODAY,
    )  # fmt: skip
    session.execute(sa.text("UPDATE visit SET closed_at = made_at, closing = 'cancelled'"))
    session.commit()
    page = course.sends(
        "/pauses", until_on__day="10", until_on__month="12", until_on__year="2026", agreed="Her sister’s."
    )
    assert "Resting until Thursday 10 December." in page.main
    assert "Her sister’s." in page.main
    clock.move(days=14)
    dana = reader("dana")
    assert "Marcus" not in dana.opens("/today").main.split("Coming up")[0]
    assert "resting" in dana.opens("/people").main
    dana.opens(f"/people/{cast.marcus}/coaching")
    dana.presses("Go on now")
    assert "Marcus" in dana.opens("/today").main
    assert session.scalars(unscoped(sa.select(Pause.ended_on), because="a test looks")).all() == [TODAY + 14 * DAY]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (("", "", ""), "Write the last day of the pause"),
        (("22", "11", "2026"), "behind us"),
        (("1", "1", "2028"), "more than a year ahead"),
        (("31", "2", "2027"), "This must be a real day"),
    ],
)
def test_a_pause_that_cannot_be_gets_a_sentence_and_keeps_what_was_typed(course, day, sentence):
    boxes = dict(zip(("until_on__day", "until_on__month", "until_on__year"), day, strict=True))
    page = course.sends("/pauses", status=422, agreed="As she said.", **boxes)
    assert sentence in page.words
    assert "As she said." in page.text


def test_an_end_takes_somebody_off_the_lists_and_the_record_stays(course, session, cast, reader):
    page = course.sends("/closure", ending="completed", farewell="You did it.")
    assert "Coaching has come to its end here." in page.main
    assert "You did it." in page.main
    dana = reader("dana")
    assert "Marcus" not in dana.opens("/people").main
    assert "Marcus" not in dana.opens("/today").main
    assert "Marcus T." in dana.opens("/people?q=marc").main
    assert "came to its end" in dana.opens(f"/people/{cast.marcus}").main
    assert "Marcus" not in reader("ruth").opens("/team").main
    assert planning.plan(session, now=MONDAY + 90 * DAY) >= 0
    named = sa.select(sa.func.count()).select_from(LedgerEntry).where(LedgerEntry.client_id == cast.marcus)
    assert session.scalar(unscoped(named, because="a test looks")) == 0


def test_after_an_end_nobody_is_told_when_they_speak_next(course, reader, cast):
    course.opens(f"/people/{cast.marcus}/visits/new")
    course.sends(planned_on__day="30", planned_on__month="11", planned_on__year="2026")
    assert "30 November" in reader("marcus").opens("/my-goals").main
    course.opens(f"/people/{cast.marcus}/coaching")
    course.sends("/closure", ending="own_choice")
    assert "30 November" not in reader("marcus").opens("/my-goals").main
    course.opens(f"/people/{cast.marcus}/coaching")
    course.presses("Begin again")
    assert "30 November" in reader("marcus").opens("/my-goals").main


def test_they_read_the_kind_word_on_their_own_page_and_ask_to_begin_again(course, reader, cast, app):
    assert "come to its end" not in reader("marcus").opens("/my-goals").main
    course.sends("/closure", ending="completed", farewell="You did it.")
    marcus = reader("marcus")
    page = marcus.opens("/my-goals")
    for words in (
        "Your coaching has come to its end.",
        "That was on Monday 23 November.",
        "Dana wrote this for you: “You did it.”",
        "You can ask to begin again at any time.",
    ):
        assert words in page.main, words
    assert "Dana has been told." in marcus.presses("I would like some help").main
    send(app)
    for name in ("dana", "ruth"):
        assert "Marcus T. asks for you. Coaching had come to its end." in reader(name).opens("/today").main, name
    assert "asks for you" not in reader("imani").opens("/today").main
    course.opens(f"/people/{cast.marcus}/coaching")
    course.presses("Begin again")
    assert "come to its end" not in marcus.opens("/my-goals").main


def test_nobody_is_greeted_with_an_end_that_was_a_death(course, reader):
    course.sends("/closure", ending="died", farewell="We miss you.")
    page = reader("marcus").opens("/my-goals")
    assert "We miss you." not in page.main
    assert "come to its end" not in page.main


@pytest.fixture
def tuesdays(session, cast):
    """Every Tuesday at half past two, and Friday by itself."""
    weekly = Pattern(Repeat.WEEKLY, TODAY, dt.time(14, 30), weekdays=frozenset([1]))
    recurring.begin_series(session, cast.dana, cast.marcus, weekly, now=MONDAY, today=TODAY)
    visits.plan_visit(session, cast.dana, cast.marcus, planned_on=TODAY + 4 * DAY, now=MONDAY, today=TODAY)
    session.commit()


def _planned(session, cast, *, on):
    found = session.scalars(sa.select(Visit).where(Visit.closed_at.is_(None), Visit.planned_on >= on)).all()
    series = session.scalars(sa.select(VisitSeries).where(VisitSeries.ended_at.is_(None))).all()
    days = sorted(row.planned_on for row in found), len(series)
    session.rollback()
    return days


def test_what_was_planned_ends_with_coaching_and_is_there_again_where_the_end_is_taken_back(
    tuesdays, course, session, cast
):
    before = _planned(session, cast, on=TODAY)
    assert before == ([TODAY + DAY, TODAY + 4 * DAY], 1)
    page = course.sends("/closure", ending="moved_away")
    assert "What was planned is called off." in page.main
    assert _planned(session, cast, on=TODAY) == ([], 0)
    course.presses("Undo")
    assert _planned(session, cast, on=TODAY) == before


def test_who_begins_again_reads_what_was_planned_and_may_plan_it_again(tuesdays, course, session, cast, clock, reader):
    course.sends("/closure", ending="own_choice")
    clock.move(days=60)
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/coaching")
    page = dana.presses("Begin again")
    assert "Until then you planned: Every Tuesday at 2:30 pm." in page.main
    assert "A contact on Friday 27 November 2026 was called off then." in page.main
    assert _planned(session, cast, on=TODAY) == ([], 0)
    assert "It repeats again, as it was." in dana.presses("Plan it again").main
    assert _planned(session, cast, on=TODAY) == ([dt.date(2027, 1, 26)], 1)


def test_a_series_that_had_ended_before_stays_ended(tuesdays, course, session, cast, clock):
    series = session.scalars(sa.select(VisitSeries)).one()
    recurring.end_series(session, cast.dana, series.id, now=MONDAY, today=TODAY)
    session.commit()
    clock.move(minutes=1)
    course.opens(f"/people/{cast.marcus}/coaching")
    course.sends("/closure", ending="other")
    course.presses("Undo")
    assert _planned(session, cast, on=TODAY) == ([TODAY + 4 * DAY], 0)


def test_an_end_is_undone_within_ten_minutes_as_if_it_had_not_been(course, session):
    course.sends("/closure", ending="moved_away")
    course.presses("Undo")
    assert [row.closed_at for row in rows(session)] == [None]


def test_a_pause_goes_on_where_the_end_that_ended_it_is_taken_back(course, session, cast, clock):
    course.sends("/pauses", until_on__day="30", until_on__month="11", until_on__year="2026")
    clock.move(minutes=1)
    course.presses("Go on now")
    clock.move(minutes=1)
    course.sends("/pauses", until_on__day="10", until_on__month="12", until_on__year="2026", agreed="Her sister’s.")
    clock.move(minutes=1)
    course.sends("/closure", ending="moved_away")
    course.presses("Undo")
    page = course.opens(f"/people/{cast.marcus}/coaching")
    assert "Marcus rests from Mon 23 Nov until Thursday 10 December." in page.main
    pauses = session.scalars(unscoped(sa.select(Pause).order_by(Pause.made_at), because="a test looks")).all()
    assert [(row.ended_on, row.ended_by) for row in pauses] == [(TODAY, cast.dana.id), (None, None)]
    assert pauses[1].ended_at is None


def test_after_ten_minutes_a_pause_stays_ended_with_the_coaching_it_belonged_to(course, session, cast, clock):
    course.sends("/pauses", until_on__day="10", until_on__month="12", until_on__year="2026")
    clock.move(minutes=1)
    course.sends("/closure", ending="own_choice")
    page = course.opens(f"/people/{cast.marcus}/coaching")
    assert "A pause from 23 November to 23 November." in page.main
    assert "went on" not in page.main
    clock.move(minutes=11)
    course.presses("Begin again")
    assert "Resting" not in course.opens(f"/people/{cast.marcus}/coaching").main


def test_one_begins_again_without_being_asked_anything_anew(course, session, cast, clock, reader):
    course.sends("/closure", ending="own_choice", farewell="Come back any time.")
    clock.move(days=60)
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/coaching")
    page = dana.presses("Begin again")
    assert page.url == f"/people/{cast.marcus}"
    assert "Everything from before is here." in page.main
    first, second = rows(session)
    assert (first.ending, first.words, second.closed_at) == (Ending.OWN_CHOICE, "Come back any time.", None)
    assert "Together from 8 June 2026 to 23 November 2026." in dana.opens(f"/people/{cast.marcus}/coaching").main
    assert "Marcus" in dana.opens("/people").main


def test_how_it_ended_is_never_chosen_beforehand_and_each_end_has_its_words(course):
    assert "Choose how it came to its end." in course.sends("/closure", status=422, farewell="Thanks").words
    assert "Thanks" in course.page.text
    assert set(ENDING_WORDS) == set(Ending)


def test_two_who_close_at_the_same_moment_close_once(session, cast):
    episodes.close(session, cast.dana, cast.marcus, ending=Ending.OTHER, now=MONDAY, today=TODAY)
    session.commit()
    with pytest.raises(NotFound):
        episodes.close(session, cast.ruth, cast.marcus, ending=Ending.OTHER, now=MONDAY, today=TODAY)


def test_after_somebody_died_nobody_is_asked_to_begin_again(course):
    page = course.sends("/closure", ending="died")
    assert "Begin again" not in page.main


def test_after_somebody_died_the_record_is_quiet(course, session, cast, clock):
    _goal(session, cast)
    assert course.page.main.count("door stays open") == 1, "beside those with whom touch was lost, and nobody else"
    assert "They can read it" not in course.page.main
    page = course.sends("/closure", ending="died", farewell="We miss you.")
    assert "door stays open" not in page.main
    assert "We miss you." in page.main
    page = course.opens(f"/people/{cast.marcus}")
    assert "Marcus has died." in page.main
    for words in (
        *("Log check-in", "Call", "Text", "worried", "Set reminder", "Add referral", "How to reach", "Next contact"),
        *("Next goal review", "working together since", "Add a goal", "Review goal", "Step done", "Plan"),
    ):
        assert words not in page.main.replace("Safety plan", ""), words
    assert "Next contact" not in course.opens(f"/people/{cast.marcus}/details").main
    page = course.opens(f"/people/{cast.marcus}/goals")
    for words in ("Review ", "Step done", "Add a step", "Next step"):
        assert words not in page.main, words


def test_after_an_end_no_review_is_due_and_the_time_together_is_over(course, session, cast):
    _goal(session, cast)
    course.opens(f"/people/{cast.marcus}/coaching")
    assert "Next goal review" in course.opens(f"/people/{cast.marcus}").main
    course.opens(f"/people/{cast.marcus}/coaching")
    course.sends("/closure", ending="moved_away")
    page = course.opens(f"/people/{cast.marcus}")
    assert "worked together from 8 June to 23 November" in page.main
    assert "Coaching ended Mon 23 Nov" in page.main
    for words in ("working together since", "Next goal review", "Speak every"):
        assert words not in page.main, words
    assert "Log check-in" in page.main
    details = course.opens(f"/people/{cast.marcus}/details").main
    assert "Worked together from 8 June to 23 November" in details
    assert "Working together since" not in details
    sheet = course.opens(f"/people/{cast.marcus}/sheet").main
    assert "Coaching came to its end on Monday 23 November." in sheet
    assert "We agreed to speak" not in sheet
    assert "Review Mon" not in course.opens(f"/people/{cast.marcus}/goals").main
    course.opens(f"/people/{cast.marcus}/coaching")
    course.presses("Begin again")
    assert "working together since" in course.opens(f"/people/{cast.marcus}").main


def _goal(session, cast):
    set_home_goal(session, cast, "Hand in the form")
    session.commit()


def test_everybody_who_is_added_begins_with_an_episode(reader, session):
    dana = reader("dana")
    dana.opens("/people/new")
    page = dana.sends(first_name="Wren")
    client_id = uuid.UUID(page.url.rsplit("/", 1)[1])
    known = facts.list_known(session, SYSTEM, ids=[client_id])
    assert [row.facts.is_closed for row in known] == [False]
    assert Rule.CONTACT_DUE in [due.rule for due in due_items(known[0].facts, TODAY)]


def rows(session):
    session.rollback()
    found = sa.select(Episode).join(Client, Client.id == Episode.client_id).where(Client.first_name == "Marcus")
    return list(session.scalars(unscoped(found.order_by(Episode.opened_at), because="a test looks")))
