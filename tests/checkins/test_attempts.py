"""Tries: what is kept of one, what the ladder makes of it on the pages, and how an administrator sets the ladder."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.audit import AuditEntry
from coachdesk.checkins.models import Attempt
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients.models import Client
from coachdesk.organisation import outreach
from coachdesk.organisation.rules import DEFAULT_LADDER, Rung, RungAct
from coachdesk.visits.models import Visit
from tests.cast import TODAY

THURSDAY = {"again_on__day": "26", "again_on__month": "11", "again_on__year": "2026"}


def _new(cast: Any) -> str:
    return f"/people/{cast.marcus}/attempts/new"


def _agree(session: Any, cast: Any, **how: Any) -> None:
    session.execute(sa.update(Client).where(Client.id == cast.marcus).values(**how))
    session.commit()


def _card(page: Any) -> Any:
    return next(row for row in page.soup.select("ul.list > li") if "Marcus T." in row.get_text())


def test_three_taps_make_a_try_and_nothing_more_is_asked(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(_new(cast))
    assert not page.soup.find(id="tried_at").find_parent("details").has_attr("open")
    dana.sends()
    entry = session.scalars(sa.select(Attempt)).one()
    assert (entry.outcome, entry.channel, entry.used, entry.tried_at, entry.again_on) == (
        AttemptOutcome.NO_ANSWER,
        None,
        "",
        None,
        None,
    )


def test_every_field_of_a_try_is_kept_and_the_number_shown_by_its_end(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/visits/new")
    dana.sends(planned_on__day="23", planned_on__month="11", planned_on__year="2026")
    page = dana.opens(_new(cast))
    assert "Number ending 2030" in page.main
    assert "010 2030" not in page.main
    page = dana.sends(
        outcome="third_party", tried_by="call", used="phone", tried_at="9:10 am", note="A kind voice.", **THURSDAY
    )
    assert "Try again on Thursday 26 November." in page.main
    entry = session.scalars(sa.select(Attempt)).one()
    assert (entry.outcome, entry.channel, entry.used) == ("third_party", "call", "+1 555 010 2030")
    assert (entry.tried_at, entry.again_on) == (dt.time(9, 10), dt.date(2026, 11, 26))
    plan = session.scalars(sa.select(Visit)).one()
    assert (entry.visit_id, plan.closing) == (plan.id, "attempt")
    session.rollback()
    page = dana.opens(f"/people/{cast.marcus}/timeline")
    assert "Tried: Call" in page.main
    assert "Somebody else answered; nothing was said" in page.main
    assert "Number ending 2030" in page.main
    assert "010 2030" not in page.main


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"used": "email"}, "Choose one of these."),
        ({"used": "0100 555"}, "Choose one of these."),
        ({"tried_by": "pigeon"}, "Choose one of these."),
        ({"tried_at": "half past"}, "Write a time like 2:30 pm."),
        ({**THURSDAY, "again_on__day": "23"}, "Next contact must be a date after today"),
        ({**THURSDAY, "again_on__day": "31"}, "This must be a real day"),
        ({"note": "x" * 100_000}, "characters too long"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence_and_nothing_typed_is_lost(reader, cast, session, fields, sentence):
    dana = reader("dana")
    dana.opens(_new(cast))
    page = dana.sends(status=422, **{"note": "Rang twice.", **fields})
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert page.soup.find(id="note").get_text().strip() == fields.get("note", "Rang twice.")
    assert page.soup.find(id="tried_at").find_parent("details").has_attr("open") == ("note" not in fields)
    assert session.scalars(sa.select(Attempt)).all() == []


def test_a_number_that_is_not_agreed_is_not_offered(reader, cast, session):
    _agree(session, cast, may_call=False, may_text=False, may_email=True, email="m@mail.example")
    page = reader("dana").opens(_new(cast))
    assert "Number ending" not in page.main
    assert "E-mail m…@mail.example" in page.main
    assert "No message was agreed" in page.main


def _try(reader: Any, cast: Any, **fields: Any) -> Any:
    dana = reader("dana")
    dana.opens(_new(cast))
    dana.sends(**fields)
    return dana


def test_the_card_offers_only_the_ladders_way(reader, cast, session, clock):
    _agree(session, cast, may_voicemail=True)
    _try(reader, cast, tried_by="call")
    clock.move(days=1)
    card = _card(reader("dana").opens("/today"))
    assert "Tried once. Next: a text on Tuesday 24 November." in " ".join(card.get_text(" ").split())
    assert card.select("a[href^=sms]")
    assert not card.select("a[href^=tel]")


def test_what_was_ruled_out_is_never_offered(reader, cast, session, clock):
    _agree(session, cast, may_call=False)
    clock.move(days=3)
    card = _card(reader("dana").opens("/today"))
    assert card.select("a[href^=sms]")
    assert not card.select("a[href^=tel]")
    _try(reader, cast, tried_by="text")
    clock.move(days=1)
    card = _card(reader("dana").opens("/today"))
    assert "Calls are ruled out." in card.get_text()
    assert card.select("a[href^=sms]")
    assert not card.select("a[href^=tel]")


def test_where_only_writing_is_agreed_the_card_offers_that(reader, cast, session, clock):
    _agree(session, cast, may_call=False, may_text=False, may_email=True, email="m@mail.example")
    _try(reader, cast)
    clock.move(days=1)
    card = _card(reader("dana").opens("/today"))
    assert [a["href"] for a in card.select("a[href^=mailto], a[href^=tel], a[href^=sms]")] == ["mailto:m@mail.example"]


def test_a_contact_ends_the_ladder(reader, cast, clock):
    dana = _try(reader, cast)
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    dana.sends(how="call")
    clock.move(days=5)
    assert "Tried once" not in reader("dana").opens("/today").main


# ---- the administrator sets it


def test_the_ladder_is_set_and_counts_at_once(reader, cast, session, clock):
    admin = reader("admin")
    page = admin.opens(admin.opens("/admin/settings").link("the outreach ladder"))
    assert [row["value"] for row in page.soup.select("input[name$=-day]")] == ["0", "1", "7", "14", "21", "30"]
    page = admin.sends(rungs__1__day="3", rungs__2__day="", rungs__5__act="try")
    assert "The ladder is saved." in page.main
    assert [row["value"] for row in page.soup.select("input[name$=-day]")] == ["0", "3", "14", "21", "30"]
    kept = outreach.find_ladder(session)
    assert kept[1] == Rung(3, RungAct.TRY)
    assert kept[-1].act is RungAct.TRY
    event = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "settings:changed")).one()
    assert "ladder" in str(event.details)
    session.rollback()
    dana = reader("dana")
    dana.opens(_new(cast))
    assert "Try again on Thursday 26 November." in dana.sends().main


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"rungs__1__day": "7", "rungs__2__day": "3"}, "Each step comes on a later day than the one before."),
        ({f"rungs__{n}__day": "" for n in range(1, 6)}, "Write at least two steps"),
        ({"rungs__5__day": "91"}, "Write a whole number from 0 to 90."),
        ({"rungs__5__day": "soon"}, "Write a whole number from 0 to 90."),
        ({"rungs__0__act": "decide"}, "Deciding how to go on is the last step."),
        ({"rungs__0__act": "shout"}, "Choose one of these."),
    ],
)
def test_a_ladder_that_cannot_be_climbed_has_its_sentence_and_stays_typed(reader, session, fields, sentence):
    admin = reader("admin")
    admin.opens("/admin/settings/ladder")
    page = admin.sends(status=422, **fields)
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    for name, value in fields.items():
        if name.endswith("day"):
            assert page.soup.find(attrs={"name": name.replace("__", "-")})["value"] == value
    assert outreach.find_ladder(session) == DEFAULT_LADDER
    session.rollback()


def test_rows_are_added_and_two_administrators_do_not_undo_each_other(reader, session):
    admin = reader("admin")
    admin.opens("/admin/settings/ladder")
    page = admin.sends(more__rungs="1")
    assert len(page.soup.select("input[name$=-day]")) == 7
    earlier = admin.opens("/admin/settings/ladder")
    admin.opens("/admin/settings/ladder")
    admin.sends(rungs__1__day="2")
    admin.page = earlier
    page = admin.sends(status=409, rungs__1__day="3")
    assert "Somebody changed this while you were writing." in page.main
    assert outreach.find_ladder(session)[1].day == 2
    session.rollback()


def test_the_day_chosen_is_the_day_it_stands_on_today(reader, cast, clock):
    _try(reader, cast, **THURSDAY)
    clock.set(dt.datetime.combine(TODAY + dt.timedelta(days=3), dt.time(15), tzinfo=dt.UTC))
    card = _card(reader("dana").opens("/today"))
    assert "Next: a call on Thursday 26 November." in " ".join(card.get_text(" ").split())
