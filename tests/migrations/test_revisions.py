from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import check, downgrade, upgrade

from coachdesk.accounts.models import User
from coachdesk.admin import service as admin
from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import Attempt, CheckIn
from coachdesk.clients.models import Client
from coachdesk.clock import FixedClock
from coachdesk.config import bundled
from coachdesk.db import Base, db, keys, writing
from coachdesk.demo import make_demo
from coachdesk.factory import create_app
from coachdesk.notify import GO, Channel, Delivery, Message, Notice, Topic, deliver, enqueue
from coachdesk.organisation import holidays, lines, outreach, ways
from coachdesk.organisation import service as organisation
from coachdesk.organisation.models import OutsideWay
from coachdesk.organisation.rules import DEFAULT_LADDER
from coachdesk.reminders import choosing, deciding, facts, foreseen, ledger, planning, stopping
from coachdesk.reminders import service as reminders
from coachdesk.reminders.answers import Reason
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.models import LedgerAct, LedgerDelivery, LedgerEntry, Reminder
from coachdesk.reminders.prefs import Prefs
from coachdesk.reminders.queueing import write_entries
from coachdesk.reminders.repeating import Often
from coachdesk.reminders.rules import due_items
from coachdesk.reminders.settings import RuleSetting
from coachdesk.safety import acting
from coachdesk.safety import finding as safety_finding
from coachdesk.safety import service as safety
from coachdesk.safety.models import ConcernFollowUp
from coachdesk.safety.rules import Done
from coachdesk.visits import feeding
from coachdesk.visits.rules import Channel as Meeting
from coachdesk.words import NotFound
from tests import cast as casting
from tests.access.helpers import break_glass
from tests.cast import MONDAY, TODAY
from tests.conftest import settings
from tests.gateway import add_way
from tests.lived import live

FOLDER = str(bundled("migrations"))
BEFORE_STORIES, BEFORE_LINES = "024", "025"


