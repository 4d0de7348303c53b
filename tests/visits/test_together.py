"""Two who plan with the same person at the same moment: one comes after the other, and whoever is late gets a sentence."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from coachdesk.visits import recurring
from coachdesk.visits.models import Visit, VisitSeries
from coachdesk.visits.rules import Pattern, Repeat, occurrence_id
from tests.cast import MONDAY, TODAY
from tests.reader import as_it_stands

AT = dt.time(14, 30)
TUESDAYS = Pattern(Repeat.WEEKLY, TODAY, AT, weekdays=frozenset([1]))
TUESDAY = TODAY + dt.timedelta(days=1)
ROUNDS = 4


def _at_once(*acts):
    """Do several acts in threads of their own, all from one moment on; return what each came to."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        start.wait(20)
        answers[place] = act()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def _sending(reader, path, **typed):
    """Open a page, and return the act that sends its form without looking at what comes."""
    form = reader.opens(path).form(path)  # not the Undo of what was done before
    data = {**as_it_stands(form), **{name.replace("__", "-"): value for name, value in typed.items()}}
    return lambda: reader.client.post(str(form.get("action") or path), data=data)


@pytest.fixture
def coming(session, cast):
    made = recurring.begin_series(session, cast.dana, cast.marcus, TUESDAYS, now=MONDAY, today=TODAY)
    session.commit()
    found = [occurrence_id(made.id, TUESDAY + dt.timedelta(weeks=week)) for week in range(1, ROUNDS)]
    session.rollback()  # nothing of the test's own stands in the way of its threads
    return found


def _counted(session, condition):
    """Return how many rows there are, and let go of the database again."""
    session.rollback()
    found = session.scalar(sa.select(sa.func.count()).where(condition))
    session.rollback()
    return found


def test_a_day_of_a_series_that_two_move_at_once_is_moved_once(reader, cast, session, coming):
    dana, ruth = reader("dana"), reader("ruth")
    for visit_id in coming:
        path = f"/people/{cast.marcus}/visits/{visit_id}/move"
        answers = _at_once(_sending(dana, path, hour="9 am"), _sending(ruth, path, hour="11 am"))
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        late = next(answer for answer in answers if answer.status_code == 409)
        assert "Somebody changed this while you were writing." in late.text
        assert _counted(session, Visit.id == visit_id) == 1


def test_a_day_that_one_moves_while_another_calls_it_off_has_one_fate(reader, cast, session, coming):
    dana, ruth = reader("dana"), reader("ruth")
    for visit_id in coming:
        base = f"/people/{cast.marcus}/visits/{visit_id}"
        off = _sending(ruth, f"{base}/off", off_by="coach", then="nothing")
        answers = _at_once(_sending(dana, f"{base}/move", hour="9 am"), off)
        assert all(answer.status_code in (303, 409, 422) for answer in answers)
        assert 303 in {answer.status_code for answer in answers}
        assert _counted(session, Visit.id == visit_id) == 1


def test_two_who_call_off_the_same_day_call_it_off_once(reader, cast, session, coming):
    dana, ruth = reader("dana"), reader("ruth")
    dana.opens(f"/people/{cast.marcus}")
    ruth.opens(f"/people/{cast.marcus}")
    for visit_id in coming:
        path = f"/people/{cast.marcus}/visits/{visit_id}/cancellation"
        answers = _at_once(
            *(lambda who=who, path=path: who.client.post(path, data={"csrf_token": who.token}) for who in (dana, ruth))
        )
        assert [answer.status_code for answer in answers] == [303, 303]
        assert _counted(session, sa.and_(Visit.id == visit_id, Visit.version == 2)) == 1


def test_two_who_plan_at_once_leave_one_plan_and_one_series(reader, cast, session):
    dana, ruth = reader("dana"), reader("ruth")
    path = f"/people/{cast.marcus}/visits/new"
    friday = {"planned_on__day": "27", "planned_on__month": "11", "planned_on__year": "2026"}
    for more in ({}, {"repeat": "weekly"}):
        answers = _at_once(_sending(dana, path, **friday, **more), _sending(ruth, path, **friday, **more))
        assert [answer.status_code for answer in answers] == [303, 303]
    assert _counted(session, VisitSeries.ended_at.is_(None)) == 1
    assert _counted(session, sa.and_(Visit.closed_at.is_(None), Visit.series_id.is_(None))) == 1
