"""Small, quick versions of what `make faults` does at length."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.faults import clocks, drafts, keys, mails

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.asvs("11.2.2")
@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are Unix")
def test_a_key_changes_under_load_and_no_request_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = keys.run(tmp_path, coaches=("dana", "chris"), least=20)
    said = capsys.readouterr().out
    assert not tally.failed, said
    assert tally.made >= 20
    assert set(tally.saved) <= {"dana", "chris"}
    assert "sealed anew. Keys in the ring: 1." in said
    assert "0 hits of" in said


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and signals are Unix")
def test_the_server_is_ended_outright_while_drafts_are_written_and_none_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = drafts.run(tmp_path, coaches=("dana", "imani"), rounds=2)
    said = capsys.readouterr().out
    assert [one.missed for one in found] == [[], []], said
    assert all(one.saved >= 5 for one in found), said


@pytest.mark.parametrize(("mood", "ends"), [("550", False), ("away", True), ("breaks off", True)])
def test_a_mail_waits_for_a_server_in_trouble_and_stops_at_one_that_says_never(
    mood: str, ends, capsys: pytest.CaptureFixture[str]
) -> None:
    found = mails.Found()
    mails._one_mood("sqlite", found, mood, ends=ends)
    assert found.missed == [], capsys.readouterr().out


@pytest.mark.parametrize("zone", clocks.ZONES)
def test_a_weekly_reminder_comes_once_and_at_its_hour_over_a_change_of_clocks(
    zone: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first, last = {
        "America/New_York": (dt.date(2028, 11, 1), dt.date(2028, 11, 8)),
        "Europe/London": (dt.date(2028, 3, 22), dt.date(2028, 3, 29)),
        "Australia/Lord_Howe": (dt.date(2028, 9, 27), dt.date(2028, 10, 4)),
    }[zone]
    walked = clocks.walk("sqlite", zone, first=first, last=last)
    assert "1 clock changes" in capsys.readouterr().out
    assert walked.missed == []
    assert len(walked.due) == 4
    assert walked.jumped >= 1


@pytest.mark.parametrize(
    ("day", "hour", "zone", "utc"),
    [
        ("2027-03-14", "02:30", "America/New_York", "07:30"),
        ("2027-11-07", "01:30", "America/New_York", "05:30"),
        ("2027-03-28", "01:30", "Europe/London", "01:30"),
        ("2027-10-31", "01:30", "Europe/London", "00:30"),
        ("2028-02-29", "02:30", "Europe/London", "02:30"),
    ],
)
def test_what_the_walk_holds_the_desk_to_is_what_a_clock_on_the_wall_shows(day, hour, zone, utc) -> None:
    at = clocks.occurs_at(dt.date.fromisoformat(day), dt.time.fromisoformat(hour), ZoneInfo(zone))
    assert at == dt.datetime.fromisoformat(f"{day}T{utc}+00:00")
