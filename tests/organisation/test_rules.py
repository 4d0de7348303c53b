"""An organisation's crisis lines, zone, exit page and share of reviews."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.organisation.rules import (
    COUNTRIES,
    DEFAULT_EXIT_URL,
    LINE_BOUNDS,
    NEVER_LISTED,
    REVIEW_SHARE,
    checked_until,
    default_lines,
    is_dialled,
    is_exit_url,
    is_never_listed,
    is_share,
    is_zone,
    newest_ask,
    zone_named,
    zones,
)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_starts_with_its_emergency_number_and_somebody_to_talk_to(country):
    emergency, *others = default_lines(country)
    assert emergency.is_emergency
    assert others
    assert not any(line.is_emergency for line in others)


@given(country=st.sampled_from(sorted(COUNTRIES)) | st.text())
def test_no_line_looks_verified_twice_listed_or_like_the_one_that_must_not_stand(country):
    lines = default_lines(country)
    assert not NEVER_LISTED & {line.number for line in lines}
    assert all(line.verified_on is None for line in lines)
    assert all(line.number.isascii() and line.number.isdigit() for line in lines)
    assert len({(line.number, line.kind) for line in lines}) == len(lines)


@pytest.mark.parametrize(
    ("country", "number"), [("US", "911"), ("IN", "112"), ("GB", "999"), ("FR", "112"), ("", "112")]
)
def test_the_emergency_number_is_the_countrys_own_or_the_european_one(country, number):
    assert default_lines(country)[0].number == number


def test_every_zone_offered_can_be_reckoned_with():
    assert list(zones()) == sorted(set(zones()))
    for name in zones():
        assert is_zone(name)
        assert ZoneInfo(name).key == name


@pytest.mark.parametrize("name", ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_a_zone_of_the_world_is_taken(name):
    assert is_zone(name)


@pytest.mark.parametrize("name", ["", "EST", "Etc/GMT+5", "Mars/Olympus", "america/new_york", "../UTC"])
def test_what_is_no_place_is_no_zone(name):
    assert not is_zone(name)


@pytest.mark.parametrize("url", [DEFAULT_EXIT_URL, "https://news.example", "https://weather.example:8443/a?b=c#d"])
def test_the_exit_may_lead_to_a_whole_address(url):
    assert is_exit_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "wikipedia.org",
        "//wikipedia.org",
        "http://news.example",
        "/today",
        "javascript:alert(1)",
        "ftp://files.example",
        "https://",
        "https:///page",
        "https://[::1",
        "https://two words.example",
        "https://news.example/\r\nSet-Cookie: a=b",
        "https://news\n.example",
        "https://news.example/\ttab",
        "\x00https://news.example",
        "https://news.example\u2028",
        "https://news.example@elsewhere.example/",
    ],
)
def test_the_exit_leads_nowhere_else(url):
    assert not is_exit_url(url)


@given(url=st.text().map("https://news.example/".__add__) | st.text())
def test_an_exit_never_holds_a_blank_or_a_line_break(url):
    assert not is_exit_url(url) or not any(letter.isspace() for letter in url)


@given(share=st.floats(0, 1))
def test_a_share_lies_between_none_and_all(share):
    assert is_share(share)
    assert is_share(REVIEW_SHARE)


@given(
    share=st.floats(max_value=0, exclude_max=True) | st.floats(min_value=1, exclude_min=True) | st.just(float("nan"))
)
def test_what_is_less_than_none_or_more_than_all_is_no_share(share):
    assert not is_share(share)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("America/New_York", "America/New_York"),
        (" america/new york ", "America/New_York"),
        ("chicago", "America/Chicago"),
        ("KOLKATA", "Asia/Kolkata"),
        ("utc", "UTC"),
        ("Phobos", None),
        ("", None),
        ("../../etc/passwd", None),
        ("x" * 100_000, None),
    ],
)
def test_a_zone_is_meant_by_its_name_or_by_a_city_that_only_one_has(said, meant):
    assert zone_named(said) == meant


@given(name=st.sampled_from(zones()), said=st.sampled_from([str.lower, str.upper, str.title]))
def test_every_zone_is_found_by_its_own_name_however_it_is_written(name, said):
    assert zone_named(said(name)) == name
    assert is_zone(zone_named(name) or "")


# ---- crisis lines -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1933", "19 33", "1-9-3-3", "+91 1933", "0091 1933", "01933", "(1933)"])
def test_the_line_for_reporting_is_known_however_it_is_written(number):
    assert is_never_listed(number)


@pytest.mark.parametrize("number", ["14416", "1098", "988", "193", "19330", "1800-891-4416"])
def test_lines_of_help_are_not_taken_for_it(number):
    assert not is_never_listed(number)


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_a_country_starts_with_can_be_dialled(country):
    assert all(is_dialled(line.number) and not is_never_listed(line.number) for line in default_lines(country))


@given(number=st.text(max_size=40))
def test_what_can_be_dialled_holds_nothing_but_a_number(number):
    if is_dialled(number):
        assert number.isascii()
        assert 3 <= sum(map(str.isdigit, number)) <= 20
        assert not set(number) - set("0123456789+ ()./-")


DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


@given(made=DAYS, rung=st.none() | DAYS, period=st.integers(*LINE_BOUNDS), today=DAYS)
def test_a_line_counts_as_checked_for_its_period_and_no_day_longer(made, rung, period, today):
    until = checked_until(made, rung, period)
    assert until == (rung or made) + dt.timedelta(days=period)
    asked = newest_ask([(made, rung)], period, today)
    if today < until:
        assert asked is None
    else:
        assert asked is not None
        assert dt.timedelta(0) <= today - asked < dt.timedelta(days=period)
        assert (asked - until).days % period == 0


@given(lines=st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=5), period=st.integers(*LINE_BOUNDS), today=DAYS)
def test_lines_that_are_due_on_one_day_ask_once(lines, period, today):
    asked = newest_ask(lines, period, today)
    each = [one for line in lines if (one := newest_ask([line], period, today))]
    assert asked == max(each, default=None)
    assert newest_ask(lines * 2, period, today) == asked


def test_a_line_at_the_end_of_all_days_does_not_run_over():
    assert checked_until(dt.date.max, None, 180) == dt.date.max
