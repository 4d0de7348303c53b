"""What a goal's card says when its steps are done, and where a goal rests."""

from __future__ import annotations

import datetime as dt

from tests.goals.helpers import goal_now


def card(page, goal):
    return page.soup.find(id=f"goal-{goal}")


def test_when_every_step_is_done_the_card_asks_what_comes_next(reader, cast, goal):
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/goals")
    for _step in range(2):
        assert "Every step is done." not in card(page, goal).get_text()
        page = dana.presses("Step done")
    assert "Every step is done. Look at it together: is it reached, or what comes next?" in card(page, goal).get_text()
    assert "Next step" not in card(page, goal).get_text()


def test_the_step_of_a_goal_that_rests_is_quiet(reader, cast, session, goal):
    dana = reader("dana")
    assert not card(dana.opens(f"/people/{cast.marcus}/goals"), goal).select(".step.quiet")
    dana.opens(f"/goals/{goal}/reviews/new?question=3")
    dana.sends(matters="not_now")
    dana.opens(f"/goals/{goal}/reviews/new?question=6")
    dana.sends()
    assert goal_now(session, goal).status == "paused"
    page = dana.opens(f"/people/{cast.marcus}/goals")
    assert card(page, goal).select(".step.quiet")


def test_a_person_is_told_since_which_month_and_the_year_where_it_is_another(reader, goal, clock):
    marcus = reader("marcus")
    marcus.opens("/my-goals")
    assert "You have done 1 step since November." in marcus.presses("I did this").main
    clock.set(dt.datetime(2027, 1, 11, 15, tzinfo=dt.UTC))
    assert "since November 2026." in reader("marcus").opens("/my-goals").main
