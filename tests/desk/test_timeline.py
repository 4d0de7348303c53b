from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.access import Earlier, HandOver
from coachdesk.clients import episodes
from coachdesk.clients.models import Milestone
from coachdesk.clients.rules import Ending
from coachdesk.desk import timeline
from coachdesk.desk.givens import KINDS, Asked, Place, read_asked, read_place
from coachdesk.goals.models import Step
from coachdesk.visits import coming
from coachdesk.visits import service as visits
from coachdesk.visits.rules import Channel, Side, Then
from tests.access.helpers import at, break_glass, hand_over
from tests.cast import MONDAY, TODAY
from tests.lived import live

DAY = dt.timedelta(days=1)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def lived(session, cast):
    live(session, cast)
    row = {"client_id": cast.marcus, "made_at": MONDAY, "made_by": cast.dana.id, "version": 1}
    for days, words in ((-30, "Ninety days"), (30, "Half a year")):
        session.add(
            Milestone(marked_on=TODAY + dt.timedelta(days=days), words=words, celebrate="", in_portal=False, **row)
        )
    session.commit()


def _read(session, cast, asked=timeline.EVERYTHING, who=None, **more):
    line = {"name": "Marcus", "zone": CHICAGO, "today": TODAY, "most": 100, **more}
    return timeline.read_line(session, who or cast.dana, cast.marcus, asked, **line)


def _all(session, cast, asked=timeline.EVERYTHING, *, most):
    found, page = [], _read(session, cast, asked, most=most)
    pages = [page]
    while page.older:
        page = _read(session, cast, asked, most=most, before=page.older)
        pages.append(page)
    for one in pages:
        found += one.entries
    return found, pages


def test_everything_that_happened_stands_in_one_line_latest_first(session, cast, lived):
    page = _read(session, cast)
    days = [entry.on for entry in page.entries]
    assert days == sorted(days, reverse=True)
    assert page.total == len(page.entries) > 8
    titles = {str(entry.title) for entry in page.entries} | {str(entry.label) for entry in page.entries}
    assert {"Coaching began", "Goal set", "Referral", "Worry about safety", "Ninety days"} <= titles
    assert "Half a year" not in titles
    assert page.newer is page.older is None


def test_a_rest_and_a_contact_called_off_are_read_with_their_days(reader, session, cast):
    visit = visits.plan_visit(
        session, cast.dana, cast.marcus, planned_on=TODAY + DAY, channel=Channel.CALL, now=MONDAY, today=TODAY
    )
    coming.call_off(session, cast.dana, cast.marcus, visit.id, off_by=Side.PERSON, now=MONDAY, today=TODAY)
    episodes.pause(session, cast.dana, cast.marcus, until_on=dt.date(2026, 12, 13), now=MONDAY, today=TODAY)
    session.commit()
    dana = reader("dana")
    assert "13 Dec" in dana.opens(f"/people/{cast.marcus}").main
    assert "24 Nov" in dana.opens(f"/people/{cast.marcus}/timeline").main


def test_a_contact_that_was_dropped_is_called_off_and_names_nobody(reader, session, cast):
    visits.plan_visit(
        session, cast.dana, cast.marcus, planned_on=TODAY + DAY, channel=Channel.CALL, now=MONDAY, today=TODAY
    )
    session.commit()
    dana, marcus = reader("dana"), reader("marcus")
    dana.opens(f"/people/{cast.marcus}")
    dana.presses("Call it off")
    page = dana.opens(f"/people/{cast.marcus}/timeline")
    assert "Planned contact · Dana Osei Called off It was planned for Tuesday 24 November." in page.main
    assert "could not make it" not in page.main
    seen = marcus.opens("/my-goals").main
    assert "Called off: Tuesday 24 November." in seen
    assert "cannot make it on" not in seen


