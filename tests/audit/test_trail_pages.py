"""The trail's page and its copy, the person's own view, and one's own acts."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.access import SYSTEM
from coachdesk.accounts.models import User
from coachdesk.admin.trail import note_check
from coachdesk.audit import AuditEntry, AuditPerson, Event, record, sealing
from coachdesk.audit.verifying import Verdict
from tests.cast import MONDAY, Cast

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def past(session: Any, cast: Cast) -> None:
    """Four acts of last week, a minute apart."""
    week = MONDAY - dt.timedelta(days=7)
    record(session, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=week)
    record(
        session,
        cast.dana,
        Event.GOAL_SET,
        client_id=cast.marcus,
        subject=("goal", uuid.uuid4()),
        fields=("status", "due_on"),
        now=week + MINUTE,
    )
    record(
        session,
        cast.ruth,
        Event.PEOPLE_LISTED,
        client_ids=[cast.marcus, cast.lena, cast.aisha, cast.hana],
        now=week + 2 * MINUTE,
    )
    record(session, None, Event.SIGN_IN_REFUSED, now=week + 3 * MINUTE)
    record(session, cast.imani, Event.CHECKIN_LOGGED, client_id=cast.aisha, now=week + 4 * MINUTE)
    session.commit()


BEFORE = "?to=2026-11-20"


def rows(page: Any) -> list[list[str]]:
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in page.soup.select("tbody tr")
    ]


def test_the_trail_tells_in_words_what_who_as_what_and_whose(reader, past):
    page = reader("admin").opens(f"/admin/trail{BEFORE}")
    assert rows(page) == [
        ["Mon 16 Nov, 9:49 am", "Wrote a check-in", "Imani Moss", "Recovery coach", "Aisha Khan"],
        ["Mon 16 Nov, 9:48 am", "Somebody was not let in", "Nobody signed in", "Not signed in", "–"],
        [
            "Mon 16 Nov, 9:47 am",
            "Looked at a list of people",
            "Ruth Mbeki",
            "Supervisor",
            "Aisha Khan, Hana Vale, Lena Ortiz and 1 more",
        ],
        ["Mon 16 Nov, 9:46 am", "Wrote a goal a goal: status, due on", "Dana Osei", "Recovery coach", "Marcus Tell"],
        ["Mon 16 Nov, 9:45 am", "Read a record", "Dana Osei", "Recovery coach", "Marcus Tell"],
    ]


@pytest.mark.parametrize(
    ("query", "minutes"),
    [
        ("&event=goal:set", [46]),
        ("&who=osei", [46, 45]),
        ("&who=nobody-like-that", []),
        ("&role=supervisor", [47]),
        ("&whose=marcus", [47, 46, 45]),
        ("&whose=MÁRCUS&event=record:read", [45]),
        ("&from=2026-11-16&who=a", [49, 46, 45]),
        ("&from=2026-11-17", []),
        ("&from=tomorrow&event=nothing&role=king&order=sideways", [49, 48, 47, 46, 45]),
        ("&from=9999-12-31", [49, 48, 47, 46, 45]),
        ("&order=when", [45, 46, 47, 48, 49]),
        ("&order=what", [47, 45, 48, 49, 46]),
        ("&order=-what", [46, 49, 48, 45, 47]),
        ("&order=who", [46, 45, 49, 48, 47]),
        ("&order=-who", [47, 48, 49, 46, 45]),
        ("&order=role", [48, 49, 46, 45, 47]),
        ("&order=whose", [49, 46, 45, 48, 47]),
        ("&order=-whose", [48, 47, 46, 45, 49]),
    ],
)
def test_each_filter_and_each_order_answers_both_ways(reader, past, query, minutes):
    page = reader("admin").opens(f"/admin/trail{BEFORE}{query}")
    assert [int(row[0].split(":")[1][:2]) for row in rows(page)] == minutes


def test_a_name_that_fits_very_many_is_answered_with_a_sentence(reader, session, past, monkeypatch):
    from coachdesk.admin import trail

    monkeypatch.setattr(trail, "MOST_FOUND", 1)
    for name in ("who", "whose"):
        page = reader("admin").opens(f"/admin/trail?{name}=a")
        assert "That fits very many names. Write more of the name." in page.main
        assert page.soup.select_one(f"#{name}[aria-invalid]")
        assert "Nothing like that" not in page.main
        assert "0 entries" not in page.main


def test_a_heading_leads_to_its_order_and_again_to_the_other_way(reader, past):
    admin = reader("admin")
    page = admin.opens(f"/admin/trail{BEFORE}&who=osei")
    assert page.soup.select_one("th[aria-sort=descending] a").get_text(" ", strip=True) == "When ↓"
    rising = admin.opens(page.link("What happened"))
    assert rising.soup.select_one("th[aria-sort=ascending] a").get_text(" ", strip=True) == "What happened ↑"
    assert [row[1][:5] for row in rows(rising)] == ["Read ", "Wrote"]
    falling = admin.opens(rising.link("What happened"))
    assert [row[1][:5] for row in rows(falling)] == ["Wrote", "Read "]


@pytest.mark.parametrize("order", ["-when", "when", "who", "-whose", "role", "what"])
def test_pages_follow_one_another_without_gap_or_repeat_in_every_order(reader, session, cast, order):
    for n in range(120):
        actor, person = (cast.dana, cast.marcus) if n % 3 else (cast.imani, cast.aisha)
        record(
            session,
            actor,
            Event.RECORD_READ if n % 2 else Event.CHECKIN_READ,
            client_id=person,
            now=MONDAY - dt.timedelta(days=9, minutes=n),
        )
    session.commit()
    admin = reader("admin")
    page = admin.opens(f"/admin/trail?to=2026-11-20&order={order}&endpoint=x&_external=1")
    seen = rows(page)
    for _more in range(2):
        page = admin.opens(page.link("Next page"))
        seen += rows(page)
    assert "Page 3 of 3" in page.main
    assert len(seen) == 120
    assert len({tuple(row) for row in seen}) == 120


def test_each_look_at_the_trail_leaves_one_row_with_the_filters_names_and_nothing_typed(reader, session, past):
    admin = reader("admin")
    admin.opens("/admin/trail?who=osei&whose=marcus&from=2026-11-01")
    looks = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "trail:read")).all()
    assert [look.details for look in looks] == [{"filters": ["from", "who", "whose"], "order": "when", "found": 2}]
    assert not session.scalar(
        sa.select(sa.func.count()).select_from(AuditPerson).where(AuditPerson.entry_id == looks[0].id)
    )


def test_a_person_who_is_gone_and_an_event_of_an_older_version_are_still_told(reader, session, cast):
    record(session, cast.dana, Event.RECORD_READ, client_id=uuid.uuid4(), now=MONDAY)
    session.execute(
        sa.insert(AuditEntry),
        {"at": MONDAY, "event": "message:sent", "actor_id": uuid.uuid4(), "actor_role": cast.dana.role, "details": {}},
    )
    record(session, SYSTEM, Event.DEMO_MADE, now=MONDAY)
    session.commit()
    told = rows(reader("admin").opens("/admin/trail?order=who"))
    assert [
        "Mon 23 Nov, 9:45 am",
        "Did something this version no longer does",
        "Somebody who is no longer here",
        "Recovery coach",
        "–",
    ] in told
    assert ["Mon 23 Nov, 9:45 am", "Made the demo", "CoachDesk itself", "CoachDesk itself", "–"] in told
    assert any(row[4] == "Somebody who is no longer here" for row in told)


def test_the_page_says_how_the_seals_stand(reader, session, cast, tmp_path, clock):
    admin = reader("admin")
    record(session, SYSTEM, Event.DEMO_MADE, now=MONDAY)
    session.commit()
    page = admin.opens("/admin/trail")
    assert "Nothing is sealed yet. 1 entry waits for its seal." in page.main
    assert "The seals have not been checked yet." in page.main
    sealing.seal_waiting(session, tmp_path / "audit-head", clock=clock.now)
    page = admin.opens("/admin/trail")
    assert "Sealed up to place 2, last on 23 November, 9:45 am. Nothing waits." in page.main
    note_check(session, SYSTEM, Verdict(position=2), now=MONDAY)
    session.commit()
    assert "Checked on 23 November, 9:45 am: everything is as it was sealed." in admin.opens("/admin/trail").main
    note_check(session, SYSTEM, Verdict(position=2, found=3), now=MONDAY + MINUTE)
    session.commit()
    assert "found 3 places that are not as they were sealed" in admin.opens("/admin/trail").main


# ---- the copy -----------------------------------------------------------------------------------------------------


def _table(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))


@pytest.mark.asvs("5.4.1")
def test_the_copy_holds_what_is_filtered_and_is_written_down_with_its_count(reader, session, past):
    admin = reader("admin")
    admin.opens("/admin/trail")
    answer = admin.client.get(f"/admin/trail/export{BEFORE}&who=osei")
    header, *lines = _table(answer)
    first = ["When", "What happened", "Who", "Role", "Whose record", "About", "Fields", "Number"]
    assert header == [*first, "From what to what"]
    assert [line[:7] for line in lines] == [
        [
            "2026-11-16 09:46:00-05:00",
            "Wrote a goal",
            "Dana Osei",
            "Recovery coach",
            "Marcus Tell",
            "a goal",
            "status, due_on",
        ],
        ["2026-11-16 09:45:00-05:00", "Read a record", "Dana Osei", "Recovery coach", "Marcus Tell", "", ""],
    ]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trail-2026-11-23.csv"'
    row = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "trail:exported")).one()
    assert row.details == {"filters": ["to", "who"], "rows": 2}


@pytest.mark.asvs("1.2.10")
def test_no_cell_of_the_copy_is_a_formula(reader, session, cast):
    from coachdesk.accounts.models import User

    session.execute(
        sa.update(User)
        .where(User.id == cast.dana.id)
        .values(first_name='=HYPERLINK("http://evil.example")', last_name="")
    )
    record(session, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=MONDAY)
    session.commit()
    admin = reader("admin")
    admin.opens("/admin/trail")
    cells = [cell for line in _table(admin.client.get("/admin/trail/export")) for cell in line]
    assert '\'=HYPERLINK("http://evil.example")' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_name_that_fits_very_many_is_refused_for_the_copy_too(reader, past, monkeypatch):
    from coachdesk.admin import trail

    monkeypatch.setattr(trail, "MOST_FOUND", 1)
    admin = reader("admin")
    admin.opens("/admin/trail?who=a", follow=True)
    assert admin.client.get("/admin/trail/export?who=a").location == "/admin/trail?who=a"


def test_the_copy_is_taken_in_chunks_and_misses_nothing(reader, session, cast, monkeypatch):
    from coachdesk.audit import reading

    monkeypatch.setattr(reading, "CHUNK", 7)
    for n in range(40):
        record(session, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=MONDAY - dt.timedelta(minutes=n // 3))
    session.commit()
    admin = reader("admin")
    admin.opens("/admin/trail")
    numbers = [line[7] for line in _table(admin.client.get("/admin/trail/export?event=record:read"))[1:]]
    assert len(numbers) == len(set(numbers)) == 40


def test_only_administrators_see_the_trail_and_its_copy(reader):
    for name in ("dana", "ruth", "marcus"):
        someone = reader(name)
        for path in ("/admin/trail", "/admin/trail/export"):
            someone.opens(path, status=404)


# ---- the person's own view, and one's own acts --------------------------------------------------------------------


def test_a_person_sees_who_read_and_wrote_about_them_and_nobody_else(reader, session, cast, past):
    record(session, cast.accounts["marcus"], Event.STEP_DONE, client_id=cast.marcus, now=MONDAY)
    session.commit()
    page = reader("marcus").opens("/my-goals/who-looked")
    lines = [" ".join(item.get_text(" ").split()) for item in page.soup.select("main li")]
    assert lines == [
        "Ruth Mbeki saw your name in a list Supervisor · Monday 16 November, 9:47 am",
        "Dana Osei wrote a goal Recovery coach · Monday 16 November, 9:46 am",
        "Dana Osei read your record Recovery coach · Monday 16 November, 9:45 am",
    ]
    for other in ("Lena", "Aisha", "Hana", "Imani"):
        assert other not in page.main


def test_what_a_supervisor_read_about_reminders_is_said_in_plain_words(reader, session, cast):
    record(session, cast.ruth, Event.LEDGER_READ, client_id=cast.marcus, now=MONDAY)
    session.commit()
    page = reader("marcus").opens("/my-goals/who-looked")
    assert "Ruth Mbeki looked through what your coaches were reminded of" in page.main


def test_a_look_across_teams_stands_out_for_the_person(reader, session, cast):
    record(
        session, cast.omar, Event.RECORD_READ, client_id=cast.marcus, detail={"glass": str(uuid.uuid4())}, now=MONDAY
    )
    session.commit()
    page = reader("marcus").opens("/my-goals/who-looked")
    assert page.soup.select_one("main li .pill.late").get_text(strip=True) == "From another team"


@pytest.mark.parametrize(
    ("who", "event", "stands_out"),
    [
        ("omar", Event.GLASS_BROKEN, True),
        ("omar", Event.GLASS_CLOSED, True),
        ("", Event.GLASS_CLOSED, False),
        ("admin", Event.GLASS_REVIEWED, False),
    ],
)
def test_a_review_and_the_end_of_an_hour_are_no_look_from_another_team(reader, session, cast, who, event, stands_out):
    record(session, cast.staff.get(who, SYSTEM), event, client_id=cast.marcus, now=MONDAY)
    session.commit()
    page = reader("marcus").opens("/my-goals/who-looked")
    assert ("From another team" in page.main) is stands_out


def test_whoever_did_it_without_an_account_is_called_by_the_name_of_the_desk(reader, session, cast):
    record(session, SYSTEM, Event.CLIENT_EDITED, client_id=cast.marcus, now=MONDAY)
    session.commit()
    assert "CoachDesk changed your details By itself" in reader("marcus").opens("/my-goals/who-looked").main


def test_what_is_alike_on_one_day_stands_together(reader, session, cast):
    for minutes, event in ((0, Event.RECORD_READ), (2, Event.GOAL_SET), (5, Event.RECORD_READ), (9, Event.RECORD_READ)):
        record(session, cast.dana, event, client_id=cast.marcus, now=MONDAY - minutes * MINUTE)
    before_midnight = dt.datetime(2026, 11, 23, 4, 59, tzinfo=dt.UTC)  # 11:59 pm of Sunday in New York
    record(session, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=before_midnight)
    session.commit()
    page = reader("marcus").opens("/my-goals/who-looked")
    assert [" ".join(item.get_text(" ").split()) for item in page.soup.select("main .list > li")] == [
        "Dana Osei read your record, several times Recovery coach · Monday 23 November, 9:36 am to 9:45 am",
        "Dana Osei wrote a goal Recovery coach · Monday 23 November, 9:43 am",
        "Dana Osei read your record Recovery coach · Sunday 22 November, 11:59 pm",
    ]


def test_two_of_one_name_are_two(reader, session, cast):
    session.execute(sa.update(User).where(User.id == cast.imani.id).values(first_name="Dana", last_name="Osei"))
    for staff in (cast.dana, cast.imani):
        record(session, staff, Event.RECORD_READ, client_id=cast.marcus, now=MONDAY)
    session.commit()
    page = reader("marcus").opens("/my-goals/who-looked")
    assert page.main.count("Dana Osei read your record") == 2
    assert "several times" not in page.main


def test_a_long_list_of_looks_has_pages(reader, session, cast):
    for n in range(31):
        record(session, cast.dana, Event.RECORD_READ, client_id=cast.marcus, now=MONDAY - n * DAY)
    session.commit()
    marcus = reader("marcus")
    page = marcus.opens("/my-goals/who-looked")
    assert len(page.soup.select("main .list > li")) == 30
    assert len(marcus.opens(page.link("Next page")).soup.select("main .list > li")) == 1
    past = marcus.opens("/my-goals/who-looked?page=5")
    assert len(past.soup.select("main .list > li")) == 1, "past the end it is the last"
    assert "Nobody has looked yet." not in past.main


def test_whom_nobody_looked_at_is_told_so(reader):
    assert "Nobody has looked yet." in reader("hana").opens("/my-goals/who-looked").main


def test_the_way_to_the_list_stands_on_my_goals_and_on_the_account(reader):
    marcus = reader("marcus")
    for path in ("/my-goals", "/account"):
        assert marcus.opens(path).link("Who has looked at my record") == "/my-goals/who-looked"


def test_staff_see_what_they_did_and_nobody_else_does(reader, session, past):
    dana = reader("dana")
    assert dana.opens("/account").link("What you did here") == "/account/activity"
    page = dana.opens("/account/activity")
    assert rows(page)[-2:] == [
        ["Wrote a goal", "Mon 16 Nov, 9:46 am", "1 person"],
        ["Read a record", "Mon 16 Nov, 9:45 am", "1 person"],
    ]
    assert "Wrote a check-in" not in page.main
    assert "Marcus" not in page.main


def test_looking_at_ones_own_list_leaves_no_row(reader, session, cast):
    dana, marcus = reader("dana"), reader("marcus")
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    dana.opens("/account/activity")
    marcus.opens("/my-goals/who-looked")
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == before
