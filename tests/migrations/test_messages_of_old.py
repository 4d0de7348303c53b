"""Messages, choices and reminders of before: what revisions make of them, and what goes on the way down."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask_migrate import check, downgrade, upgrade

from coachdesk.accounts.models import User
from coachdesk.admin import service as admin
from coachdesk.db import db, keys, writing
from coachdesk.notify import GO, Channel, Delivery, Message, Notice, Topic, deliver, enqueue
from coachdesk.organisation import holidays, ways
from coachdesk.organisation.models import OutsideWay
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
from coachdesk.visits import feeding
from coachdesk.words import NotFound
from tests import cast as casting
from tests.access.helpers import break_glass
from tests.cast import MONDAY, TODAY
from tests.gateway import add_way
from tests.lived import live
from tests.migrations.helpers import FOLDER, counts, raw, tables


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
    assert raw("topic", "delivery") == raw("topic", "notice") == ["safety"]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert raw("topic", "notice") == ["safety"]


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
        assert not [text for text in raw("text", table) if text and "Hana V." in keys().open(text)]
    assert not [key for key in raw("key", "delivery") if key.startswith("glass")]
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    after = {row.key: (row.client_id, row.text) for row in db.session.scalars(sa.select(Delivery))}
    assert after == {key: row for key, row in whom.items() if key not in glass}
    assert any(row[0] == cast.marcus for row in after.values())
    assert db.session.scalars(sa.select(Notice.text).order_by(Notice.id)).all() == notices
    named = db.session.execute(sa.select(Notice.client_id, Delivery.client_id).join(Delivery))
    assert all(here == there for here, there in named)


def test_addresses_of_calendars_go_on_the_way_down_and_are_made_anew(empty):
    """040: the older version answers none of them; no account and no plan is touched."""
    upgrade(directory=FOLDER)
    cast = casting.gather(db.session, "no passphrase")
    live(db.session, cast)
    with writing():
        path = feeding.make_feed(db.session, cast.dana, now=MONDAY)
        feeding.make_feed(db.session, cast.accounts["marcus"], now=MONDAY)
        db.session.commit()
    before = counts()
    assert before["calendar_feed"] == 2
    downgrade(directory=FOLDER, revision="039")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert counts() == {**before, "calendar_feed": 0}
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
    assert "555" not in raw("phone", "telling_pref")[0]
    assert "sms.example" not in raw("url", "outside_way")[0]
    before = counts()
    downgrade(directory=FOLDER, revision="040")
    assert not {"telling_pref", "outside_way"} & tables()
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert counts() == {**before, "telling_pref": 0, "outside_way": 0}
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
    before = counts()
    downgrade(directory=FOLDER, revision="043")
    assert "stopped_number" not in tables()
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert counts() == before
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
    assert [keys().open(text) for text in raw("text", "reminder")] == ["Ring."]
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
    before = raw("rule", "foreseen_thing")
    assert before
    downgrade(directory=FOLDER, revision="045")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    assert raw("rule", "foreseen_thing") == []
    assert foreseen.keep(db.session, now=MONDAY)
    assert sorted(raw("rule", "foreseen_thing")) == sorted(before)
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
    assert raw("act", "ledger_act") == ["not_needed"]
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
    keys = [raw("key", "ledger_entry WHERE rule = 'by_hand'"), sorted(raw("key", "delivery"))]
    assert keys[0][0].endswith(":1000")
    downgrade(directory=FOLDER, revision="047")
    plain = raw("key", "ledger_entry WHERE rule = 'by_hand'")
    assert plain == [keys[0][0].removesuffix(":1000")]
    assert not any(":1000:" in key for key in raw("key", "delivery"))
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    assert [raw("key", "ledger_entry WHERE rule = 'by_hand'"), sorted(raw("key", "delivery"))] == keys
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
    assert raw("count(*)", "user_account WHERE active") == raw("count(*) - 1", "user_account")
    upgrade(directory=FOLDER)
    check(directory=FOLDER)
    db.session.expire_all()
    user = db.session.get_one(User, cast.imani.id)
    assert (user.active, user.left_at) == (False, None)
    db.session.rollback()
