"""A worry nobody has in time is told to the next, once each, however many schedulers look."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from coachdesk.access import Restriction, RestrictionKind
from coachdesk.audit import AuditEntry
from coachdesk.db import db
from coachdesk.notify import ASKED_BODY, ASKED_SUBJECT, Channel, Delivery
from coachdesk.safety import acting, waiting
from coachdesk.safety.models import ConcernTold
from coachdesk.safety.news import WAITS
from coachdesk.safety.rules import Danger
from tests.cast import MONDAY
from tests.safety.helpers import DAY, HOUR, MINUTE, told, worry
from tests.safety.test_service import second_supervisor

NAMED = "Dana Osei is worried about Marcus T.’s safety."


@pytest.fixture
def concern(session, cast):
    return worry(session, cast.dana, cast.marcus)


def look(session, at):
    new = waiting.tell_next(session, now=at)
    session.commit()
    return new


def test_in_time_nobody_else_is_told(session, cast, concern):
    assert look(session, MONDAY + 14 * MINUTE) == 0
    assert look(session, MONDAY - DAY) == 0  # a clock that went back
    assert set(told(session)) == {cast.ruth.id}


def test_then_administrators_hear_that_one_waits_without_a_name(session, cast, concern):
    assert look(session, MONDAY + 15 * MINUTE) == 1
    assert look(session, MONDAY + 16 * MINUTE) == 0
    assert told(session) == {cast.ruth.id: [NAMED], cast.admin.id: [WAITS]}
    assert waiting.count_untaken(session) == 1
    rows = session.scalars(sa.select(Delivery).where(Delivery.channel == Channel.EMAIL)).all()
    assert len(rows) == 2
    assert not [row for row in rows if "Marcus" in row.body + row.subject + row.path + row.text]
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "concern:told-on")).one()
    assert entry.details == {"as": "administrator", "told": 1}


def test_the_teams_other_supervisors_hear_first_and_by_name(session, cast, concern):
    second_supervisor(session, cast)
    assert look(session, MONDAY + 15 * MINUTE) == 1
    assert told(session) == {cast.ruth.id: [NAMED], cast.omar.id: [NAMED]}
    assert look(session, MONDAY + 16 * MINUTE) == 1
    assert told(session)[cast.admin.id] == [WAITS]
    assert look(session, MONDAY + DAY) == 0


def test_whoever_may_not_see_the_person_hears_nothing(session, cast, concern):
    second_supervisor(session, cast)
    session.add(
        Restriction(
            client_id=cast.marcus,
            user_id=cast.omar.id,
            kind=RestrictionKind.KIN,
            started_at=MONDAY,
            started_by=cast.admin.id,
        )
    )
    session.commit()
    look(session, MONDAY + HOUR)
    look(session, MONDAY + 2 * HOUR)
    assert set(told(session)) == {cast.ruth.id, cast.admin.id}


@pytest.mark.parametrize("act", ["take", "close"])
def test_what_somebody_has_or_closed_is_told_no_further(session, cast, concern, act):
    if act == "take":
        acting.take_concern(session, cast.ruth, concern, now=MONDAY + MINUTE)
    else:
        acting.close_concern(session, cast.ruth, concern, ended="Safe.", now=MONDAY + MINUTE)
    session.commit()
    assert look(session, MONDAY + DAY) == 0
    assert waiting.count_untaken(session) == 0


def test_where_there_is_no_danger_it_may_wait_for_four_hours(session, cast):
    worry(session, cast.dana, cast.lena, danger=Danger.NO)
    assert look(session, MONDAY + 4 * HOUR - MINUTE) == 0
    assert look(session, MONDAY + 4 * HOUR) == 1


def test_given_back_late_it_waits_on_and_tells_nobody_a_second_time(session, cast, concern):
    look(session, MONDAY + HOUR)
    acting.take_concern(session, cast.ruth, concern, now=MONDAY + HOUR)
    acting.give_back(session, cast.ruth, concern, now=MONDAY + 2 * HOUR)
    session.commit()
    assert look(session, MONDAY + 3 * HOUR) == 0
    assert waiting.count_untaken(session) == 1


def test_two_schedulers_at_once_tell_each_reader_once(app, session, cast, concern):
    second_supervisor(session, cast)
    session.remove()
    troubles: list[Exception] = []
    ready = threading.Barrier(3)

    def tick() -> None:
        with app.app_context():
            ready.wait()
            try:
                for minutes in (15, 16, 17):
                    waiting.tell_next(db.session, now=MONDAY + minutes * MINUTE)
                    db.session.commit()
            except Exception as trouble:  # noqa: BLE001
                troubles.append(trouble)
            finally:
                db.session.remove()

    ticking = [threading.Thread(target=tick) for _each in range(3)]
    for one in ticking:
        one.start()
    for one in ticking:
        one.join()
    assert troubles == []
    assert told(session) == {cast.ruth.id: [NAMED], cast.omar.id: [NAMED], cast.admin.id: [WAITS]}
    assert len(session.scalars(sa.select(ConcernTold)).all()) == 3


def test_the_mail_of_a_worry_says_that_somebody_waits_and_leads_to_the_worry_itself(session, cast, concern, reader):
    [mail] = session.scalars(sa.select(Delivery).where(Delivery.channel == Channel.EMAIL)).all()
    assert (mail.subject, mail.body) == (ASKED_SUBJECT, ASKED_BODY)
    path, key = mail.path, concern
    assert path == f"/told/{mail.id}", "the address does not say what is there"
    assert reader("ruth").opens(path).url == f"/concerns/{key}"
    for name in ("omar", "dana"):
        reader(name).opens(path, status=404)