@pytest.mark.parametrize("side", Side)
def test_who_could_not_make_it_is_named_where_somebody_said_so(reader, session, cast, side):
    visit = visits.plan_visit(
        session, cast.dana, cast.marcus, planned_on=TODAY + DAY, channel=Channel.CALL, now=MONDAY, today=TODAY
    )
    said = {"off_by": side, "then": Then.NOTHING}
    coming.call_off(session, cast.dana, cast.marcus, visit.id, **said, now=MONDAY, today=TODAY)
    session.commit()
    page = reader("dana").opens(f"/people/{cast.marcus}/timeline")
    assert "Planned contact" in page.main
    assert {Side.COACH: "The coach", Side.PERSON: "Marcus"}[side] in page.main.split(" could not make it")[0]


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_pages_give_each_entry_once_and_in_the_same_order(session, cast, lived, most):
    whole = _read(session, cast).entries
    found, pages = _all(session, cast, most=most)
    assert found == whole
    assert pages[0].total == len(whole)
    assert [page.total for page in pages[1:]] == [None] * (len(pages) - 1)
    back = pages[-1]
    while back.newer:
        back = _read(session, cast, most=most, after=back.newer)
    assert back.entries == pages[0].entries


def test_what_is_written_meanwhile_moves_no_page(session, cast, lived):
    first = _read(session, cast, most=3)
    second = _read(session, cast, most=3, before=first.older)
    session.add(
        Milestone(client_id=cast.marcus, marked_on=TODAY, words="A new day", celebrate="", in_portal=False, version=1,
                  made_at=MONDAY + dt.timedelta(hours=1), made_by=cast.dana.id)
    )  # fmt: skip
    session.commit()
    assert _read(session, cast, most=3, before=first.older).entries == second.entries


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_is_a_part_of_the_whole(session, cast, lived, kind):
    whole, part = _read(session, cast), _read(session, cast, Asked(frozenset([kind])))
    assert part.total == len(part.entries)
    if kind != "steps":  # one ticked within a check-in stands there already
        assert [entry for entry in whole.entries if entry in part.entries] == part.entries


def test_the_kinds_together_are_everything(session, cast, lived):
    assert _read(session, cast, Asked(frozenset(KINDS))).entries == _read(session, cast).entries


def test_by_whom_and_between_days(session, cast, lived):
    whole = _read(session, cast).entries
    writers = timeline.list_writers(session, cast.dana, cast.marcus, name="Marcus", zone=CHICAGO, today=TODAY)
    assert {name for _key, name in writers} == {entry.by for entry in whole if entry.by}
    for key, name in writers:
        assert _read(session, cast, Asked(by=key)).entries == [entry for entry in whole if entry.by == name]
    asked = Asked(frozenset(["check-ins", "attempts", "days"]), since=TODAY - dt.timedelta(days=40), until=TODAY)
    found = _read(session, cast, asked).entries
    assert found
    assert all(asked.since <= entry.on <= TODAY for entry in found)
    assert not _read(session, cast, Asked(until=dt.date(2000, 1, 1))).entries


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_a_step_stands_on_the_local_day_it_was_done(session, cast, lived, zone):
    moment = dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC)
    session.execute(sa.update(Step).values(done_at=moment, status="done"))
    session.commit()
    asked = Asked(frozenset(["steps"]))
    found = {entry.on for entry in _read(session, cast, asked, zone=ZoneInfo(zone)).entries}
    assert found == {moment.astimezone(ZoneInfo(zone)).date()}


def test_a_new_coach_reads_of_before_only_what_was_given_to_them(session, cast, lived):
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=MONDAY + dt.timedelta(hours=1))
    mine = _read(session, cast, who=cast.imani)
    assert not [entry for entry in mine.entries if entry.opens in ("checkins.show_checkin", "goals.show_review")]
    assert session.scalar(sa.select(sa.func.count()).select_from(HandOver)) == 1
    assert "Imani" in str(next(entry.title for entry in mine.entries if str(entry.label) == "Given to another coach"))


def test_a_record_opened_in_an_emergency_tells_nothing_of_how_coaching_goes_on(session, cast, lived):
    break_glass(session, cast, "omar", "marcus", last="Tell")
    found = _read(session, cast, who=at(cast.omar)).entries
    assert found
    assert not [entry for entry in found if str(entry.label) == "How coaching goes on"]


