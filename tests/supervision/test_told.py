"""What was told, as a supervisor reads it: to whom of their teams, of whom, why, and what kept it from leaving."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from coachdesk.access import Restriction, RestrictionKind
from coachdesk.audit import AuditEntry, AuditPerson
from coachdesk.db import keys, writing
from coachdesk.notify import SUBJECT, Channel, Delivery, DeliveryState, Held, Message, Topic, enqueue
from coachdesk.reminders.models import LedgerDelivery, LedgerEntry
from tests.admin.test_ledger import BUDGET, MANY, MINUTE, POURED
from tests.cast import MONDAY, TODAY


def _told(session, cast, who, person, rule, **values):
    """Queue a mail to somebody of the cast that tells of a person by a rule."""
    key = f"{rule}:{who}:{person}"
    reader = cast.staff[who]
    message = Message(key=key, topic=Topic.REMINDERS, channel=Channel.EMAIL, recipient_id=reader.id, subject=SUBJECT)
    enqueue(session, message, now=MONDAY)
    if values:
        session.execute(sa.update(Delivery).where(Delivery.key == key).values(**values))
    delivery_id = session.scalar(sa.select(Delivery.id).where(Delivery.key == key))
    _links(session, cast, delivery_id, who, person, rule)
    return delivery_id


def _links(session, cast, delivery_id, who, person, rule):
    entry = uuid.uuid4()
    values = {
        "id": entry, "key": entry.hex, "rule": rule, "subject_id": cast.people[person], "client_id": cast.people[person],
        "recipient_id": cast.staff[who].id, "due_on": TODAY, "why": "He would like some help.", "made_at": MONDAY,
    }  # fmt: skip
    session.execute(sa.insert(LedgerEntry).values(values))
    linked = {"entry_id": entry, "delivery_id": delivery_id, "client_id": cast.people[person]}
    session.execute(sa.insert(LedgerDelivery).values(linked))


@pytest.fixture
def told(session, cast):
    """Messages to both teams."""
    stopped = {"state": DeliveryState.STOPPED, "error": "the mail server answered 550 (No such mailbox)", "attempts": 3}
    first = _told(session, cast, "dana", "marcus", "help_asked", **stopped)
    _links(session, cast, first, "dana", "lena", "contact_due")
    _told(session, cast, "imani", "aisha", "step_due", held=Held.QUIET)
    _told(session, cast, "chris", "hana", "goal_review")
    session.commit()


def test_a_supervisor_reads_what_their_team_was_told_of_whom_and_why_and_nothing_of_others(reader, told):
    page = reader("ruth").opens("/team/told")
    rows = " ".join(page.rows)
    assert "Dana Osei Lena O. : a contact is due Marcus T. : help was asked for By e-mail Stopped" in rows
    assert "the mail server answered 550 (No such mailbox). After 3 tries." in rows
    assert "Imani Moss Aisha K. : a step is due By e-mail Held back Quiet hours." in rows
    assert "Hana" not in page.text
    assert "Chris" not in page.main
    assert "He would like some help" not in page.text
    assert "Hana V. : a goal review is due" in " ".join(reader("omar").opens("/team/told").rows)


@pytest.mark.parametrize("role", ["dana", "admin", "marcus"])
def test_only_supervisors_have_this_page(reader, told, role):
    assert reader(role).looks("/team/told").status in (403, 404)


def test_of_somebody_kept_from_the_supervisor_only_the_number_stands_there(reader, session, cast, told):
    session.add(
        Restriction(
            id=uuid.uuid4(), client_id=cast.marcus, user_id=cast.ruth.id, kind=RestrictionKind.OTHER,
            started_at=MONDAY, started_by=cast.admin.id,
        )
    )  # fmt: skip
    session.commit()
    page = reader("ruth").opens("/team/told")
    assert "Marcus" not in page.text
    assert "help was asked for" not in page.soup.select_one("tbody").get_text()
    assert "and one more, of somebody you do not see" in page.main
    assert not any("Dana" in row for row in reader("ruth").opens("/team/told?about=rule:help_asked").rows)


def test_how_a_colleague_signs_in_is_their_own(reader, session, cast):
    for topic in (Topic.ACCOUNT, Topic.INVITATION):
        message = Message(key=f"{topic}:x", topic=topic, channel=Channel.EMAIL, recipient_id=cast.dana.id)
        enqueue(session, message, now=MONDAY)
    session.commit()
    assert "Nothing was told yet" in reader("ruth").opens("/team/told").main


@pytest.mark.parametrize(
    ("query", "readers"),
    [
        ("state=stopped", ["Dana Osei"]),
        ("about=rule:step_due", ["Imani Moss"]),
        ("about=topic:reminders&who=ima", ["Imani Moss"]),
        ("about=topic:safety", []),
        ("who=chris", []),
        ("until-day=1&until-month=1&until-year=2026", []),
        ("page=99&state=held", ["Imani Moss"]),
    ],
)
def test_its_filters_narrow(reader, told, query, readers):
    page = reader("ruth").opens(f"/team/told?{query}")
    assert [row.select_one("[data-label='To whom']").get_text() for row in page.soup.select("tbody tr")] == readers


def test_days_the_wrong_way_round_are_said_to_be_so_and_narrow_nothing(reader, told):
    turned_round = "since-day=23&since-month=11&since-year=2026&until-day=20&until-month=11&until-year=2026"
    ruth = reader("ruth")
    everything = len(ruth.opens("/team/told").soup.select("tbody tr"))
    page = ruth.opens(f"/team/told?{turned_round}")
    assert "The last day lies before the first." in page.soup.select_one("#until-error").get_text()
    assert len(page.soup.select("tbody tr")) == everything > 0


def test_each_look_names_in_the_trail_whose_matter_was_read(reader, session, cast, told):
    reader("ruth").opens("/team/told?state=stopped")
    row = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "ledger:read")).one()
    people = session.scalars(sa.select(AuditPerson.client_id).where(AuditPerson.entry_id == row.id)).all()
    assert set(people) == {cast.marcus, cast.lena}


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_hundred_thousand_messages_answer_within_their_budget(reader, session, cast, database):
    why, empty = keys().seal("It was due."), keys().seal("")
    readers = [cast.staff[name].id.bytes for name in ("dana", "imani", "chris")]
    people = [cast.people[name].bytes for name in ("marcus", "aisha", "hana")]
    rules = ["contact_due", "step_due", "goal_review", "by_hand"]
    moment = [(MONDAY - MINUTE * n).strftime("%Y-%m-%d %H:%M:%S.%f") for n in range(MANY)]
    rows = [
        {"id": uuid.uuid4().bytes, "entry": uuid.uuid4().bytes, "key": f"k{n}", "channel": "email", "at": moment[n],
         "reader": readers[n % 3], "state": "sent", "rule": rules[n % 4], "why": why, "empty": empty,
         "person": people[n % 3], "sent": moment[n], "day": str(TODAY)}
        for n in range(MANY)
    ]  # fmt: skip
    with writing():
        for statement in POURED:
            session.execute(sa.text(statement), rows)
        session.commit()
    ruth = reader("ruth")
    for query in ("", "page=190", "state=sent", "about=rule:by_hand", "about=topic:safety", "who=dana"):
        page, took = ruth.looks_thrice(f"/team/told?{query}")
        assert page.status == 200
        assert len(page.queries) <= 12
        print(f"{query:<40}{took * 1000:8.0f} ms")  # noqa: T201
        assert took < BUDGET, query
