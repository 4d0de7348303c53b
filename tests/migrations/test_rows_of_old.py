"""What rows of before become on the way up, and what is left of newer ones on the way down."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import sqlalchemy as sa
from flask_migrate import check, downgrade, upgrade

from coachdesk.accounts.models import User
from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import Attempt, CheckIn
from coachdesk.clients.models import Client
from coachdesk.db import db, keys, writing
from coachdesk.demo import make_demo
from coachdesk.organisation import lines, outreach
from coachdesk.organisation import service as organisation
from coachdesk.organisation.rules import DEFAULT_LADDER
from coachdesk.reminders import facts
from coachdesk.reminders.queueing import write_entries
from coachdesk.reminders.rules import due_items
from coachdesk.safety import acting
from coachdesk.safety import finding as safety_finding
from coachdesk.safety import service as safety
from coachdesk.safety.models import ConcernFollowUp
from coachdesk.safety.rules import Done
from coachdesk.visits.rules import Channel as Meeting
from tests import cast as casting
from tests.cast import MONDAY, TODAY
from tests.lived import live
from tests.migrations.helpers import BEFORE_LINES, BEFORE_STORIES, FOLDER, counts, raw

HOURS, SPOKEN = "Marigold evenings until nine", "Marigoldese"


def test_hours_and_languages_are_sealed_on_the_way_up_and_opened_on_the_way_down(empty, database, tmp_path):
    upgrade(directory=FOLDER)
    make_demo(empty)
    with writing():
        db.session.execute(sa.update(User).values(work_hours=HOURS))
        db.session.execute(sa.update(Client).values(language=SPOKEN))
        db.session.commit()
    before = counts()
    downgrade(directory=FOLDER, revision="015")
    known = set(sa.inspect(db.engine).get_table_names())
    assert set(raw("work_hours", "user_account")) == {HOURS}
    assert set(raw("language", "client")) == {SPOKEN}
    upgrade(directory=FOLDER)
    # What lay in tables that the older schema did not know is gone with them; nothing else is.
    assert {name: n for name, n in counts().items() if name in known} == {
        name: n for name, n in before.items() if name in known
    }
    for column, table in (("work_hours", "user_account"), ("language", "client")):
        assert all(value.startswith("gAAAA") for value in raw(column, table))
    assert set(db.session.scalars(sa.select(User.work_hours))) == {HOURS}
    assert set(db.session.scalars(sa.select(Client.language))) == {SPOKEN}
    db.session.rollback()
    if database == "sqlite":
        with db.engine.connect() as connection:
            file = connection.engine.url.database
        db.session.remove()
        db.engine.dispose()  # the last connection folds its log of writes into the file
        assert b"Marigold" not in Path(file or "").read_bytes()


def test_people_of_before_are_asked_nothing_and_what_the_older_schema_has_no_rule_for_goes(empty):
    """021, 022: nobody has agreed to be told who calls; an occurrence of the agreement's review goes with its rule."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    with writing():
        db.session.execute(sa.update(Client).values(say_who=True, best_hours="Evenings"))
        db.session.commit()
    known = facts.list_known(db.session, cast.dana)
    later = TODAY + dt.timedelta(days=60)
    dues = [due for row in known for due in due_items(row.facts, later)]
    assert write_entries(db.session, dues, now=MONDAY) == {due.key for due in dues}
    db.session.commit()
    before = set(raw("rule", "ledger_entry"))
    people = raw("phone", "client")
    downgrade(directory=FOLDER, revision="020")
    unheard_of = {"agreement_review", "safety_day_after", "safety_three_days", "note_unfinished", "visit_passed"}
    assert set(raw("rule", "ledger_entry")) == before - unheard_of != before
    assert raw("phone", "client") == people
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    rows = db.session.scalars(sa.select(Client)).all()
    assert {(row.say_who, row.best_hours, row.others_answer, row.birth_day) for row in rows} == {(False, "", "", None)}
    db.session.rollback()


