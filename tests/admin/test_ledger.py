"""What was told, as an administrator reads it: readers, channels and reasons, and never a person's name."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.db import keys, writing
from coachdesk.notify import PERSON_SUBJECT, Channel, Delivery, DeliveryState, Held, Message, Topic, enqueue
from coachdesk.notify.about import ABOUT_WORDS, PERSONAL
from coachdesk.reminders.kinds import RULE_WORDS, WITHOUT_STORY, Rule
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from tests.cast import MONDAY, TODAY

MINUTE = dt.timedelta(minutes=1)
MANY, BUDGET = 100_000, 2.0
"""Seconds; a sixth of it where nothing else runs beside."""
POURED = (
    """INSERT INTO delivery (id, key, topic, channel, recipient_id, text, path, subject, body, address, state,
       urgency, created_at, not_before, attempts, error, sent_at) VALUES (:id, :key, 'reminders', :channel, :reader,
       :empty, :empty, '', :empty, :empty, :state, 3, :at, :at, 1, '', :sent)""",
    """INSERT INTO ledger_entry (id, key, rule, subject_id, client_id, recipient_id, due_on, why, made_at)
       VALUES (:entry, :key, :rule, :person, :person, :reader, :day, :why, :at)""",
    "INSERT INTO ledger_delivery (entry_id, delivery_id, client_id) VALUES (:entry, :id, :person)",
)


def _told(session, reader, key, *, topic=Topic.REMINDERS, channel=Channel.EMAIL, at=MONDAY, **values):
    message = Message(
        key=key, topic=topic, channel=channel, recipient_id=reader.id, subject=PERSON_SUBJECT, text="Ring Marcus"
    )
    assert enqueue(session, message, now=at)
    if values:
        session.execute(sa.update(Delivery).where(Delivery.key == key).values(**values))
    return session.scalar(sa.select(Delivery.id).where(Delivery.key == key))


def _about(session, cast, delivery_id, rule):
    entry = uuid.uuid4()
    session.execute(
        sa.insert(LedgerEntry).values(
            id=entry,
            key=f"{rule}:{entry.hex}",
            rule=rule,
            subject_id=cast.marcus,
            client_id=cast.marcus,
            recipient_id=cast.dana.id,
            due_on=TODAY,
            why="Marcus T. would like some help.",
            made_at=MONDAY,
        )
    )
    session.execute(sa.insert(LedgerDelivery).values(entry_id=entry, delivery_id=delivery_id, client_id=cast.marcus))


@pytest.fixture
def told(session, cast):
    """One message of each standing, each to another reader or by another way."""
    sent = {"state": DeliveryState.SENT, "attempts": 1}
    ids = {
        "sent": _told(session, cast.dana, "a", sent_at=MONDAY, **sent),
        "earlier": _told(session, cast.dana, "b", at=MONDAY - dt.timedelta(days=3), sent_at=MONDAY - dt.timedelta(days=3), **sent),
        "waiting": _told(session, cast.ruth, "c", topic=Topic.SAFETY, at=MONDAY - MINUTE),
        "held": _told(session, cast.imani, "d", held=Held.QUIET, not_before=MONDAY + dt.timedelta(hours=2)),
        "skipped": _told(session, cast.chris, "e", channel=Channel.IN_APP, state=DeliveryState.SKIPPED, held=Held.DONE),
        "stopped": _told(
            session, cast.omar, "f", state=DeliveryState.STOPPED, error="the mail server answered 550", attempts=3
        ),
        "person": _told(session, cast.accounts["marcus"], "g", topic=Topic.INVITATION, sent_at=MONDAY, **sent),
    }  # fmt: skip
    for rule in ("help_asked", "contact_due", "by_hand"):
        _about(session, cast, ids["sent"], rule)
    session.commit()
    return ids


def test_everything_that_was_told_stands_there_the_newest_first(reader, told):
    page = reader("admin").opens("/admin/reminders")
    assert len(page.rows) == 7
    assert "Fri 20 Nov" in page.rows[-1]
    assert len(page.queries) <= 12


def test_it_says_to_whom_why_how_and_where_it_stands(reader, told):
    text = " ".join(reader("admin").opens("/admin/reminders").rows)
    assert "Dana Osei a reminder (2); a reminder set by hand By e-mail Sent 9:45 am" in text
    assert "Imani Moss a reminder By e-mail Held back Quiet hours. Next: Mon 23 Nov, 11:45 am." in text
    assert "Chris Bell a reminder In the app Not sent It was done or moved before it left." in text
    assert "Omar Haddad a reminder By e-mail Stopped the mail server answered 550. After 3 tries." in text
    assert "Ruth Mbeki a reminder By e-mail Waiting Next: Mon 23 Nov, 9:44 am." in text


def test_no_person_and_nothing_written_is_read_here(reader, told):
    page = reader("admin").opens("/admin/reminders")
    assert "A person with an account" in page.main
    for words in ("Marcus", "Ring", "would like some help", "/people/"):
        assert words not in page.text


@pytest.mark.parametrize(
    ("query", "readers"),
    [
        ("state=waiting", ["Ruth Mbeki"]),
        ("state=held", ["Imani Moss"]),
        ("state=skipped", ["Chris Bell"]),
        ("state=stopped", ["Omar Haddad"]),
        ("state=sent&about=topic:invitation", ["A person with an account"]),
        ("channel=in_app", ["Chris Bell"]),
        ("about=rule:by_hand", ["Dana Osei"]),
        ("about=rule:without_coach", []),
        ("state=waiting&about=topic:reminders", ["Ruth Mbeki"]),
        ("who=imani", ["Imani Moss"]),
        ("who=nobody", []),
        ("until-day=20&until-month=11&until-year=2026", ["Dana Osei"]),
        ("since-day=21&since-month=nov&since-year=26&who=dana", ["Dana Osei"]),
        ("state=nonsense&channel=pigeon&about=rule:no&since-day=once&who=omar", ["Omar Haddad"]),
    ],
)
def test_each_filter_stands_in_the_address_and_narrows(reader, told, query, readers):
    page = reader("admin").opens(f"/admin/reminders?{query}")
    found = [row.select_one("[data-label='To whom']").get_text() for row in page.soup.select("tbody tr")]
    assert found == readers
    if not readers:
        assert "Nothing like that" in page.main


def test_letters_that_fit_many_names_are_asked_for_again(reader, told, monkeypatch):
    from coachdesk.admin import trail

    monkeypatch.setattr(trail, "MOST_FOUND", 1)
    page = reader("admin").opens("/admin/reminders?who=a")
    assert "That fits very many names." in page.main


def test_the_tiles_count_what_is_open_and_what_left_today(reader, told):
    page = reader("admin").opens("/admin/reminders")
    tiles = [" ".join(tile.get_text(" ").split()) for tile in page.soup.select(".tile")]
    assert tiles == ["1 waiting", "1 held back for now", "2 sent today", "1 stopped"]


def test_a_message_that_stopped_is_tried_again_and_that_is_written_down(reader, session, told, clock):
    admin = reader("admin")
    admin.opens("/admin/reminders?state=stopped")
    page = admin.presses("Try again now")
    assert "It is tried again now." in page.main
    row = session.get(Delivery, told["stopped"])
    assert (row.state, row.not_before) == (DeliveryState.WAITING, clock.now())
    again = admin.client.post(
        f"/admin/reminders/{told['stopped']}/again",
        data={"csrf_token": admin.token},
        headers={"Referer": "http://desk.example/admin/reminders?state=stopped&page=2&next=x"},
    )
    assert again.location == "/admin/reminders?state=stopped&page=2"
    events = [event for event in session.scalars(sa.select(AuditEntry.event)) if event == "delivery:retried"]
    assert len(events) == 1


def test_only_what_stopped_is_tried_again(reader, session, told):
    admin = reader("admin")
    admin.opens("/admin/reminders")
    page = admin.posts(f"/admin/reminders/{told['skipped']}/again")
    assert "This one did not stop. Nothing was changed." in page.main
    admin.posts(f"/admin/reminders/{uuid.uuid4()}/again", status=404)
    assert session.get(Delivery, told["skipped"]).state is DeliveryState.SKIPPED


def test_nothing_told_yet_is_an_empty_list(reader, session, cast):
    page = reader("admin").opens("/admin/reminders")
    assert "Nothing was told yet" in page.main


@pytest.fixture
def many(session, cast):
    """A hundred thousand messages, each with what it told of."""
    why, empty = keys().seal("It was due."), keys().seal("")
    readers = [identity.id.bytes for identity in cast.staff.values()]
    channels, rules = [one.value for one in Channel], ["contact_due", "step_due", "goal_review", "by_hand"]
    moment = [(MONDAY - MINUTE * n).strftime("%Y-%m-%d %H:%M:%S.%f") for n in range(MANY)]
    person = cast.marcus.bytes
    states = ["sent"] * 90 + ["skipped"] * 6 + ["waiting"] * 3 + ["stopped"]
    rows = [
        {"id": uuid.uuid4().bytes, "entry": uuid.uuid4().bytes, "key": f"k{n}", "channel": channels[n % 4], "at": moment[n],
         "reader": readers[n % len(readers)], "state": states[n % 100], "rule": rules[n % 4], "why": why, "empty": empty,
         "person": person, "sent": moment[n] if states[n % 100] == "sent" else None, "day": str(TODAY)}
        for n in range(MANY)
    ]  # fmt: skip
    with writing():
        for statement in POURED:
            session.execute(sa.text(statement), rows)
        session.commit()


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_hundred_thousand_rows_answer_within_their_budget(reader, many, database):
    admin = reader("admin")
    admin.opens("/admin/reminders?who=dana")
    slow = {}
    for query in (
        "",
        "page=1900",
        "state=waiting",
        "state=sent&channel=email",
        "about=rule:by_hand",
        "about=rule:without_coach&state=stopped",
        "about=topic:reminders",
        "who=dana&since-day=1&since-month=11&since-year=2026",
        "since-day=1&since-month=11&since-year=2026&until-day=2&until-month=11&until-year=2026",
    ):
        page, took = admin.looks_thrice(f"/admin/reminders?{query}")
        assert page.status == 200
        assert len(page.queries) <= 12
        print(f"{query:<40}{took * 1000:8.0f} ms")  # noqa: T201
        if took > BUDGET:
            slow[query] = took
    assert slow == {}


def test_a_page_past_the_end_is_the_last(reader, told):
    assert len(reader("admin").opens("/admin/reminders?page=999").rows) == 7
    far = "until-day=31&until-month=12&until-year=9999"
    assert len(reader("admin").opens(f"/admin/reminders?{far}").rows) == 7
    assert (
        "Nothing like that" in reader("admin").opens("/admin/reminders?until-day=1&until-month=1&until-year=1000").main
    )


def test_a_day_that_is_none_is_said_to_be_none_and_narrows_nothing(reader, told):
    page = reader("admin").opens("/admin/reminders?since-day=40&since-month=1&since-year=2026")
    assert "This must be a real day" in page.main
    assert len(page.rows) == 7


TURNED_ROUND = "since-day=23&since-month=11&since-year=2026&until-day=20&until-month=11&until-year=2026"


def test_days_the_wrong_way_round_are_said_to_be_so_and_narrow_nothing(reader, told):
    page = reader("admin").opens(f"/admin/reminders?{TURNED_ROUND}")
    sentence = "Error: The last day lies before the first. Choose them the other way round."
    assert [one.get_text() for one in page.soup.select("#until-error")] == [sentence]
    assert [box["value"] for box in page.soup.select("[name=since-day], [name=until-day]")] == ["23", "20"]
    assert len(page.rows) == 7
    page = reader("admin").opens(f"/admin/reminders?{TURNED_ROUND}&who=omar")
    assert len(page.rows) == 1, "the name narrows as before"


@pytest.mark.parametrize(
    ("key", "topic", "words"),
    [
        ("lines:20261123:x:email", Topic.SAFETY, "a crisis line was not rung for long"),
        ("undelivered:x", Topic.ACCOUNT, "a message did not reach its reader"),
        ("returned:x:account:20261123", Topic.ACCOUNT, "a mail to a person came back"),
        ("way-off:x:email:1", Topic.ACCOUNT, "a way of being told was switched off"),
        ("account:x:calendar:made:1:email", Topic.ACCOUNT, "the address of a calendar"),
        ("account:x:set-up:1:email", Topic.ACCOUNT, "how somebody signs in has changed"),
    ],
)
def test_what_goes_under_another_topics_name_says_what_it_is_about_and_is_found_by_it(
    reader, session, cast, key, topic, words
):
    _told(session, cast.ruth, key, topic=topic)
    _told(session, cast.dana, "other", topic=Topic.ASSIGNMENT)
    session.commit()
    admin = reader("admin")
    page = admin.opens("/admin/reminders")
    assert words in page.main
    value = next(one["value"] for one in page.soup.select("#about option") if one.get_text() == words)
    assert [
        row.split(" am ")[1].startswith("Ruth Mbeki") for row in admin.opens(f"/admin/reminders?about={value}").rows
    ] == [True]


def test_where_a_coach_walks_with_one_person_the_administrator_can_infer_no_story(reader, session, cast, clock):
    """Each rule once, and each topic: not a word of the page, of its filters or of what comes next tells one from another."""
    for rule in Rule:
        _about(session, cast, _told(session, cast.dana, f"k:{rule}"), rule)
    for key in ("asked-after-end:x", "concern:x"):
        _told(session, cast.dana, key, topic=Topic.ASSIGNMENT if key.startswith("asked") else Topic.SAFETY)
    session.commit()
    admin = reader("admin")
    pages = [admin.opens("/admin/reminders"), admin.opens("/admin/reminders?about=topic:reminders")]
    telling = [RULE_WORDS[rule] for rule in set(Rule) - WITHOUT_STORY] + [ABOUT_WORDS[about] for about in PERSONAL]
    for page in pages:
        text = page.text.replace("What was told", "")
        for words in (
            *telling,
            *(f"rule:{rule}" for rule in set(Rule) - WITHOUT_STORY),
            "topic:safety",
            "topic:after_end",
        ):
            assert words not in text, words
    hidden = len(set(Rule) - WITHOUT_STORY) + 2
    assert len([row for row in pages[1].rows if " a reminder By e-mail" in row]) == hidden
    asked = admin.opens("/admin/reminders?about=rule:help_asked")
    assert len(asked.rows) == len(Rule) + 2, "a rule that is not offered narrows nothing"
    for about in PERSONAL:
        asked = admin.opens(f"/admin/reminders?about=topic:{about}")
        assert len(asked.rows) == len(Rule) + 2, "what says something of a person can be asked for by no address"
