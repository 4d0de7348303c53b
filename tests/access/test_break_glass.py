"""A supervisor outside the team opens one record for an hour: with a reason, before all eyes, and reviewed."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM, BreakGlass, GlassOutcome, GlassReason, visible
from coachdesk.access.kinds import GLASS_MINUTES
from coachdesk.accounts.models import User
from coachdesk.audit import AuditEntry, Event
from coachdesk.clients import breaking, glass_reviews
from coachdesk.clients import service as clients
from coachdesk.clients.models import Client
from coachdesk.db import keys
from coachdesk.notify import Channel, Delivery
from coachdesk.scheduler import close
from coachdesk.words import NotFound, Refused
from tests.access.helpers import FORM, WORDS, at, break_glass, events
from tests.cast import MONDAY, TODAY
from tests.lived import live

MINUTE = dt.timedelta(minutes=1)


def _sees(session, identity):
    return sorted(session.scalars(visible(identity, Client).with_only_columns(Client.first_name)))


@pytest.mark.asvs("8.2.2")
@pytest.mark.asvs("8.3.2")
def test_the_hour_is_kept_by_the_clock_in_the_rule_itself(session, cast):
    look = break_glass(session, cast)
    assert look.ends_at - look.opened_at == dt.timedelta(minutes=GLASS_MINUTES)
    for moment, is_seen in (
        (MONDAY - MINUTE, False),
        (MONDAY, True),
        (look.ends_at - MINUTE, True),
        (look.ends_at, False),
        (look.ends_at + dt.timedelta(days=1), False),
    ):
        assert ("Hana" in _sees(session, at(cast.ruth, moment))) is is_seen, moment
    assert "Hana" not in _sees(session, cast.ruth), "an identity that does not say when it asks gets nothing"
    assert "Hana" not in _sees(session, at(cast.dana))
    assert "Marcus" not in _sees(session, at(cast.omar))


def test_whoever_is_no_supervisor_any_more_has_nothing_open(reader, cast, session):
    break_glass(session, cast)
    ruth = reader("ruth")
    ruth.opens(f"/people/{cast.hana}")
    session.execute(sa.update(User).where(User.id == cast.ruth.id).values(role_name="coach"))
    session.commit()
    ruth.opens(f"/people/{cast.hana}", status=404)


def test_it_is_closed_by_hand_by_whoever_opened_it_alone(session, cast):
    look = break_glass(session, cast)
    for name in ("omar", "dana", "admin"):
        with pytest.raises(NotFound):
            breaking.close_record(session, at(cast.staff[name]), look.id, now=MONDAY)
    breaking.close_record(session, at(cast.ruth), look.id, now=MONDAY + MINUTE)
    session.commit()
    assert "Hana" not in _sees(session, at(cast.ruth, MONDAY + 2 * MINUTE))
    with pytest.raises(NotFound):
        breaking.close_record(session, at(cast.ruth), look.id, now=MONDAY + MINUTE)


def test_the_scheduler_writes_down_that_the_hour_is_over(app, session, cast, clock):
    look = break_glass(session, cast)
    clock.move(minutes=30)
    close(app)
    assert session.get(BreakGlass, look.id).closed_at is None
    clock.move(minutes=45)
    close(app)
    close(app)
    assert session.get(BreakGlass, look.id).closed_at == look.ends_at
    (row,) = events(session, cast.hana, Event.GLASS_CLOSED)
    assert (row.actor_id, row.at) == (SYSTEM.id, clock.now())


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("Nobody", "Here", "Nobody here has just this name. Write it as it stands in the record."),
        ("Hana", "", "Nobody here has just this name. Write it as it stands in the record."),
        ("Han", "Vale", "Nobody here has just this name. Write it as it stands in the record."),
        ("%", "Vale", "Nobody here has just this name. Write it as it stands in the record."),
        ("Marcus", "Tell", "You see this person already. Find them under People."),
    ],
)
def test_a_name_that_fits_nobody_or_somebody_seen_gets_a_plain_sentence(session, cast, first, last, sentence):
    with pytest.raises(Refused) as refusal:
        break_glass(session, cast, person=first, last=last)
    assert str(refusal.value) == sentence
    assert session.scalar(sa.select(sa.func.count()).select_from(BreakGlass)) == 0


def test_the_name_is_folded_and_namesakes_are_told_apart_by_their_coach(session, cast):
    session.execute(
        sa.update(Client)
        .where(Client.id == cast.lena)
        .values(first_name="Hána", last_name="VALE", shown_sort="hana vale")
    )
    session.commit()
    with pytest.raises(Refused, match="More than one person"):
        breaking.open_record(
            session,
            at(cast.omar),
            first_name="hana",
            last_name="vale",
            reason=GlassReason.OTHER,
            words=WORDS,
            now=MONDAY,
        )
    assert [row.id for row in breaking.find_by_name(session, cast.omar, "hana", "vale", "DANA")] == [cast.lena]
    assert [row.id for row in breaking.find_by_name(session, cast.omar, "HANA", "vale", "chris bell")] == [cast.hana]
    assert breaking.find_by_name(session, cast.omar, "Hana", "Vale", "Imani") == []


def test_namesakes_with_the_same_coach_are_told_apart_by_their_number(reader, session, cast):
    values = {"first_name": "Hana", "last_name": "Vale", "shown_sort": "hana vale"}
    for name, digits in (("marcus", "2030"), ("lena", "4477")):
        changed = {**values, "phone_digest": keys().digest(digits)}
        session.execute(sa.update(Client).where(Client.id == cast.people[name]).values(changed))
    session.commit()
    omar = reader("omar")
    omar.opens("/break-glass")
    for typed, field, sentence in (
        ({}, "coach", "More than one person has this name. Write the name of their coach too."),
        ({"coach": "Imani"}, "coach", "Nobody of this name walks with a coach of that name."),
        ({"coach": "Dana"}, "digits", "Write the last four digits of their number too."),
        ({"coach": "Dana", "digits": "0000"}, "digits", "Nobody of this name has a number that ends so."),
        ({"coach": "Dana", "digits": "7"}, "digits", "Nobody of this name has a number that ends so."),
    ):
        page = omar.sends(status=422, **{**FORM, "coach": "", "digits": "", **typed})
        assert sentence in page.soup.find(id=f"{field}-error").get_text(), typed
    assert omar.sends(coach="Dana", digits="4477").url == f"/people/{cast.lena}"


@pytest.mark.parametrize("words", ["-", "urgent", "She called."])
def test_why_needs_a_sentence(reader, session, cast, words):
    omar = reader("omar")
    omar.opens("/break-glass")
    page = omar.sends(status=422, **{**FORM, "words": words})
    assert "Write in a sentence what has happened." in page.soup.find(id="words-error").get_text()
    assert session.scalar(sa.select(sa.func.count()).select_from(BreakGlass)) == 0


def test_only_a_supervisor_opens_one(session, cast):
    for name in ("dana", "admin"):
        with pytest.raises(NotFound):
            break_glass(session, cast, name)


def test_the_persons_supervisors_and_all_administrators_hear_of_it_at_once(session, cast):
    look = break_glass(session, cast)
    told = session.scalars(sa.select(Delivery).where(Delivery.topic == "break_glass")).all()
    assert {(row.recipient_id, row.channel) for row in told} == {
        (cast.omar.id, Channel.IN_APP),
        (cast.omar.id, Channel.EMAIL),
        (cast.admin.id, Channel.EMAIL),  # administrators have no list of notices
    }
    for row in told:
        if row.channel is Channel.EMAIL:
            assert "Hana" not in f"{row.subject} {row.body} {row.path}"
            assert row.text == ""
        else:
            assert row.text == "Ruth Mbeki opened Hana V.’s record for one hour, from outside your team."
            assert row.client_id == cast.hana
    (row,) = events(session, cast.hana, Event.GLASS_BROKEN)
    assert (row.actor_id, row.subject_id, row.details) == (cast.ruth.id, look.id, {"reason": "safety_now"})


def test_a_supervisor_who_may_not_see_the_person_is_not_told(session, cast):
    from tests.access.helpers import restrict

    restrict(session, cast, "omar", "hana")
    break_glass(session, cast)
    assert set(session.scalars(sa.select(Delivery.recipient_id))) == {cast.admin.id}


def test_from_the_form_to_the_record_with_a_banner_until_it_is_closed(reader, cast, session, clock):
    ruth = reader("ruth")
    ruth.opens("/more")
    ruth.opens(ruth.page.link("Open a record in an emergency"))
    page = ruth.sends(status=422)
    for sentence in ("Write the person’s first name.", "Choose why.", "Write in a sentence what has happened."):
        assert sentence in page.main
    page = ruth.sends(**FORM)
    assert page.url == f"/people/{cast.hana}"
    assert "You opened Hana V.’s record at 9:45 am. It closes at 10:45 am." in page.main
    assert "Hana V." in page.main
    clock.move(minutes=10)
    for path in ("/team", "/today", "/people", "/break-glass"):
        assert "You opened Hana V.’s record" in ruth.opens(path).main
    clock.move(minutes=10)
    page = ruth.presses("Close now")
    assert "The record is closed." in page.main
    ruth.opens(f"/people/{cast.hana}", status=404)
    assert "You opened" not in ruth.opens("/team").main
    read = [row.details for row in events(session, cast.hana, Event.RECORD_READ)]
    assert read
    assert all(row.get("glass") is True for row in read)
    assert [row.event for row in events(session, cast.hana) if row.event.startswith("glass")] == [
        "glass:broken",
        "glass:closed",
    ]


def test_by_itself_it_is_over_after_an_hour(reader, cast, session, clock):
    ruth = reader("ruth")
    ruth.opens("/break-glass")
    ruth.sends(**FORM)
    for _ten in range(5):
        clock.move(minutes=10)
        ruth.opens(f"/people/{cast.hana}/timeline")
    clock.move(minutes=10)
    assert "Hana" not in ruth.opens(f"/people/{cast.hana}", status=404).text
    assert "Hana" not in ruth.opens("/team").text


def test_each_search_is_written_down_found_or_not(reader, cast, session):
    ruth = reader("ruth")
    ruth.opens("/break-glass")
    for first in ("Nobody", "Marcus", "Hana"):
        ruth.sends("break-glass", status=422 if first != "Hana" else 200, **{**FORM, "first_name": first})
    session.rollback()
    found = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == Event.PEOPLE_SEARCHED)).all()
    assert [row.details["list"] for row in found] == ["break-glass"] * 3
    assert "Nobody" not in str([row.details for row in found])


def test_a_list_that_shows_several_names_apart_what_was_read_in_an_emergency(reader, cast, session):
    break_glass(session, cast)
    reader("ruth").opens("/people")
    session.rollback()
    rows = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == Event.PEOPLE_LISTED)).all()
    assert sorted(row.details.get("glass", False) for row in rows) == [False, True]
    assert len(events(session, cast.hana, Event.PEOPLE_LISTED)) == 1
    (row,) = events(session, cast.marcus, Event.PEOPLE_LISTED)
    assert "glass" not in row.details


def test_what_is_open_counts_in_no_number_of_the_teams(reader, cast, session):
    live(session, cast)
    break_glass(session, cast, "omar", "marcus", last="Tell")
    omar = reader("omar")
    page = omar.opens("/team")
    assert "1 coach" in page.main or "1 person" in page.main
    assert "worried" not in page.main.replace("You opened", "")
    assert [tag.get_text() for tag in page.soup.select(".rail .count")] == []
    assert "Nothing is waiting" in omar.opens("/team/reviews").main
    assert "Sleeping better." in omar.opens(f"/people/{cast.marcus}/timeline").main


def test_the_same_form_sent_twice_opens_one(reader, cast, session):
    ruth = reader("ruth")
    form = ruth.opens("/break-glass")
    ruth.sends(**FORM)
    ruth.page = form
    ruth.sends(**FORM)
    assert session.scalar(sa.select(sa.func.count()).select_from(BreakGlass)) == 1


@pytest.mark.asvs("2.4.1")
def test_nobody_walks_through_all_records(session, cast):
    names = ("Ada", "Ben", "Cem", "Dot")
    for first in names:
        clients.add_person(
            session,
            cast.chris,
            coach_id=cast.chris.id,
            first_name=first,
            last_name="Reed",
            rhythm_days=7,
            now=MONDAY,
            today=TODAY,
        )
    session.commit()
    looks = [break_glass(session, cast, person=first, last="Reed") for first in names[:3]]
    breaking.close_record(session, at(cast.ruth), looks[0].id, now=MONDAY)
    session.commit()
    for moment in (MONDAY, MONDAY + 59 * MINUTE):
        with pytest.raises(Refused, match="three records within the last hour"):
            break_glass(session, cast, person="Dot", last="Reed", now=moment)
    assert break_glass(session, cast, person="Dot", last="Reed", now=MONDAY + 60 * MINUTE)


# ---- the review ----------------------------------------------------------------------------------------------------


def test_an_administrator_reviews_it_and_sees_why(reader, cast, session, clock):
    look = break_glass(session, cast)
    admin = reader("admin")
    page = admin.opens("/admin/people")
    assert "1 record was opened in an emergency and waits for your review." in page.main
    page = admin.opens(page.link("Review"))
    assert "Hana Vale" in page.main
    assert "Wed 25 Nov" in page.main, "two working days after Monday"
    assert "Open now" in page.main
    page = admin.opens(f"/admin/break-glass/{look.id}")
    for words in (
        "Ruth Mbeki",
        "Hana Vale",
        "Somebody’s safety, now",
        WORDS,
        "Monday 23 November, 9:45 am",
        "Closes 10:45 am",
    ):
        assert words in page.main
    page = admin.sends(status=422)
    assert "Choose what you found." in page.main
    page = admin.sends(outcome="talk", words="Ask Omar first next time.")
    assert "Thank you. Your review is kept." in page.main
    assert "Nothing waits" in page.main
    page = admin.opens(f"/admin/break-glass/{look.id}")
    assert "We need to talk about it" in page.main
    assert "Ask Omar first next time." in page.main
    admin.posts(f"/admin/break-glass/{look.id}", status=422, outcome="justified", words="Again.", form_key=uuid.uuid4())
    (row,) = events(session, cast.hana, Event.GLASS_REVIEWED)
    assert (row.actor_id, row.details) == (cast.admin.id, {"outcome": "talk"})


@pytest.mark.parametrize(("days", "words"), [(2, "Wed 25 Nov"), (3, "Over: Wed 25 Nov")])
def test_over_due_ones_are_marked(reader, cast, session, clock, days, words):
    break_glass(session, cast)
    clock.move(days=days)
    assert words in reader("admin").opens("/admin/break-glass").main


@pytest.mark.asvs("2.3.1")
def test_nobody_reviews_their_own_nor_twice(session, cast):
    look = break_glass(session, cast)
    session.execute(sa.update(User).where(User.id == cast.ruth.id).values(role_name="administrator"))
    session.commit()
    from dataclasses import replace

    from coachdesk.access import Role

    ruth = replace(cast.ruth, role=Role.ADMINISTRATOR)
    with pytest.raises(Refused, match="opened this one yourself"):
        glass_reviews.review_look(session, ruth, look.id, outcome=GlassOutcome.JUSTIFIED, words="Mine.", now=MONDAY)
    glass_reviews.review_look(session, cast.admin, look.id, outcome=GlassOutcome.JUSTIFIED, words="Yes.", now=MONDAY)
    with pytest.raises(Refused, match="already"):
        glass_reviews.review_look(session, cast.admin, look.id, outcome=GlassOutcome.TALK, words="No.", now=MONDAY)
    for name in ("ruth", "dana"):
        with pytest.raises(NotFound):
            glass_reviews.find_look(session, cast.staff[name], look.id)
    with pytest.raises(NotFound):
        glass_reviews.find_look(session, cast.admin, uuid.uuid4())


def test_the_page_of_ones_own_look_offers_no_review(reader, cast, session):
    look = break_glass(session, cast)
    session.execute(sa.update(User).where(User.id == cast.ruth.id).values(role_name="administrator"))
    session.commit()
    page = reader("ruth").opens(f"/admin/break-glass/{look.id}")
    assert "Another administrator looks at it." in page.main
    assert not page.soup.select("main form")


def test_reading_why_is_written_down_as_what_it_is(reader, cast, session):
    look = break_glass(session, cast)
    admin = reader("admin")
    admin.opens(f"/admin/break-glass/{look.id}")
    admin.opens(f"/admin/people/{cast.hana}")
    read = [row for row in events(session, cast.hana) if row.actor_id == cast.admin.id]
    assert [(row.event, row.subject_id) for row in read] == [("glass:read", look.id), ("rights:read", None)]
    page = reader("hana").opens("/my-goals/who-looked")
    assert "read why your record was opened in an emergency" in page.main
    assert "read who may see your record, and why" in page.main