def test_worries_of_old_begin_their_story_and_their_clock(empty):
    """025: who took a worry is written into its story; on the way back what somebody has stays theirs."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    (waits,) = safety_finding.list_concerns(db.session, cast.dana, cast.marcus)
    taken = safety.raise_concern(db.session, cast.dana, cast.marcus, now=MONDAY).id
    acting.close_concern(db.session, cast.ruth, taken, ended="Well again.", now=MONDAY)
    db.session.commit()
    downgrade(directory=FOLDER, revision=BEFORE_STORIES)
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    rows = {row.id: row for row in safety_finding.list_concerns(db.session, cast.ruth, cast.marcus)}
    assert rows[waits.id].due_at == MONDAY + dt.timedelta(hours=4)
    assert (rows[taken].taken_by, rows[taken].closed_at) == (cast.ruth.id, None)
    story = safety_finding.list_actions(db.session, cast.ruth, rows[taken])
    assert [(row.kind, row.by, row.at, row.words) for row in story] == [(Done.TAKEN, cast.ruth.id, MONDAY, "")]
    assert safety_finding.list_actions(db.session, cast.ruth, rows[waits.id]) == []


def test_lines_of_old_belong_to_the_country_and_ended_ones_do_not_come_back(empty):
    """026: every line gets the organisation's country and day; on the way back only what is offered stays."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    ended = organisation.list_crisis_lines(db.session)[2]
    lines.end_line(db.session, cast.admin, ended.id, now=MONDAY)
    lines.verify_line(db.session, cast.admin, organisation.list_crisis_lines(db.session)[1].id, now=MONDAY)
    db.session.commit()
    downgrade(directory=FOLDER, revision=BEFORE_LINES)
    assert raw("number", "crisis_line") == ["911", "988"]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.info.clear()
    found = organisation.list_crisis_lines(db.session)
    assert [(line.number, line.country, line.made_on, line.verified_on, line.version) for line in found] == [
        ("911", "US", TODAY, None, 1),
        ("988", "US", TODAY, TODAY, 1),
    ]
    house = organisation.find_organisation(db.session)
    assert (house.danger_minutes, house.worry_minutes, house.line_days) == (15, 240, 180)
    db.session.rollback()


def test_more_about_check_ins_and_tries_goes_on_the_way_down_and_what_was_there_before_stays(empty):
    """023 and 024: the older schema keeps the note, the day and the try; what it has no word for is told as it can."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    db.session.execute(sa.update(CheckIn).values(highlights="Slept through", minutes=700))
    db.session.execute(sa.update(Attempt).values(channel="letter", outcome="third_party", used="+1 555 010 2030"))
    db.session.commit()
    notes = [keys().open(note) for note in raw("note", "check_in")]
    downgrade(directory=FOLDER, revision="022")
    assert [keys().open(note) for note in raw("note", "check_in")] == notes
    assert (raw("channel", "attempt"), raw("outcome", "attempt")) == (["None"], ["other"])
    assert set(raw("minutes", "check_in")) == {"None"}
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert set(db.session.scalars(sa.select(CheckIn.highlights))) == {""}
    assert set(db.session.scalars(sa.select(Attempt.used))) == {""}
    assert outreach.find_ladder(db.session) == DEFAULT_LADDER
    db.session.rollback()


def test_a_worry_that_was_closed_is_not_said_to_have_been_followed_up_by_a_later_contact(empty):
    """032: a contact of old settles the asking again of a worry that was open when it was signed, and of no other."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    spoke, soon = MONDAY + dt.timedelta(hours=30), MONDAY + dt.timedelta(hours=1)
    made = [safety.raise_concern(db.session, cast.dana, cast.marcus, now=MONDAY).id for _ in range(3)]
    still_open, before, after = made
    acting.close_concern(db.session, cast.ruth, before, ended="Well again.", now=soon)
    entry = checkins.log_checkin(
        db.session,
        cast.dana,
        cast.marcus,
        channel=Meeting.CALL,
        held_on=TODAY + dt.timedelta(days=1),
        next_on=TODAY + dt.timedelta(days=3),
        now=spoke,
        today=TODAY + dt.timedelta(days=1),
    ).entry
    acting.close_concern(db.session, cast.ruth, after, ended="Well again.", now=spoke + dt.timedelta(hours=1))
    # As the older schema had it, which found out at every look and wrote nothing down.
    db.session.execute(sa.update(ConcernFollowUp).values(done_at=None, done_by=None, contact_id=None))
    db.session.commit()
    downgrade(directory=FOLDER, revision="031")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    rows = db.session.scalars(sa.select(ConcernFollowUp).where(ConcernFollowUp.hours == 24)).all()
    done = {row.concern_id: (row.contact_id, row.done_at, row.done_by) for row in rows}
    settled = (entry.id, spoke, cast.dana.id)
    assert done == {still_open: settled, before: (None, None, None), after: settled}
    later = db.session.scalars(sa.select(ConcernFollowUp).where(ConcernFollowUp.hours == 72)).all()
    assert {row.done_at for row in later} == {None}
    db.session.rollback()
