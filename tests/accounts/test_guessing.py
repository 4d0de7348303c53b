"""Tries are counted in the database: what makes a wait, whom it touches, and what it leaves behind."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachdesk import scheduler
from coachdesk.accounts import guessing
from coachdesk.accounts.guessing import FREE, Counts
from coachdesk.accounts.models import GuessCount
from coachdesk.accounts.rules import LIMITS, Caller, Guess, limits_on
from coachdesk.audit import AuditEntry
from coachdesk.db import db, writing
from tests.accounts.helpers import Phone

OWNER = Caller("dana@cast.example", "198.51.100.7")
STRANGER = Caller("dana@cast.example", "203.0.113.9")
DEVICE = Caller("dana@cast.example", "198.51.100.7", "a-known-device")


def somebody(n: int) -> Caller:
    """One of many addresses, each at an account of its own."""
    return Caller(f"p{n}@cast.example", f"192.0.2.{n}")


def tries(session, caller, clock, guess=Guess.PASSPHRASE):
    """One wrong try, as a request makes it; how long they must wait instead, if they must."""
    taken = guessing.take(session, guess, caller, now=clock.now())
    session.commit()
    return taken


def waits(session, caller, clock, guess=Guess.PASSPHRASE):
    return guessing.find_wait(session, guess, caller, now=clock.now()).wait


def how_many(session, table):
    return session.scalar(sa.select(sa.func.count()).select_from(table))


@pytest.mark.asvs("6.3.1")
def test_a_few_tries_are_free_then_the_wait_grows(session, clock):
    longest = []
    for _ in range(15):
        while wait := waits(session, STRANGER, clock):
            longest.append(wait)
            clock.move(seconds=wait.total_seconds())
        tries(session, STRANGER, clock)
    longest.append(waits(session, STRANGER, clock))
    assert longest == [dt.timedelta(minutes=minutes) for minutes in (1, 9, 50)]
    clock.move(seconds=longest[-1].total_seconds())
    assert waits(session, STRANGER, clock) == FREE


@pytest.mark.asvs("6.3.1")
@pytest.mark.parametrize("caller", [OWNER, DEVICE], ids=["another address", "a known device"])
def test_hundreds_of_wrong_tries_of_a_stranger_cost_the_owner_nothing(session, clock, caller):
    let_through = 0
    for n in range(300):
        let_through += not tries(session, STRANGER, clock).wait
        clock.move(seconds=3)
        assert n % 20 or waits(session, caller, clock) == FREE
    assert let_through == 15  # of 300 in a quarter of an hour
    assert waits(session, STRANGER, clock)


def test_a_known_device_is_told_apart_from_others_behind_its_own_address(session, clock):
    for _ in range(5):
        tries(session, OWNER, clock)
    assert waits(session, OWNER, clock)
    assert waits(session, DEVICE, clock) == FREE
    for _ in range(5):
        tries(session, DEVICE, clock)
    assert waits(session, DEVICE, clock) == dt.timedelta(minutes=1)


@pytest.mark.asvs("6.3.1")
def test_one_address_that_tries_many_accounts_waits_at_all_of_them(session, clock):
    for n in range(30):
        assert not tries(session, Caller(f"p{n}@cast.example", STRANGER.network), clock).wait
    assert waits(session, STRANGER, clock) == dt.timedelta(minutes=10)
    assert waits(session, OWNER, clock) == FREE


@pytest.mark.asvs("2.4.1")
def test_many_addresses_slow_everybody_but_known_devices_for_a_minute_at_most(session, clock):
    let_through = sum(not tries(session, somebody(n), clock).wait for n in range(200))
    assert let_through == 60
    assert FREE < waits(session, OWNER, clock) <= dt.timedelta(minutes=1)
    assert waits(session, DEVICE, clock) == FREE
    clock.move(minutes=1)
    assert waits(session, OWNER, clock) == FREE


def test_who_has_the_passphrase_guesses_no_more_codes_from_many_addresses(session, clock):
    let_through = sum(
        not tries(session, Caller("dana@cast.example", f"192.0.2.{n}"), clock, Guess.CODE).wait for n in range(100)
    )
    assert let_through == 5


def test_nobodys_mailbox_is_flooded_from_many_addresses(session, clock):
    asked = [Caller("dana@cast.example", f"192.0.2.{n // 10}") for n in range(100)]
    assert sum(not tries(session, caller, clock, Guess.REQUEST).wait for caller in asked) == 10


def test_a_try_that_must_wait_is_not_counted(session, clock):
    for _ in range(100):
        tries(session, STRANGER, clock)
    assert max(session.scalars(sa.select(GuessCount.count))) == 5
    clock.move(minutes=1)
    assert waits(session, STRANGER, clock) == FREE


def test_a_right_try_begins_anew_here_and_nowhere_else(session, clock):
    for _ in range(4):
        tries(session, STRANGER, clock)
        tries(session, OWNER, clock)
    right = tries(session, OWNER, clock)
    guessing.forgive(session, right, now=clock.now())
    session.commit()
    far = {limit: Counts(session, clock.now()) for limit in LIMITS[Guess.PASSPHRASE]}
    found = {
        limit: (
            counts.get(guessing._name(limit, Guess.PASSPHRASE, OWNER)),
            counts.get(guessing._name(limit, Guess.PASSPHRASE, STRANGER)),
        )
        for limit, counts in far.items()
    }
    assert [found[limit] for limit in LIMITS[Guess.PASSPHRASE]] == [(0, 4)] * 3 + [(4, 4)] * 2 + [(8, 8)]


def test_a_try_is_given_back_to_the_window_it_was_counted_in_and_to_no_later_one(session, clock):
    right = tries(session, somebody(1), clock)
    clock.move(minutes=2)
    tries(session, somebody(2), clock)
    guessing.forgive(session, right, now=clock.now())
    session.commit()
    (valve,) = [limit for limit in LIMITS[Guess.PASSPHRASE] if limit.reach == "everybody"]
    assert Counts(session, clock.now()).get(guessing._name(valve, Guess.PASSPHRASE, OWNER)) == 1


def test_what_was_not_looked_at_is_taken_back_and_forgives_nothing(session, clock):
    for _ in range(3):
        tries(session, OWNER, clock)
    guessing.give_back(session, tries(session, OWNER, clock), now=clock.now())
    session.commit()
    assert sorted(session.scalars(sa.select(GuessCount.count))) == [3] * len(LIMITS[Guess.PASSPHRASE])


def test_the_table_says_neither_who_nor_from_where(session, clock):
    tries(session, STRANGER, clock)
    tries(session, DEVICE, clock)
    kept = "\n".join(str(tuple(row)) for row in session.execute(sa.select(GuessCount.__table__)))
    assert kept
    for secret in ("dana", "cast", "203", "198", "known", "passphrase"):
        assert secret not in kept


def test_the_trail_has_a_wait_once_however_often_somebody_runs_into_it(session, clock, cast):
    for _ in range(5):
        tries(session, STRANGER, clock)
    for _ in range(50):
        waiting = guessing.find_wait(session, Guess.PASSPHRASE, STRANGER, now=clock.now())
        guessing.tell_trail(session, waiting, now=clock.now())
        assert guessing.is_told(session, waiting, now=clock.now())
        session.commit()
    (entry,) = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "sign-in:refused"))
    assert entry.details == {"why": "wait", "kind": "passphrase", "reach": "here"}
    assert (entry.actor_id, entry.subject_id) == (None, cast.dana.id)
    clock.move(minutes=1)
    for _ in range(5):
        tries(session, STRANGER, clock)
    guessing.tell_trail(
        session, guessing.find_wait(session, Guess.PASSPHRASE, STRANGER, now=clock.now()), now=clock.now()
    )
    assert how_many(session, AuditEntry) == 2


def test_an_unknown_account_is_counted_as_a_known_one(session, clock):
    unknown = Caller("nobody@cast.example", OWNER.network)
    said = []
    for caller in (unknown, OWNER):
        for _ in range(6):
            last = tries(session, caller, clock)
        guessing.tell_trail(session, last, now=clock.now())
        said.append((last.wait, last.full))
    session.commit()
    assert said[0] == said[1]
    assert how_many(session, AuditEntry) == 2


def test_counts_that_are_over_are_forgotten_and_no_others(app, session, clock):
    tries(session, STRANGER, clock)
    clock.move(minutes=11)
    tries(session, OWNER, clock)
    before = how_many(session, GuessCount)
    session.rollback()
    scheduler.tidy(app)
    assert (before, how_many(session, GuessCount)) == (11, 8)
    clock.move(hours=2)
    session.rollback()
    scheduler.tidy(app)
    assert how_many(session, GuessCount) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.tuples(st.sampled_from([STRANGER, OWNER, DEVICE]), st.integers(0, 900)), max_size=40))
def test_never_more_than_so_many_are_let_through_in_a_window(session, clock, steps):
    """Two windows meet at most, so any stretch as long as a window sees at most twice as many."""
    Counts(session, clock.now()).reset()
    let_through: dict[Caller, list[dt.datetime]] = {}
    for caller, seconds in steps:
        clock.move(seconds=seconds)
        if not tries(session, caller, clock).wait:
            let_through.setdefault(caller, []).append(clock.now())
    for caller, moments in let_through.items():
        for limit in limits_on(Guess.PASSPHRASE, caller):
            for end in moments:
                within = [at for at in moments if end - dt.timedelta(seconds=limit.seconds) < at <= end]
                assert len(within) <= 2 * limit.most


@pytest.mark.asvs("15.4.2")
def test_twenty_at_the_same_moment_are_not_more_than_one_after_another(app, session, clock):
    """Each thread checks, then counts, as requests do; all check before the first has counted."""
    session.rollback()
    together, through, wrong = threading.Barrier(20), [], []

    def tries_once() -> None:
        with app.app_context():
            try:
                assert waits(db.session, STRANGER, clock) == FREE
                db.session.rollback()
                together.wait(30)
                with writing():
                    taken = guessing.take(db.session, Guess.PASSPHRASE, STRANGER, now=clock.now())
                    db.session.commit()
                through.append(not taken.wait)
            except Exception as trouble:  # noqa: BLE001
                wrong.append(trouble)
            finally:
                db.session.remove()

    crowd = [threading.Thread(target=tries_once) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert wrong == []
    assert (len(through), sum(through)) == (20, 5)
    session.rollback()
    assert set(session.scalars(sa.select(GuessCount.count))) == {5}


@pytest.mark.asvs("15.4.2")
def test_twenty_at_the_same_moment_at_twenty_accounts_are_all_counted(app, session, clock):
    session.rollback()
    together, wrong = threading.Barrier(20), []

    def tries_once(n: int) -> None:
        with app.app_context():
            try:
                together.wait(30)
                with writing():
                    taken = guessing.take(db.session, Guess.PASSPHRASE, somebody(n), now=clock.now())
                    db.session.commit()
                assert not taken.wait
            except Exception as trouble:  # noqa: BLE001
                wrong.append(trouble)
            finally:
                db.session.remove()

    crowd = [threading.Thread(target=tries_once, args=[n]) for n in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert wrong == []
    session.rollback()
    assert max(session.scalars(sa.select(GuessCount.count))) == 20


def test_right_and_wrong_tries_and_the_tidying_do_not_get_in_each_others_way(app, session, clock):
    """On PostgreSQL rows locked in two orders would end one of two; nobody must be turned away by that."""
    session.rollback()
    wrong, many = [], [STRANGER, OWNER, DEVICE, somebody(1)]

    def goes_on(n: int) -> None:
        with app.app_context(), writing():
            try:
                for step in range(15):
                    at = clock.now() + dt.timedelta(minutes=2 * step)
                    taken = guessing.take(db.session, Guess.PASSPHRASE, many[(n + step) % len(many)], now=at)
                    db.session.commit()
                    (guessing.forgive if n % 2 else guessing.give_back)(db.session, taken, now=at)
                    db.session.commit()
                    guessing.forget(db.session, now=at)
                    db.session.commit()
            except Exception as trouble:  # noqa: BLE001
                wrong.append(trouble)
            finally:
                db.session.remove()

    crowd = [threading.Thread(target=goes_on, args=[n]) for n in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert wrong == []


def test_the_storage_says_whether_it_is_there_and_can_forget_all(session, clock):
    counts = Counts(session, clock.now())
    assert counts.check()
    assert counts.incr("a", 60) == 1
    assert counts.incr("a", 60, amount=2) == 3
    assert counts.get_expiry("a") == clock.now().timestamp() + 60
    counts.clear("a")
    assert counts.get("a") == 0
    counts.incr("b", 60)
    assert counts.reset() == 1


def test_a_wait_while_an_app_is_set_up_keeps_the_square(reader, app, clock):
    dana, phone = reader("dana"), Phone(app)
    dana.opens("/account/second-factor")
    phone.read(dana.presses("Set it up").soup.select_one("code.key").get_text())
    for _try in range(5):
        dana.sends(code="000000", status=422)
    assert "Please wait a minute" in dana.sends(code="000000", status=429).main
    clock.move(minutes=2)
    assert dana.sends(code=phone.code()).url == "/account/spare-codes"
