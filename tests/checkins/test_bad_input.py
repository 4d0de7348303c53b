"""What people type by mistake: a sentence each, nothing is saved, and nothing that was typed is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.checkins import service
from coachdesk.checkins.models import Attempt, CheckIn, CheckInPlan, Correction
from coachdesk.checkins.parts import More, Planned
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel
from tests.access.helpers import everything
from tests.access.test_together import at_once
from tests.cast import MONDAY, TODAY

LONG = "é" * 100_000


def _day(name: str, day: str, month: str = "11", year: str = "2026") -> dict[str, str]:
    return {f"{name}__day": day, f"{name}__month": month, f"{name}__year": year}


def _plans(n: int) -> dict[str, str]:
    return {f"plans__{place}__what": f"Plan number {place}" for place in range(n)}


TYPED = {"note": "Slept well.", "place": "Library", "highlights": "A call with Ana."}
WRONG = {
    "an end before the beginning": (
        {"started": "3:15 pm", "ended": "2:30 pm"},
        "This is not after it began.",
    ),
    "an end at the beginning": ({"started": "3 pm", "ended": "3 pm"}, "This is not after it began."),
    "longer than a day": (
        {"started": "2:30 pm", "ended": "3:15 pm", "next_day": "y"},
        "That is longer than a day.",
    ),
    "an end without a beginning": ({"ended": "3:15 pm"}, "Write when it began too."),
    "minutes that do not fit": (
        {"started": "2:30 pm", "ended": "2:45 pm", "minutes": "60"},
        "The minutes do not fit between the beginning and the end.",
    ),
    "no time at all": ({"started": "25:70"}, "Write a time like 2:30 pm."),
    "a day to come": ({"when": "day", **_day("held_on", "24")}, "This day has not come yet."),
    "a day long ago": ({"when": "day", **_day("held_on", "23", "11", "2024")}, "That is more than a year ago."),
    "no day at all": ({"when": "day", **_day("held_on", "31")}, "This must be a real day"),
    "a year beyond all": ({"when": "day", **_day("held_on", "1", "1", "99999999")}, "This must be a real day"),
    "a next contact behind us": ({"next": "day", **_day("next_on", "23")}, "Next contact must be a date after today"),
    "a long note": ({"note": LONG}, "80,000 characters too long"),
    "a long place": ({"place": LONG}, "99,800 characters too long"),
    "long hard spots": ({"hard_spots": LONG}, "80,000 characters too long"),
    "a long plan": ({"plans__0__what": LONG}, "99,700 characters too long"),
    "a fourth plan": (_plans(4), "Three plans are enough until next time."),
    "a day without a plan": (_day("plans__0__by_on", "27"), "Write what you plan, or empty its day."),
    "a plan behind us": ({**_plans(1), **_day("plans__0__by_on", "22")}, "The day of a plan lies behind us."),
    "a plan far ahead": (
        {**_plans(1), **_day("plans__0__by_on", "22", "11", "2028")},
        "That is more than a year ahead.",
    ),
    "a goal nobody has": ({**_plans(1), "plans__0__goal": "no goal"}, "Choose one of these."),
    "somebody nobody is": ({**_plans(1), "plans__0__who": "a stranger"}, "Choose one of these."),
    "no weather": ({"weather": "9"}, "Choose one of these."),
    "no kind": ({"kind": "séance"}, "Choose one of these."),
    "a step nobody has": ({"steps": "0"}, "Choose from these."),
    "negative minutes": ({"minutes": "other", "other_minutes": "-5"}, "Write a whole number from 1 to 480."),
    "words nobody wants written": ({"return_to_use": "I drank."}, "This is only kept where the person wants it."),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_gets_its_sentence_and_nothing_typed_is_lost(reader, cast, session, name):
    fields, sentence = WRONG[name]
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    before = everything(session)
    typed = {**TYPED, **fields}
    page = dana.sends(status=422, how="call", **typed)
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert everything(session) == before
    for part in TYPED:
        found = page.soup.find(id=part)
        assert (found.get("value") or found.get_text().removeprefix("\n")).strip() == typed[part]
    for part, value in fields.items():
        if part.startswith("plans__") and part.endswith("what"):
            assert page.soup.find(attrs={"name": part.replace("__", "-")})["value"] == value
    assert (
        page.soup.find("details", open=True)
        or name in {"a day to come", "a day long ago"}
        or not set(fields)
        & {
            "started",
            "ended",
            "kind",
        }
    )


def test_three_plans_are_kept_in_order_and_a_mistake_beside_them_keeps_all_of_them(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    page = dana.sends(status=422, **_plans(3))
    assert "Choose how you connected" in page.main
    dana.sends(how="call")
    rows = session.scalars(sa.select(CheckInPlan).order_by(CheckInPlan.position)).all()
    assert [row.what for row in rows] == [f"Plan number {place}" for place in range(3)]


def test_a_correction_of_100000_characters_stays_on_the_page(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call")
    entry = session.scalars(sa.select(CheckIn.id)).one()
    session.rollback()
    dana.opens(f"/check-ins/{entry}")
    page = dana.sends("corrections", status=422, text=LONG)
    assert "80,000 characters too long" in page.main
    assert page.soup.find(id="text").get_text().strip() == LONG
    assert session.scalars(sa.select(Correction)).all() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"when": "day", **_day("held_on", "24")}, "This day has not come yet."),
        ({"note": LONG}, "80,000 characters too long"),
        ({"outcome": "abducted"}, "Choose one of these."),
        (_day("again_on", "22"), "Next contact must be a date after today"),
    ],
)
def test_a_try_is_held_to_the_same(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    before = everything(session)
    page = dana.sends(status=422, **{"note": "Rang twice.", **fields})
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert everything(session) == before
    assert session.scalars(sa.select(Attempt)).all() == []


# ---- two at once


def test_two_who_change_the_same_record_both_keep_their_words(reader, cast, session):
    dana, ruth = reader("dana"), reader("ruth")
    for one in (dana, ruth):
        one.opens(f"/people/{cast.marcus}/edit")
    dana.sends(safe_note="Text first.")
    page = ruth.sends(status=409, safe_note="Ring in the evening.")
    assert "Somebody changed this while you were writing." in page.main
    assert "Text first." in page.main
    assert page.soup.find(id="safe_note").get_text().strip() == "Ring in the evening."
    page = ruth.sends(safe_note="Text first. Ring in the evening.")
    assert "Text first. Ring in the evening." in page.main


def test_two_who_log_at_the_same_moment_make_two_check_ins_and_one_plan(session, cast):
    def log(identity: Any) -> Any:
        return lambda its_own: service.log_checkin(
            its_own,
            identity,
            cast.marcus,
            channel=Channel.CALL,
            held_on=TODAY,
            next_on=TODAY + dt.timedelta(days=7),
            more=More(plans=[Planned("Ring Eastside", remind=True)]),
            now=MONDAY,
            today=TODAY,
        )

    assert at_once(session, log(cast.dana), log(cast.ruth)) == ["done", "done"]
    assert len(session.scalars(sa.select(CheckIn)).all()) == 2
    assert len(session.scalars(sa.select(Visit).where(Visit.closed_at.is_(None))).all()) == 1
    assert len(session.scalars(sa.select(CheckInPlan)).all()) == 2
