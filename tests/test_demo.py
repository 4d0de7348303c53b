"""The demo is a whole organisation: believable, kept to the rules of the desk, the same each time, and never in the way.

Built once without a database for what its rows say; written to both for what the desk makes of them.
"""

from __future__ import annotations

import datetime as dt
import enum
import random
import re
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk import audit
from coachdesk.access import SYSTEM, Role
from coachdesk.accounts.models import User
from coachdesk.checkins import reviewing
from coachdesk.checkins.rules import ReviewReason
from coachdesk.clients.rules import Pronouns
from coachdesk.clock import FixedClock, day_of
from coachdesk.db import Base, EncryptedJson, EncryptedText, db
from coachdesk.demo import PASSPHRASE, SIGN_INS, make_demo, populate
from coachdesk.demo.history import write_history
from coachdesk.demo.people import ZONE, Town, settle
from coachdesk.factory import create_app
from coachdesk.goals.rules import ENDED, GoalStatus, StepStatus, next_step, progress
from coachdesk.organisation.models import Organisation
from coachdesk.referrals.rules import ConfirmedBy, Status, next_moves, refuse_move
from coachdesk.reminders.clocks import is_out_of_touch
from coachdesk.reminders.facts import list_known
from coachdesk.reminders.rules import due_items, is_now
from coachdesk.resources.rules import Need
from coachdesk.words import Refused
from tests.cast import MONDAY
from tests.conftest import settings

NOT_OURS = re.compile(
    r"\b(addict\w*|abus\w+|alcoholics?|users?|relaps\w+|clean|dirty|non-?complian\w+|refus\w+|no-?shows?|caseloads?|"
    r"cases?|clients?|fail\w*|abandon\w*|high-risk|invalid|oops|patients?)\b",
    re.IGNORECASE,
)
NEW_YORK = ZoneInfo(ZONE)
MOMENTS = (
    MONDAY,
    dt.datetime(2026, 11, 24, 4, 50, tzinfo=dt.UTC),  # ten to midnight in New York
    dt.datetime(2026, 11, 24, 5, 5, tzinfo=dt.UTC),  # five past
    dt.datetime(2026, 11, 1, 5, 40, tzinfo=dt.UTC),  # the hour that comes twice
    dt.datetime(2027, 3, 14, 6, 20, tzinfo=dt.UTC),  # the hour before the one that is left out
    dt.datetime(2028, 2, 29, 17, 0, tzinfo=dt.UTC),
)


@pytest.fixture(scope="module", autouse=True)
def _keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    create_app(settings(f"sqlite:///{folder / 'none.db'}", folder, demo=True), clock=FixedClock(MONDAY), testing=True)


def build(seed=7, now=MONDAY):
    town = Town(
        draw=random.Random(seed),  # noqa: S311  (the demo's own draw)
        now=now,
        zone=NEW_YORK,
        today=day_of(now, NEW_YORK),
        passphrase="not a passphrase",
    )
    settle(town)
    write_history(town)
    return town


@pytest.fixture(scope="module")
def town(_keys):
    return build()


@pytest.fixture(params=MOMENTS, ids=lambda now: f"{now:%Y-%m-%d %H:%M}")
def any_town(request, _keys):
    return build(now=request.param)


@pytest.fixture
def empty(app):
    """An application whose database has its tables and nothing in them, on SQLite and on PostgreSQL."""
    db.session.remove()
    Base.metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine)
    return app


def is_text(column):
    written = isinstance(column.type, (EncryptedText, EncryptedJson, sa.String)) and not isinstance(
        column.type, sa.Enum
    )
    return written and column.key not in ("email", "password", "path")


def texts(town):
    for rows in town.rows.values():
        for row in rows:
            found = [getattr(row, column.key, None) for column in row.__table__.columns if is_text(column)]
            yield from (str(value) for value in found if value)


def about(town, table, first):
    return [row for row in town.rows[table] if row.client_id == town.person(first).id]


# ---- what is in it --------------------------------------------------------------------------------------------------


def test_forty_nine_people_are_with_their_coaches(town):
    assert Counter(town.coach_of[row.client_id].first_name for row in town.rows["assignment"]) == {
        "Dana": 14,
        "Imani": 12,
        "Yusuf": 8,
        "Chris": 15,
    }
    assert len({(person.first_name, person.last_name) for person in town.people}) == 49


def test_people_differ_in_pronouns_rhythms_and_how_they_are_reached_safely(town):
    assert {person.pronouns for person in town.people} == set(Pronouns)
    assert {person.rhythm_days for person in town.people} == {7, 14, 28}
    assert len({(person.may_call, person.may_text, person.may_voicemail) for person in town.people}) >= 3
    assert sum(bool(person.safe_note) for person in town.people) >= 25


def test_coaches_are_past_their_first_days_but_for_one(town):
    days = {user.first_name: town.days_since(user.started_on) for user in town.staff.values() if user.client_id is None}
    assert days.pop("Yusuf") == 70
    assert min(days.values()) > 90


