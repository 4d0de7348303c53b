"""How tries are counted together: by example, and for whatever may be typed or called from."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.accounts.rules import (
    LIMITS,
    VALVE,
    Caller,
    Guess,
    Reach,
    account_name,
    counted_as,
    is_near,
    limits_on,
    minutes_of,
    network_of,
    seconds_of,
)

ORDER = list(Reach)
CALLERS = st.builds(Caller, st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["", "d", "e"]))


@pytest.mark.parametrize(
    "typed",
    ["dana@bücher.example", "DANA@Bücher.Example", " dana@xn--bcher-kva.example", "\uff24ana@bu\u0308cher.example"],
)
def test_an_address_is_counted_as_one_however_it_is_written(typed):
    assert account_name(typed) == "dana@xn--bcher-kva.example"


@pytest.mark.parametrize("typed", ["", "dana", "@", "dana@", "dana@..", "dana@" + "x" * 500, "🌅@🌅.example"])
def test_what_is_no_address_is_counted_too(typed):
    assert account_name(account_name(typed)) == account_name(typed)


@given(st.text())
def test_one_spelling_is_the_spelling_of_itself(typed):
    assert account_name(typed.upper()) == account_name(typed.upper().lower().upper())
    assert account_name(f" {typed}\n") == account_name(typed)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:55123", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::6]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::6]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", ""),
        ("203.0.113.999", ""),
    ],
)
def test_an_address_is_counted_as_its_network(address, network):
    assert network_of(address) == network


@given(st.ip_addresses(v=6, network="2001:db8::/32"), st.integers(0, 2**64 - 1))
def test_all_of_one_household_is_one_address(address, rest):
    other = ipaddress.IPv6Address(int(address) >> 64 << 64 | rest)
    assert network_of(str(address)) == network_of(str(other))


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_two_addresses_are_two(one, other):
    assert (network_of(str(one)) == network_of(str(other))) is (one == other)


@pytest.mark.asvs("6.3.1")
@pytest.mark.parametrize("guess", Guess)
def test_whatever_can_be_guessed_has_limits_in_the_order_rows_are_locked_in(guess):
    reaches = [ORDER.index(limit.reach) for limit in LIMITS[guess]]
    assert reaches
    assert reaches == sorted(reaches)


@given(st.sampled_from(Guess), CALLERS, CALLERS)
def test_an_accounts_tries_are_never_counted_with_those_of_another_network_or_account(guess, one, other):
    for limit in limits_on(guess, one):
        if limit.reach is not Reach.HERE or limit not in limits_on(guess, other):
            continue
        same = counted_as(limit, guess, one) == counted_as(limit, guess, other)
        told_apart = (one.account, one.device or one.network, bool(one.device))
        assert same is (told_apart == (other.account, other.device or other.network, bool(other.device)))


@given(st.sampled_from(Guess), CALLERS)
def test_a_known_device_answers_for_itself_alone(guess, caller):
    for limit in limits_on(guess, caller):
        if caller.device:
            assert is_near(limit)
            assert caller.device in counted_as(limit, guess, caller)
            assert caller.network not in counted_as(limit, guess, caller)


@pytest.mark.parametrize("guess", [guess for guess in Guess if guess not in (Guess.CODE, Guess.RECOVERY_CODE)])
def test_only_behind_the_passphrase_are_an_accounts_wrong_tries_counted_from_everywhere(guess):
    far = [limit for limit in LIMITS[guess] if limit.reach is Reach.ACCOUNT]
    assert not far or guess is Guess.REQUEST  # whoever waits there has had mails that let them in


def test_a_right_passphrase_frees_no_tries_at_the_code():
    caller = Caller("a", "x")
    keys = {counted_as(LIMITS[guess][0], guess, caller) for guess in Guess if guess is not Guess.LINK}
    assert len(keys) == len(Guess) - 1


def test_what_everybody_shares_never_makes_anybody_wait_longer_than_a_minute():
    assert max(limit.seconds for limit in VALVE) == 60


@given(st.timedeltas(min_value=dt.timedelta(), max_value=dt.timedelta(hours=2)))
def test_no_wait_is_said_to_be_shorter_than_it_is(wait):
    assert seconds_of(wait) >= wait.total_seconds() - 0.001
    assert minutes_of(wait) * 60 >= seconds_of(wait) > minutes_of(wait) * 60 - 60
