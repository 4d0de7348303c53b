"""Crisis lines: added, changed, rung, ended; and the one that must never stand among them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.notify import Channel, Delivery
from coachdesk.organisation import lines
from coachdesk.organisation import service as organisation
from coachdesk.organisation.models import CrisisLine
from coachdesk.safety.lines import RING, ask_to_ring
from coachdesk.words import NotFound, Refused, Stale
from tests.cast import MONDAY, TODAY
from tests.goals.helpers import MEGABYTE

LIFELINE = "Suicide and Crisis Lifeline"


def line_of(session, number, kind="call"):
    session.rollback()
    return session.scalar(
        sa.select(CrisisLine)
        .where(CrisisLine.number == number, CrisisLine.kind == kind)
        .execution_options(populate_existing=True)
    )


def numbers(session):
    session.rollback()
    return [line.number for line in organisation.list_crisis_lines(session)]


def test_a_line_is_added_rung_and_offered(reader, session):
    admin = reader("admin")
    admin.opens("/admin/settings")
    admin.opens(admin.page.link("Add a line"))
    page = admin.sends(label="Warm line", number="555 0188", kind="call")
    assert "Warm line is added. Ring it once before you trust it." in page.main
    assert "Nobody has checked it yet. It has stood here since 23 November." in page.main
    page = admin.presses("I rang it today", within="Warm line")
    assert "Warm line counts as checked from today." in page.main
    assert "Checked on 23 November by Admin Lund." in page.main
    made = line_of(session, "555 0188")
    assert (made.country, made.verified_on) == ("US", TODAY)
    page = reader("dana").opens(f"/people/{reader('dana').cast.marcus}/concerns/new")
    assert page.link("Call 555 0188") == "tel:5550188"


def test_another_number_has_to_be_rung_again_and_another_name_has_not(reader, session, cast):
    line = line_of(session, "988")
    lines.verify_line(session, cast.admin, line.id, now=MONDAY)
    session.commit()
    admin = reader("admin")
    admin.opens(f"/admin/lines/{line.id}")
    admin.sends(label="Lifeline")
    assert line_of(session, "988").verified_on == TODAY
    admin.opens(f"/admin/lines/{line.id}")
    admin.sends(number="555 0199")
    changed = line_of(session, "555 0199")
    assert (changed.id, changed.label, changed.verified_on, changed.verified_by) == (line.id, "Lifeline", None, None)


def test_a_line_that_ends_leaves_every_page_and_is_kept(reader, session):
    line = line_of(session, "988", "text")
    admin = reader("admin")
    admin.opens(f"/admin/lines/{line.id}")
    assert f"{LIFELINE} is no longer offered." in admin.presses("End this line").main
    assert numbers(session) == ["911", "988"]
    assert line_of(session, "988", "text").ended_at == MONDAY
    assert "sms:988" not in reader("marcus").opens("/my-goals").text
    admin.opens(f"/admin/lines/{line.id}", status=404)


def test_the_last_number_to_call_stays(reader, session, cast):
    admin = reader("admin")
    for number in ("988", "911"):
        line = line_of(session, number)
        admin.opens(f"/admin/lines/{line.id}")
        admin.presses("End this line")
    assert "Keep at least one line that people can call." in admin.page.main
    admin.opens(f"/admin/lines/{line_of(session, '911').id}")
    assert "Keep at least one line" in admin.sends(kind="text", status=422).main
    assert numbers(session) == ["911", "988"]


@pytest.mark.parametrize("number", ["1933", "+91-1933", "19 33"])
def test_the_line_for_reporting_drug_crime_is_refused_and_the_sentence_says_why(reader, session, number):
    admin = reader("admin")
    admin.opens("/admin/lines/new")
    page = admin.sends(status=422, label="MANAS", number=number, kind="call")
    assert "1933 is a line for reporting drug crime, run by the Narcotics Control Bureau." in page.main
    assert page.soup.select_one("[name=label]")["value"] == "MANAS"
    admin.opens(f"/admin/lines/{line_of(session, '988').id}")
    assert "1933 is a line" in admin.sends(status=422, number=number).main
    assert numbers(session) == ["911", "988", "988"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": ""}, "Write the number."),
        ({"number": "ring me"}, "Write a number that can be rung as it stands"),
        ({"number": "9" * 41}, "1 characters too long"),
        ({"number": "12"}, "Write a number that can be rung as it stands"),
        ({"number": "988\r\nBcc"}, "Write a number that can be rung as it stands"),
        ({"label": MEGABYTE}, "characters too long"),
        ({"kind": None}, "Choose how people reach it."),
        ({"kind": "shout"}, "Choose one of these."),
    ],
)
def test_what_is_no_line_has_its_sentence(reader, session, fields, sentence):
    admin = reader("admin")
    admin.opens("/admin/lines/new")
    typed = {"label": "Warm line", "number": "555 0188", "kind": "call", **fields}
    assert sentence in admin.sends(status=422, **typed).main
    assert len(numbers(session)) == 3


def test_an_older_page_of_a_line_writes_nothing(reader, session):
    line = line_of(session, "988")
    one, two = reader("admin"), reader("admin")
    one.opens(f"/admin/lines/{line.id}")
    two.opens(f"/admin/lines/{line.id}")
    one.sends(label="Written first")
    page = two.sends(status=409, label="Written second")
    assert "Written first" in page.soup.select_one(".error-summary + .well").get_text()
    assert line_of(session, "988").label == "Written first"
    two.sends()
    assert line_of(session, "988").label == "Written second"


def test_a_country_keeps_its_own_lines_when_the_organisation_moves_away_and_back(reader, session, cast):
    admin = reader("admin")
    admin.opens("/admin/settings")
    admin.sends(country="IN")
    assert numbers(session) == ["112", "14416", "14446", "1098", "181"]
    admin.opens("/admin/settings")
    admin.sends(country="US")
    assert numbers(session) == ["911", "988", "988"]
    assert len(session.scalars(sa.select(CrisisLine)).all()) == 8


def test_nobody_but_an_administrator_touches_a_line(reader, session, cast):
    line = line_of(session, "988")
    for name in ("dana", "ruth", "marcus"):
        someone = reader(name)
        someone.opens("/account")
        someone.opens(f"/admin/lines/{line.id}", status=404)
        someone.posts(f"/admin/lines/{line.id}/ending", status=404)
        someone.posts(f"/admin/lines/{line.id}/verification", status=404)
    for identity in (cast.dana, cast.ruth):
        with pytest.raises(NotFound):
            lines.end_line(session, identity, line.id, now=MONDAY)
    assert line_of(session, "988").ended_at is None


def test_no_more_than_twenty_lines_are_offered(session, cast):
    typed: dict[str, Any] = {"label": "", "kind": "call", "is_emergency": False, "now": MONDAY}
    for n in range(17):
        lines.add_line(session, cast.admin, number=f"555 01{n:02d}", **typed)
    with pytest.raises(Refused) as refusal:
        lines.add_line(session, cast.admin, number="555 0200", **typed)
    assert refusal.value.at == "number"
    line = organisation.list_crisis_lines(session)[-1]
    assert line.label == "555 0116"
    changed = {**typed, "label": "x", "number": "555 0300"}
    with pytest.raises(Stale):
        lines.change_line(session, cast.admin, line.id, version=7, **changed)


# ---- asking to ring again -----------------------------------------------------------------------------------------


def asked(session, on):
    at = MONDAY + dt.timedelta(days=on)
    new = ask_to_ring(session, now=at)
    session.commit()
    return new


def test_lines_nobody_rang_for_half_a_year_are_asked_for_once_a_period(session, cast):
    assert asked(session, 179) == 0
    assert asked(session, 180) == 2
    assert asked(session, 180) == asked(session, 359) == 0
    assert asked(session, 360) == 2
    rows = session.scalars(sa.select(Delivery)).all()
    assert {row.recipient_id for row in rows} == {cast.admin.id}
    mails = [row for row in rows if row.channel is Channel.EMAIL]
    assert {(row.text, row.path) for row in mails} == {("", "/admin/settings")}
    assert {row.text for row in rows if row.channel is Channel.IN_APP} == {RING}


def test_nobody_is_woken_to_ring_a_line(session, cast):
    night = (180 * 24 - 9) / 24  # a quarter to one where they are
    assert asked(session, night) == 0
    assert asked(session, 180) == 2


def test_a_line_that_was_rung_is_not_asked_for(session, cast):
    for line in organisation.list_crisis_lines(session):
        lines.verify_line(session, cast.admin, line.id, now=MONDAY + dt.timedelta(days=100))
    session.commit()
    assert asked(session, 279) == 0
    assert asked(session, 280) == 2


def test_the_rail_and_the_page_say_how_many_to_ring_again(reader, session, clock):
    clock.move(days=180)
    admin = reader("admin")
    page = admin.opens("/admin/settings")
    assert page.main.count("Ring it again") == 2
    assert "Look it up again" in page.main
    link = next(a for a in page.soup.select("nav a") if "Settings" in a.get_text(" "))
    assert "3 waiting" in " ".join(link.get_text(" ").split())
    assert admin.presses("I rang it today", within="988").main.count("Ring it again") == 1