def test_all_services_have_invented_numbers_and_meet_every_need(town):
    assert {row.need for row in town.rows["service"]} == set(Need)
    assert all(row.phone.startswith("555 ") for row in town.rows["service"])
    assert all("555" in person.phone for person in town.people)


def test_goals_stand_at_every_status_and_steps_at_every_stage(town):
    assert {row.status for row in town.rows["goal"]} == set(GoalStatus)
    assert {row.status for row in town.rows["step"]} == set(StepStatus)
    for goal in town.rows["goal"]:
        steps = [step for step in town.rows["step"] if step.goal_id == goal.id]
        if goal.status is GoalStatus.ACHIEVED:
            assert {step.status for step in steps} == {StepStatus.DONE}
        assert (goal.ended_on is not None) == (goal.status in ENDED)
        assert (goal.next_review_on is not None) == (goal.status is GoalStatus.ACTIVE)


def test_every_referral_came_where_it_stands_by_moves_the_desk_allows(town):
    assert {row.status for row in town.rows["referral"]} == set(Status)
    moves, yeses = defaultdict(list), defaultdict(list)
    for move in town.rows["referral_move"]:
        moves[move.referral_id].append(move)
    for yes in town.rows["spoken_yes"]:
        yeses[yes.referral_id].append(yes)
    for row in town.rows["referral"]:
        way = sorted(moves[row.id], key=lambda move: move.moved_at)
        assert [move.before for move in way] == [None, *(move.after for move in way[:-1])]
        assert (way[-1].after, way[-1].moved_on) == (row.status, row.status_on)
        assert len(yeses[row.id]) == (Status.SENT in [move.after for move in way])
        for move in way[1:]:
            if move.after is Status.NEEDS_CONSENT:  # where a yes is taken back
                assert yeses[row.id][0].withdrawn_at
                continue
            assert move.after in next_moves(move.before)
            refuse_move(
                move.before,
                move.after,
                has_yes=bool(yeses[row.id]),
                appointment_on=row.appointment_on,
                reason=row.reason,
                confirmed_by=row.confirmed_by or ConfirmedBy.PROVIDER,
                today=move.moved_on,
            )


def test_six_months_hold_contacts_tries_ticked_steps_and_talks_about_goals(town):
    entries = town.rows["check_in"]
    assert 170 <= town.days_since(min(row.held_on for row in entries)) <= 183
    assert {row.weather for row in entries} == {None, 1, 2, 3, 4, 5}
    done = {step.id: step for step in town.rows["step"] if step.status is StepStatus.DONE}
    assert {row.step_id for row in town.rows["check_in_step"]} < set(done)
    least = {"check_in": 400, "attempt": 30, "check_in_step": 40, "goal_review": 30, "visit": 12, "reminder": 5}
    for table, count in least.items():
        assert len(town.rows[table]) >= count, table
    assert len(town.rows["goal_review"]) == len(town.rows["goal_version"])


def test_marcus_has_his_goals_his_note_and_a_visit_today(town):
    goals = {row.words: row for row in about(town, "goal", "Marcus")}
    assert list(goals) == ["A place of my own with a door I can lock", "Be at every one of Nia’s Saturday games"]
    steps = [[row for row in town.rows["step"] if row.goal_id == goals[words].id] for words in goals]
    assert [progress(rows) for rows in steps] == [(2, 5), (5, 6)]
    coming = next_step(steps[0])
    assert coming
    assert coming.words == "Hand in the housing form with Dana"
    assert town.entries[town.person("Marcus").id][0].note == (
        "Sleeping through most nights. Worried about the housing form, so we read it together."
    )
    (visit,) = about(town, "visit", "Marcus")
    assert visit.place.startswith("Central Library café")
    assert (visit.planned_on, visit.hour) == (dt.date(2026, 11, 23), dt.time(10, 30))


def test_everything_by_a_new_coach_is_reviewed_and_some_of_the_rest(town):
    reasons = Counter(row.reason for row in town.rows["review"])
    yusuf = town.staff["yusuf"].id
    assert reasons[ReviewReason.FIRST_DAYS] == sum(row.coach_id == yusuf for row in town.rows["check_in"])
    others = len(town.rows["check_in"]) - reasons[ReviewReason.FIRST_DAYS]
    assert 0.1 < reasons[ReviewReason.SAMPLE] / others < 0.3


def test_its_words_are_person_first(town):
    said = list(texts(town))
    assert len(said) > 2000
    assert [text for text in said if NOT_OURS.search(text)] == []


# ---- at any moment --------------------------------------------------------------------------------------------------


