"""Coaching that changes hands, on a phone: handed over with its pack, looked after during a leave, paused, begun again."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from coachdesk.accounts.models import User
from coachdesk.visits import recurring
from coachdesk.visits.rules import Pattern, Repeat
from tests.cast import MONDAY, TODAY
from tests.lived import set_home_goal
from tests.test_matrix import COLUMNS, MATRIX

DAY = dt.timedelta(days=1)
THEIRS = list(COLUMNS).index("coach, own")


@pytest.fixture
def goal(session, cast):
    set_home_goal(session, cast, "Hand in the housing form")
    session.commit()


@pytest.fixture
def tuesdays(session, cast):
    weekly = Pattern(Repeat.WEEKLY, TODAY, dt.time(14, 30), weekdays=frozenset([1]))
    recurring.begin_series(session, cast.dana, cast.marcus, weekly, now=MONDAY, today=TODAY)
    session.commit()


@pytest.fixture
def is_well(scripts):
    """Say whether the page at hand fits the phone and has no fault that axe finds, which is a script itself."""

    def look(someone):
        return not someone.scrolls_sideways() and (not scripts or someone.breaks() == [])

    return look


def _answers(someone, path):
    return someone.page.request.get(someone.base + path, max_redirects=0).status


def _writes_days(someone, **days):
    for name, day in days.items():
        for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
            someone.page.fill(f"#{name}-{part}", str(value))


def test_a_person_is_handed_over_with_their_pack(is_well, hand, cast, goal):
    dana, ruth, imani = hand("dana"), hand("ruth"), hand("imani")
    ruth.opens(f"/people/{cast.marcus}/details")
    ruth.taps_on("Another coach")
    ruth.taps_on("See the pack that the new coach finds")
    assert ruth.reads("Hand in the housing form")
    assert is_well(ruth)
    ruth.goes_back()
    ruth.page.select_option("#coach_id", label="Imani Moss (1 of 15 people)")
    ruth.taps_on("Yes, everything")
    ruth.types("What do they want the new coach to know?", "Please text before you call.")
    ruth.taps_on("Hand over", within="form.card")
    assert ruth.reads("Imani Moss walks with them from now on, and finds the pack on the record.")
    imani.opens(f"/people/{cast.marcus}")
    assert imani.reads("You have walked with Marcus since Monday 23 November.")
    imani.taps_on("Read the pack")
    for words in ("Getting to know Marcus", "Please text before you call.", "A place of my own"):
        assert imani.reads(words)
    assert _answers(dana, f"/people/{cast.marcus}") == 404
    dana.opens("/today")
    assert not dana.reads("Marcus")


@pytest.mark.parametrize("scripts", [False], indirect=True)
def test_yesterdays_coach_finds_nothing_at_any_address_of_the_person(hand, session, cast, ids):
    session.rollback()  # nothing of the test's own stands in the way of the desk
    dana, ruth = hand("dana"), hand("ruth")
    rows = {
        name: row for name, row in MATRIX.items() if row.who.replace(" ", "")[THEIRS] == "Y" and row.method == "GET"
    }
    paths = [row.path.format(**ids) for row in rows.values()]
    assert len(paths) > 25
    before = [_answers(dana, path) for path in paths]
    assert set(before) <= {200, 303}
    assert before.count(200) > 25
    ruth.opens(f"/people/{cast.marcus}/hand-over")
    ruth.page.select_option("#coach_id", label="Pat Grey (0 of 15 people)")
    ruth.taps_on("Only from today on")
    ruth.taps_on("Hand over", within="form.card")
    assert ruth.reads("Pat Grey walks with them from now on")
    found = {path: _answers(dana, path) for path in paths}
    told = [
        path for path in paths if path.startswith("/told/")
    ]  # a message is its reader's own, and says no more of them
    assert {path: status for path, status in found.items() if status != 404 and path not in told} == {}
    for path in told:
        dana.opens(path)
        assert not dana.reads("Marcus")
    dana.opens("/people?q=marcus")
    assert dana.reads("Nobody by that name here")


def test_somebody_is_looked_after_while_their_coach_is_away(hand, cast, clock):
    ruth, imani, dana = hand("ruth"), hand("imani"), hand("dana")
    assert _answers(imani, f"/people/{cast.marcus}") == 404
    ruth.opens("/team")
    ruth.taps_on("Who is away")
    ruth.page.select_option("#user_id", label="Dana Osei")
    _writes_days(ruth, from_on=TODAY, until_on=TODAY + DAY)
    ruth.page.select_option("#cover_id", label="Imani Moss")
    ruth.taps_on("Save", within="form.card")
    assert ruth.reads("Imani looks after Dana’s people until Tuesday 24 November.")
    imani.opens("/people")
    imani.taps_on("Marcus T.")
    assert imani.reads("How to reach Marcus safely")
    assert _answers(dana, f"/people/{cast.marcus}") == 200
    clock.set(MONDAY + 2 * DAY)
    ruth, imani, dana = hand("ruth"), hand("imani"), hand("dana")
    assert _answers(imani, f"/people/{cast.marcus}") == 404
    assert _answers(dana, f"/people/{cast.marcus}") == 200


def test_coaching_rests_ends_and_begins_again(is_well, hand, cast, clock, tuesdays):
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/coaching")
    dana.taps_on("A pause")
    _writes_days(dana, until_on=TODAY + 14 * DAY)
    dana.taps_on("Begin the pause")
    assert dana.reads("Resting until Monday 7 December. Nothing is due until then.")
    assert is_well(dana)
    dana.taps_on("Go on now")
    assert dana.reads("The pause is over. You go on together.")
    dana.taps_on("Its end")
    dana.taps_on("They reached what they came for")
    dana.types("A kind word", "You did it.")
    dana.taps_on("Bring it to its end")
    assert dana.reads("What was planned is called off. The door stays open.")
    assert is_well(dana)
    dana.opens("/people")
    assert not dana.reads("Marcus")
    clock.move(days=60)
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/coaching")
    dana.taps_on("Begin again")
    assert dana.reads("Until then you planned: Every Tuesday at 2:30 pm.")
    assert is_well(dana)
    dana.taps_on("Plan it again")
    assert dana.reads("It repeats again, as it was.")
    dana.opens("/people")
    assert dana.reads("Marcus T.")


def test_who_needs_a_coach_is_taken_on(is_well, hand, session, cast):
    session.execute(sa.update(User).where(User.id == cast.dana.id).values(active=False))
    session.commit()
    imani = hand("imani")
    imani.opens("/people")
    imani.taps_on("See who")
    imani.taps_on("Take on")
    assert is_well(imani)
    imani.taps_on("Yes, take on Lena O.")
    assert imani.reads("Lena O. is with you from now on. Ruth has been told.")


def test_a_person_wishes_for_another_coach_and_their_supervisor_reads_it(is_well, hand, cast):
    marcus, ruth = hand("marcus"), hand("ruth")
    marcus.opens("/my-goals")
    marcus.taps_on("I would like another coach")
    assert is_well(marcus)
    marcus.types("Is there anything you want to say about it?", "Somebody older.")
    marcus.taps_on("I would like another coach", within="form.card")
    assert marcus.reads("Ruth will speak with you by Thursday 26 November. Your coach does not see this.")
    ruth.opens("/team")
    ruth.taps_on("Read it")
    assert ruth.reads("Somebody older.")
    assert is_well(ruth)
    ruth.taps_on("We have spoken")
    assert ruth.reads("You have spoken with Marcus.")