@pytest.fixture
def empty(database, tmp_path, _templates):
    """An application over a database without a single table."""
    name = f"m{uuid.uuid4().hex[:12]}"
    app = create_app(
        settings(_templates.blank(database, name), tmp_path, demo=True), clock=FixedClock(MONDAY), testing=True
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    _templates.drop(database, name)


def _counts() -> dict[str, int]:
    counts = {
        name: db.session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in Base.metadata.tables.items()
    }
    db.session.rollback()
    return counts


def _tables() -> set[str]:
    """The tables of the schema as it stands; what a later revision made is not among them, and its rows went with it."""
    found = set(sa.inspect(db.engine).get_table_names())
    db.session.rollback()
    return found


def test_models_and_schema_agree_at_head(empty):
    upgrade(directory=FOLDER)
    check(directory=FOLDER)


def test_up_down_and_up_again_ends_where_it_began(empty):
    upgrade(directory=FOLDER)
    downgrade(directory=FOLDER, revision="base")
    left = set(sa.inspect(db.engine).get_table_names())
    assert left <= {"alembic_version"}
    upgrade(directory=FOLDER)
    check(directory=FOLDER)


def test_a_step_back_and_on_keeps_the_rows_of_all_other_tables(empty):
    upgrade(directory=FOLDER)
    make_demo(empty)
    before = _counts()
    assert before["check_in"] > 400
    downgrade(directory=FOLDER, revision="-1")
    left = _tables()
    upgrade(directory=FOLDER)
    after = _counts()
    gone = {name for name in before if before[name] != after[name]}
    assert gone == {name for name in before if before[name] and name not in left}
    assert after["goal"] == before["goal"]


@pytest.mark.asvs("16.4.2")
def test_the_trail_is_guarded_at_head(empty):
    upgrade(directory=FOLDER)
    make_demo(empty)
    with pytest.raises(sa.exc.DBAPIError, match="only ever added to"):
        db.session.execute(sa.text("DELETE FROM audit_entry"))
    db.session.rollback()


def test_revisions_are_numbered_in_one_line_and_their_names_are_sentences():
    scripts = list(ScriptDirectory(FOLDER).walk_revisions())
    numbers = [script.revision for script in reversed(scripts)]
    assert numbers == [f"{n:03d}" for n in range(1, len(numbers) + 1)]
    assert all(script.doc and script.doc[0].isupper() for script in scripts)


HOURS, SPOKEN = "Marigold evenings until nine", "Marigoldese"


def _raw(column: str, table: str) -> list[str]:
    found = [str(value) for value in db.session.scalars(sa.text(f"SELECT {column} FROM {table}"))]  # noqa: S608
    db.session.rollback()
    return found


def test_hours_and_languages_are_sealed_on_the_way_up_and_opened_on_the_way_down(empty, database, tmp_path):
    upgrade(directory=FOLDER)
    make_demo(empty)
    with writing():
        db.session.execute(sa.update(User).values(work_hours=HOURS))
        db.session.execute(sa.update(Client).values(language=SPOKEN))
        db.session.commit()
    before = _counts()
    downgrade(directory=FOLDER, revision="015")
    known = set(sa.inspect(db.engine).get_table_names())
    assert set(_raw("work_hours", "user_account")) == {HOURS}
    assert set(_raw("language", "client")) == {SPOKEN}
    upgrade(directory=FOLDER)
    # What lay in tables that the older schema did not know is gone with them; nothing else is.
    assert {name: n for name, n in _counts().items() if name in known} == {
        name: n for name, n in before.items() if name in known
    }
    for column, table in (("work_hours", "user_account"), ("language", "client")):
        assert all(value.startswith("gAAAA") for value in _raw(column, table))
    assert set(db.session.scalars(sa.select(User.work_hours))) == {HOURS}
    assert set(db.session.scalars(sa.select(Client.language))) == {SPOKEN}
    db.session.rollback()
    if database == "sqlite":
        with db.engine.connect() as connection:
            file = connection.engine.url.database
        db.session.remove()
        db.engine.dispose()  # the last connection folds its log of writes into the file
        assert b"Marigold" not in Path(file or "").read_bytes()


def test_what_the_schema_before_accounts_were_told_has_no_topic_for_goes_alone(empty):
    """020: a message about ways to sign in goes with its topic, and every other one stays."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    for topic in (Topic.ACCOUNT, Topic.SAFETY):
        told = Message(key=topic.value, topic=topic, channel=Channel.IN_APP, recipient_id=cast.dana.id, text="Look.")
        enqueue(db.session, told, now=MONDAY)
    db.session.commit()
    deliver(db.session, None, claimant=uuid.uuid4(), clock=lambda: MONDAY, still_wanted=lambda *_one: GO)
    downgrade(directory=FOLDER, revision="019")
    assert _raw("topic", "delivery") == _raw("topic", "notice") == ["safety"]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert _raw("topic", "notice") == ["safety"]


def test_messages_of_old_say_whom_they_name_and_keep_their_words(empty):
    """019: what was told before is filled in; what the older schema has no topic for goes, since it would name a person."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    due = session_due(cast)
    write_entries(db.session, [due], now=MONDAY)
    told = Message(
        key="told", topic=Topic.REMINDERS, channel=Channel.IN_APP, recipient_id=cast.dana.id, text="Bring the form"
    )
    enqueue(db.session, told, now=MONDAY)
    told_of = db.session.execute(
        sa.select(LedgerEntry.id.label("entry_id"), LedgerEntry.client_id, Delivery.id.label("delivery_id"))
        .join(Delivery, Delivery.key == "told")
        .where(LedgerEntry.key == due.key)
    ).one()
    db.session.execute(sa.insert(LedgerDelivery), told_of._asdict())
    break_glass(db.session, cast)
    sent: dict[str, Any] = {"claimant": uuid.uuid4(), "clock": lambda: MONDAY, "still_wanted": lambda *_one: GO}
    deliver(db.session, None, **sent)
    whom = {row.key: (row.client_id, row.text) for row in db.session.scalars(sa.select(Delivery))}
    glass = {key for key in whom if key.startswith("glass")}
    assert any(whom[key][0] == cast.hana for key in glass)
    others = sa.select(Notice.text).where(Notice.topic != Topic.BREAK_GLASS).order_by(Notice.id)
    notices = db.session.scalars(others).all()
    assert len(notices) < len(db.session.scalars(sa.select(Notice.text)).all())
    whom["told"] = (cast.marcus, "Bring the form")
    db.session.commit()
    downgrade(directory=FOLDER, revision="018")
    for table in ("notice", "delivery"):
        assert not [text for text in _raw("text", table) if text and "Hana V." in keys().open(text)]
    assert not [key for key in _raw("key", "delivery") if key.startswith("glass")]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    after = {row.key: (row.client_id, row.text) for row in db.session.scalars(sa.select(Delivery))}
    assert after == {key: row for key, row in whom.items() if key not in glass}
    assert any(row[0] == cast.marcus for row in after.values())
    assert db.session.scalars(sa.select(Notice.text).order_by(Notice.id)).all() == notices
    named = db.session.execute(sa.select(Notice.client_id, Delivery.client_id).join(Delivery))
    assert all(here == there for here, there in named)


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
    before = set(_raw("rule", "ledger_entry"))
    people = _raw("phone", "client")
    downgrade(directory=FOLDER, revision="020")
    unheard_of = {"agreement_review", "safety_day_after", "safety_three_days", "note_unfinished", "visit_passed"}
    assert set(_raw("rule", "ledger_entry")) == before - unheard_of != before
    assert _raw("phone", "client") == people
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
    assert _raw("number", "crisis_line") == ["911", "988"]
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
    notes = [keys().open(note) for note in _raw("note", "check_in")]
    downgrade(directory=FOLDER, revision="022")
    assert [keys().open(note) for note in _raw("note", "check_in")] == notes
    assert (_raw("channel", "attempt"), _raw("outcome", "attempt")) == (["None"], ["other"])
    assert set(_raw("minutes", "check_in")) == {"None"}
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


def test_addresses_of_calendars_go_on_the_way_down_and_are_made_anew(empty):
    """040: the older version answers none of them; no account and no plan is touched."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    with writing():
        path = feeding.make_feed(db.session, cast.dana, now=MONDAY)
        feeding.make_feed(db.session, cast.accounts["marcus"], now=MONDAY)
        db.session.commit()
    before = _counts()
    assert before["calendar_feed"] == 2
    downgrade(directory=FOLDER, revision="039")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert _counts() == {**before, "calendar_feed": 0}
    with pytest.raises(NotFound):
        feeding.find_by_token(db.session, path[len("/calendar/") : -len(".ics")], now=MONDAY)
    with writing():
        path = feeding.make_feed(db.session, cast.dana, now=MONDAY)
        db.session.commit()
    assert (
        feeding.find_by_token(db.session, path[len("/calendar/") : -len(".ics")], now=MONDAY).owner.id == cast.dana.id
    )


def test_how_accounts_are_told_and_their_gateways_go_on_the_way_down_and_nothing_else(empty):
    """041: the older version tells everybody the usual way; sealed secrets lie nowhere any more."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    with writing():
        ways.add_way(db.session, cast.admin, kind="text", label="Ours", url="jsons://sms.example.org/{to}", now=MONDAY)
        chosen = Prefs(channels=frozenset({Channel.TEXT}), phone="+15550102030")
        choosing.choose(db.session, cast.dana, chosen, version=0, now=MONDAY)
        db.session.commit()
    assert "555" not in _raw("phone", "telling_pref")[0]
    assert "sms.example" not in _raw("url", "outside_way")[0]
    before = _counts()
    downgrade(directory=FOLDER, revision="040")
    assert not {"telling_pref", "outside_way"} & _tables()
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert _counts() == {**before, "telling_pref": 0, "outside_way": 0}
    with writing():
        ways.add_way(db.session, cast.admin, kind="text", label="Ours", url="jsons://sms.example.org/{to}", now=MONDAY)
        choosing.choose(db.session, cast.dana, chosen, version=0, now=MONDAY)
        db.session.commit()
    assert choosing.map_prefs(db.session)[cast.dana.id] == chosen


def test_a_number_that_had_answered_stop_is_let_be_from_then_on(empty):
    """044: what was known of accounts alone is known of the number; on the way down it is known of accounts again."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    with writing():
        ways.add_way(db.session, cast.admin, kind="text", label="Ours", url="jsons://sms.example.org/{to}", now=MONDAY)
        chosen = Prefs(channels=frozenset({Channel.TEXT}), phone="+15550102030")
        choosing.choose(db.session, cast.dana, chosen, version=0, now=MONDAY)
        choosing.heed_answer(db.session, chosen.phone, stop=True, now=MONDAY)
        db.session.commit()
    before = _counts()
    downgrade(directory=FOLDER, revision="043")
    assert "stopped_number" not in _tables()
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert _counts() == before
    assert stopping.is_stopped(db.session, chosen.phone)
    db.session.rollback()


def session_due(cast):
    known = facts.list_known(db.session, cast.dana)
    return next(due for row in known for due in due_items(row.facts, TODAY) if due.rule == "by_hand")


def test_what_is_decided_about_reminders_begins_as_usual_and_goes_with_what_comes_again(empty):
    """037 and 043: before, there is nothing decided, nothing closed, and every reminder comes once."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    setting = RuleSetting(number=5)
    deciding.change_rule(db.session, cast.admin, Rule.NO_GOAL, setting=setting, version=1, now=MONDAY)
    holidays.add_holiday(db.session, cast.admin, on=TODAY, now=MONDAY, today=TODAY)
    reminders.set_reminder(
        db.session, cast.dana, cast.marcus, text="Ring.", due_on=TODAY, repeat=Often.WEEKLY, zone=ZoneInfo("UTC"),
        now=MONDAY,
    )  # fmt: skip
    db.session.commit()
    downgrade(directory=FOLDER, revision="042")
    assert [keys().open(text) for text in _raw("text", "reminder")] == ["Ring."]
    downgrade(directory=FOLDER, revision="036")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    db.session.info.clear()
    assert deciding.find_settings(db.session).own == {}
    assert holidays.list_holidays(db.session) == ()
    assert [(row.text, row.repeat) for row in db.session.scalars(sa.select(Reminder))] == [("Ring.", None)]
    db.session.rollback()


def test_what_would_leave_is_worked_out_anew_after_the_way_back(empty):
    """046: what was kept of it goes, and nothing else; afterwards it is worked out again."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    db.session.commit()
    assert foreseen.keep(db.session, now=MONDAY)
    before = _raw("rule", "foreseen_thing")
    assert before
    downgrade(directory=FOLDER, revision="045")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    assert _raw("rule", "foreseen_thing") == []
    assert foreseen.keep(db.session, now=MONDAY)
    assert sorted(_raw("rule", "foreseen_thing")) == sorted(before)
    db.session.rollback()


def test_what_was_done_before_has_no_reason_and_what_is_not_needed_keeps_its_row(empty):
    """039: a reason and words come; on the way back they go, and the row that hides an occurrence stays."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    db.session.commit()
    known = facts.list_known(db.session, cast.dana)
    key = next(due.key for row in known for due in due_items(row.facts, TODAY) if due.rule == "by_hand")
    with writing():
        ledger.not_needed(
            db.session, cast.dana, key, reason=Reason.OTHER, words="He told me himself.", now=MONDAY, today=TODAY
        )
        db.session.commit()
    downgrade(directory=FOLDER, revision="038")
    assert _raw("act", "ledger_act") == ["not_needed"]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    row = db.session.scalars(sa.select(LedgerAct)).one()
    assert (row.reason, row.words) == (None, "")


def test_a_gateway_stays_as_it_is_when_its_trouble_has_a_beginning(empty):
    """045: before, nothing is known of when the first of its failures was."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    add_way(db.session, cast, "json://127.0.0.1:9/send?:to={to}")
    ways.count(db.session, Channel.TEXT, went=False, now=MONDAY)
    db.session.commit()
    downgrade(directory=FOLDER, revision="044")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    found = db.session.scalars(sa.select(OutsideWay)).one()
    assert (found.failures, found.failing_since, found.url) == (1, None, "json://127.0.0.1:9/send?:to={to}")
    db.session.rollback()


def test_what_was_told_of_an_hour_is_not_told_anew_when_its_name_holds_the_hour(empty):
    """048: a reminder's occurrence and its messages are named with their hour; before, without."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    set_at: dict[str, Any] = {"due_on": TODAY, "hour": dt.time(10), "zone": ZoneInfo(casting.ZONE), "now": MONDAY}
    reminders.set_reminder(db.session, cast.dana, cast.marcus, text="Ring", **set_at)
    db.session.commit()
    later = MONDAY + dt.timedelta(hours=6)
    with writing():
        planning.plan(db.session, now=later, whole=True)
    keys = [_raw("key", "ledger_entry WHERE rule = 'by_hand'"), sorted(_raw("key", "delivery"))]
    assert keys[0][0].endswith(":1000")
    downgrade(directory=FOLDER, revision="047")
    plain = _raw("key", "ledger_entry WHERE rule = 'by_hand'")
    assert plain == [keys[0][0].removesuffix(":1000")]
    assert not any(":1000:" in key for key in _raw("key", "delivery"))
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert [_raw("key", "ledger_entry WHERE rule = 'by_hand'"), sorted(_raw("key", "delivery"))] == keys
    db.session.expire_all()
    with writing():
        assert planning.plan(db.session, now=later, whole=True) == 0
    db.session.rollback()


def test_an_account_stays_switched_off_when_it_is_known_since_when(empty):
    """047: before, nothing is known of when it was."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    admin.set_active(db.session, cast.admin, cast.imani.id, active=False, now=MONDAY)
    db.session.commit()
    downgrade(directory=FOLDER, revision="046")
    assert _raw("count(*)", "user_account WHERE active") == _raw("count(*) - 1", "user_account")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    user = db.session.get_one(User, cast.imani.id)
    assert (user.active, user.left_at) == (False, None)
    db.session.rollback()