def test_coaching_went_on_stands_only_where_somebody_said_so(session, cast, lived):
    def rest(days):
        first, today = MONDAY + dt.timedelta(days=days), TODAY + dt.timedelta(days=days)
        until = today + dt.timedelta(days=20)
        episodes.pause(session, cast.dana, cast.marcus, until_on=until, now=first, today=today)
        return first + dt.timedelta(hours=1), today

    now, today = rest(0)
    episodes.resume(session, cast.dana, cast.marcus, now=now, today=today)
    now, today = rest(2)
    episodes.close(session, cast.dana, cast.marcus, ending=Ending.DIED, now=now, today=today)
    session.commit()
    entries = _read(session, cast, Asked(frozenset(["course"]))).entries
    titles = [str(entry.title) for entry in entries if entry.on >= TODAY]
    assert titles == ["Coaching came to its end", "A rest", "Coaching went on", "A rest"]


def test_nothing_of_private_supervision_stands_in_it(session, cast, lived, reader):
    assert "supervision" not in reader("dana").opens(f"/people/{cast.marcus}/timeline").main.lower()


def test_no_part_of_it_reads_a_table_through(session, cast, lived, database):
    if database != "sqlite":
        pytest.skip("SQLite says in words what it reads through")
    plans: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if "page" in statement:
            plans.append((statement, parameters))

    sa.event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        _read(session, cast, most=4, weather=8)
    finally:
        sa.event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(plans) == 1
    rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {plans[0][0]}", plans[0][1]).all()
    read_through = [row[3] for row in rows if row[3].startswith("SCAN")]
    tables = (
        "check_in",
        "attempt",
        "goal",
        "step",
        "visit",
        "concern",
        "correction",
        "episode",
        "level_period",
        "pause",
    )
    assert not [line for line in read_through if line.split()[1] in tables]


# ---- through the page ---------------------------------------------------------------------------------------------


def test_filters_combine_in_the_address_and_each_is_taken_off_again(reader, cast, lived):
    dana = reader("dana")
    path = f"/people/{cast.marcus}/timeline"
    page = dana.opens(f"{path}?kind=check-ins&kind=goals&by={cast.dana.id}&from=2020-01-01&to=2030-01-01")
    chips = [" ".join(chip.get_text(" ").split()) for chip in page.soup.select("a.chip.off")]
    names = ["Check-ins", "Goals", "by Dana Osei", "from 1 January 2020", "to 1 January 2030"]
    assert chips == [f"Leave out: {name} \N{MULTIPLICATION SIGN}" for name in names]
    for _ in names:
        page = dana.opens(page.soup.select_one("a.chip.off")["href"])
    assert not page.soup.select("a.chip.off")
    assert page.url == path


def test_where_nothing_matches_a_sentence_says_so_and_leads_back(reader, cast, lived):
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/timeline?kind=check-ins&to=2000-01-01")
    assert "Nothing like that here" in page.main
    assert dana.opens(page.link("Show everything")).soup.select(".timeline > li")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=31-02-2026", "This must be a real day"),
        ("to=yesterday", "This must be a real day"),
        ("from=2026-11-20&to=2026-11-01", "The last day lies before the first."),
        ("kind=nonsense&by=nobody&before=x&after=y", ""),
        (f"before=20261120.20261120101010000000.{'0' * 31}.x", ""),
        ("before=99999999.99999999999999999999.0.x&kind=%00", ""),
        (f"by={uuid.UUID(int=7)}", "by somebody else"),
    ],
)
def test_nonsense_in_the_address_is_answered_in_words(reader, cast, lived, query, said):
    page = reader("dana").opens(f"/people/{cast.marcus}/timeline?{query}")
    assert said in page.main


def test_who_looked_is_reached_from_the_record_and_names_each_look(reader, cast, lived):
    reader("ruth").opens(f"/people/{cast.marcus}")
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/timeline")
    page = dana.opens(page.link("Who looked at"))
    assert "Ruth" in page.main
    assert "Read a record" in page.main
    reader("chris").opens(f"/people/{cast.marcus}/looks", status=404)


# ---- places -------------------------------------------------------------------------------------------------------


@given(
    st.dates(min_value=dt.date(1900, 1, 1)),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.uuids(),
    st.sampled_from(["check-in", "move", "worry-end"]),
)
def test_a_place_is_read_back_as_it_was_written(on, at, key, sort):
    assert read_place(str(Place(on, at, key, sort))) == Place(on, at, key, sort)


@given(st.text(max_size=90))
def test_whatever_stands_in_an_address_is_a_place_or_none(text):
    assert read_place(text) is None or isinstance(read_place(text), Place)
    assert read_asked([text], text, text, text).kinds <= frozenset(KINDS)