def test_nothing_that_happened_lies_ahead_or_before_its_people_came(any_town):
    town = any_town
    since = {person.id: person.working_since for person in town.people}
    for table, moment, day in (
        ("check_in", "signed_at", "held_on"),
        ("attempt", "logged_at", "tried_on"),
        ("referral_move", "moved_at", "moved_on"),
        ("goal_review", "reviewed_at", "reviewed_on"),
        ("goal", "created_at", "started_on"),
    ):
        for row in town.rows[table]:
            assert getattr(row, moment) < town.now
            assert day_of(getattr(row, moment), NEW_YORK) == getattr(row, day), table
            assert since[row.client_id] <= getattr(row, day) <= town.today, table
    for row in town.rows["review"]:
        assert row.at is None or row.asked_at <= row.at < town.now
    for row in town.rows["step"]:
        assert row.done_at is None or row.created_at <= row.done_at < town.now
    for row in town.rows["reminder"]:
        assert row.made_at < town.now
        assert row.due_on >= town.today


def test_plans_lie_ahead(any_town):
    here = any_town.now.astimezone(NEW_YORK).replace(tzinfo=None)
    for row in any_town.rows["visit"]:
        assert dt.datetime.combine(row.planned_on, row.hour) > here


@pytest.mark.parametrize("now", MOMENTS)
def test_the_same_seed_makes_the_same_rows(now):
    def rows(town):
        return {
            table: [{column.key: getattr(row, column.key, None) for column in row.__table__.columns} for row in made]
            for table, made in town.rows.items()
        }

    assert rows(build(now=now)) == rows(build(now=now))


def test_another_seed_makes_other_rows_that_hold_as_much():
    first, second = build(seed=7), build(seed=8)
    assert first.people[0].id != second.people[0].id
    assert {row.status for row in second.rows["goal"]} == set(GoalStatus)
    assert {row.status for row in second.rows["referral"]} == set(Status)


def test_every_value_of_an_enum_is_one_of_its_members(town):
    for rows in town.rows.values():
        for row in rows:
            for column in row.__table__.columns:
                if isinstance(column.type, sa.Enum):
                    value = getattr(row, column.key, None)
                    assert value is None or isinstance(value, enum.Enum), column


# ---- what the desk makes of it --------------------------------------------------------------------------------------


def test_the_desk_finds_who_is_out_of_touch_and_what_waits(empty):
    populate(db.session, now=MONDAY, password_hash="not a passphrase")
    today = MONDAY.date()
    people = {row.email.split("@")[0]: row.identity for row in db.session.scalars(sa.select(User))}
    away = {
        row.person.first_name: row.facts
        for row in list_known(db.session, people["ruth"])
        if is_out_of_touch(row.facts, today)
    }
    assert set(away) == {"Lena", "Tom", "Sol"}
    lena = away["Lena"]
    assert lena.last_contact_on
    assert ((today - lena.last_contact_on).days, lena.rhythm_days, len(lena.tries.days)) == (10, 7, 2)
    assert away["Sol"].last_contact_on is None
    assert any(is_now(due, today) for due in due_items(lena, today) if due.subject == lena.client_id)
    assert len(reviewing.list_waiting(db.session, people["ruth"])) == 4
    word = reviewing.find_last_word(db.session, people["dana"], since=MONDAY - dt.timedelta(days=7))
    assert word
    assert word[0].text
    assert {row.role for row in people.values()} == set(Role) - {SYSTEM.role}


def test_it_leaves_one_line_in_the_trail(empty):
    populate(db.session, now=MONDAY, password_hash="not a passphrase")
    (entry,) = db.session.scalars(sa.select(audit.AuditEntry))
    assert (entry.event, entry.actor_role, entry.details) == ("demo:made", Role.SYSTEM, {"seed": 7})


# ---- making it ------------------------------------------------------------------------------------------------------


def test_a_second_start_keeps_the_data(empty):
    assert make_demo(empty) is True
    kept = db.session.scalar(sa.select(User.fs_uniquifier).where(User.email == "dana@demo.example"))
    assert make_demo(empty) is False
    assert db.session.scalar(sa.select(User.fs_uniquifier).where(User.email == "dana@demo.example")) == kept


def test_everybody_named_at_the_start_signs_in_with_the_published_passphrase(empty):
    from flask_security import verify_password

    make_demo(empty)
    lines = "\n".join(SIGN_INS)
    assert PASSPHRASE in lines
    named = set(re.findall(r"\S+@demo\.example", lines))
    users = list(db.session.scalars(sa.select(User)))
    assert named == {user.email for user in users}
    with empty.test_request_context():
        assert all(verify_password(PASSPHRASE, password) for password in {user.password or "" for user in users})


def test_a_database_that_holds_anything_else_is_refused(app, session):
    assert session.get(Organisation, 1).made_by_demo is False
    with pytest.raises(Refused, match="holds real records"):
        make_demo(app)
    with pytest.raises(Refused, match="holds real records"):
        populate(session, now=MONDAY, password_hash="not a passphrase")


def test_it_is_never_poured_over_itself(empty):
    populate(db.session, now=MONDAY, password_hash="not a passphrase")
    with pytest.raises(Refused):
        populate(db.session, now=MONDAY, password_hash="not a passphrase")
