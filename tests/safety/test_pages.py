"""“I am worried about their safety”: three taps from every record, and the worry's own page."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coachdesk.safety.models import Concern, ConcernAction, ConcernFollowUp, ConcernSaid
from tests.access.helpers import break_glass
from tests.cast import MONDAY
from tests.safety.helpers import DAY, HOUR, HUGE, MINUTE, everything, now_of, send, story, worry
from tests.safety.test_service import second_supervisor

TYPED = "A walk 🌅 with أمي <b>& “tea”"


def raises(someone, cast, name="marcus", **fields):
    """Open somebody's record, press the button, and answer the two questions."""
    page = someone.opens(f"/people/{cast.people[name]}")
    someone.opens(page.link("’s safety"))
    return someone.sends("concerns/new", **{"kind": "suicide", "danger": "unknown", **fields})


def test_the_page_says_first_what_to_do_now_and_who_is_told(reader, cast):
    page = reader("dana").opens(f"/people/{cast.marcus}/concerns/new")
    assert page.link("Call 911") == "tel:911"
    assert page.link("Call 988") == "tel:988"
    assert page.link("Text 988") == "sms:988"
    first = page.main.index("What to do now")
    assert first < page.main.index("Ruth Mbeki is told straight away") < page.main.index("What is it about?")
    assert not page.soup.select("main form [checked]")
    assert "score" not in page.main.lower()


def test_three_taps_tell_the_supervisor_and_lead_to_the_worry(app, reader, cast, session):
    page = raises(reader("dana"), cast)
    assert "Ruth Mbeki was told straight away." in page.main
    assert "Nobody has this yet. Waiting since 9:45 am. Somebody should have this by 10:00 am." in page.main
    assert "Thoughts of ending their life" in page.main
    send(app)
    page = reader("ruth").opens("/team")
    assert page.link("Open: Dana Osei is worried about Marcus T.’s safety.") == page.link("Marcus T.")


@pytest.mark.parametrize("left", [{"kind": None}, {"danger": None}])
def test_two_answers_are_wanted_and_nothing_typed_is_lost(reader, cast, session, left):
    page = raises(reader("dana"), cast, whereabouts=TYPED, done="emergency", status=422, **left)
    assert ("Choose what it is about" if "kind" in left else "Say whether there is danger now") in page.main
    assert page.soup.select_one("#whereabouts").get_text().strip() == TYPED
    assert page.soup.select_one("[name=done][value=emergency]").has_attr("checked")
    assert session.scalars(sa.select(Concern)).all() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"whereabouts": HUGE}, "80,000 characters too long"),
        ({"handed_to": "ن" * 201}, "1 characters too long"),
        ({"kind": "all"}, "Choose one of these."),
        ({"danger": "very"}, "Choose one of these."),
        ({"done": ["stayed", "closed"]}, "Choose from these."),
    ],
)
def test_what_cannot_be_said_has_its_sentence(reader, cast, session, fields, sentence):
    assert sentence in raises(reader("dana"), cast, status=422, **fields).main
    assert session.scalars(sa.select(Concern)).all() == []


def test_the_same_form_sent_twice_is_one_worry(reader, cast, session):
    dana = reader("dana")
    page = dana.opens(f"/people/{cast.marcus}/concerns/new")
    first = dana.sends("concerns/new", kind="other", danger="no").url
    dana.page = page
    assert dana.sends("concerns/new", kind="other", danger="no").url == first
    assert len(session.scalars(sa.select(Concern)).all()) == 1


def test_all_of_it_can_be_said_and_stands_on_the_worrys_page(reader, cast):
    words = {
        "whereabouts": "In the park",
        "company": "Her cousin",
        "wishes": TYPED,
        "told_outside": "The ambulance, where she is",
        "ground": "Danger to life",
        "handed_to": "Sister Ann",
    }
    page = raises(reader("dana"), cast, done=["stayed", "emergency"], **words)
    for text in (*words.values(), "Stayed with them", "Called emergency"):
        assert text in page.main
    assert "Handed over to Sister Ann" in page.main


def test_the_tick_on_a_check_in_leads_to_saying_a_little_more(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/check-ins/new")
    page = dana.sends(how="call", worried="y")
    assert page.url.endswith("/more")
    assert session.scalars(sa.select(ConcernSaid)).all() == []
    page = dana.opens(page.link("Not now"))
    assert "Only that somebody is worried." in page.main
    dana.opens(page.link("Say a little more"))
    page = dana.sends("/more", kind="violence", danger="no", whereabouts="At home")
    assert "Violence or abuse at home" in page.main
    assert "Somebody should have this by 1:45 pm." in page.main
    dana.opens(page.link("Say a little more"))
    assert dana.page.soup.select_one("#whereabouts").get_text().strip() == "At home"
    page = dana.sends("/more", kind="violence", danger="yes", whereabouts="With a neighbour")
    assert "As it was said on Mon 23 Nov, 9:45 am" in page.main
    assert "With a neighbour" in page.main
    assert "At home" in page.main


def test_a_draft_of_a_worry_is_kept_and_says_that_nobody_was_told(reader, cast, session):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/concerns/new")
    dana.keeps("concerns/new", whereabouts="By the river")
    page = dana.opens("/today")
    assert "’s safety, not told to anybody yet" in page.main
    page = dana.opens(page.link("Continue: A worry about Marcus T."))
    assert page.soup.select_one("#whereabouts").get_text().strip() == "By the river"
    dana.sends("concerns/new", kind="other", danger="unknown")
    assert "not told to anybody" not in dana.opens("/today").main


def test_who_is_worried_again_is_shown_the_worry_that_is_open(reader, cast, session):
    concern = worry(session, cast.dana, cast.marcus)
    page = reader("dana").opens(f"/people/{cast.marcus}/concerns/new")
    assert "A worry of Mon 23 Nov, 9:45 am is still open. Is it the same one?" in page.main
    assert page.link("Add to it") == f"/concerns/{concern}/more"


# ---- the worry's own page -----------------------------------------------------------------------------------------


@pytest.fixture
def concern(session, cast):
    return worry(session, cast.dana, cast.marcus)


def test_a_supervisor_takes_it_there_and_everybody_sees_who_has_it(reader, cast, session, concern):
    ruth = reader("ruth")
    page = ruth.opens(f"/concerns/{concern}")
    assert "I have this" in page.main
    page = ruth.presses("I have this")
    assert page.url == f"/concerns/{concern}"
    assert "Ruth Mbeki has had this since Mon 23 Nov, 9:45 am." in page.main
    page = ruth.presses("Give it back")
    assert page.url == f"/concerns/{concern}"
    assert "Nobody has this yet." in page.main
    ruth.presses("I have this")
    page = reader("dana").opens(f"/concerns/{concern}")
    assert "Ruth Mbeki has had this since" in page.main
    assert "Has this" in page.main
    assert "Close this worry" not in page.main


def test_whoever_presses_second_hears_who_has_it(reader, cast, session, concern):
    second_supervisor(session, cast)
    ruth, omar = reader("ruth"), reader("omar")
    ruth.opens("/team")
    omar.opens("/team")
    ruth.presses("I have this")
    page = omar.presses("I have this")
    assert "Ruth Mbeki has this already." in page.main
    assert now_of(session, concern).taken_by == cast.ruth.id


def test_the_board_says_first_how_long_it_waits(reader, cast, session, clock, concern):
    clock.move(minutes=27)
    page = reader("ruth").opens("/team")
    assert "Waiting since 9:45 am, 12 minutes over" in page.main
    assert page.main.index("12 minutes over") < page.main.index("people spoken with this week")
    clock.move(days=1)
    assert "Waiting since Mon 23 Nov, 9:45 am, 24 hours over" in reader("ruth").opens("/team").main


def test_what_was_done_is_added_with_when(reader, cast, session, clock, concern):
    clock.move(hours=2)
    dana = reader("dana")
    dana.opens(f"/concerns/{concern}")
    page = dana.sends("/actions", words=TYPED, when="earlier", hour="10:30 am")
    assert f"Mon 23 Nov, 10:30 am · Dana Osei {TYPED}" in page.main
    dana.sends("/actions", words="Rang the clinic.")
    row = session.scalars(sa.select(ConcernAction).order_by(ConcernAction.at.desc())).first()
    assert row.at == MONDAY + 2 * HOUR


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"words": ""}, "Write what was done"),
        ({"words": HUGE}, "95,000 characters too long"),
        ({"when": "earlier"}, "Write the time, like 2:30 pm."),
        ({"when": "earlier", "hour": "25"}, "Write a time like 2:30 pm."),
        ({"when": "earlier", "hour": "11 pm"}, "This lies ahead."),
        (
            {"when": "earlier", "hour": "9 am", "day__day": "31", "day__month": "2", "day__year": "2026"},
            "This must be a real day",
        ),
        (
            {"when": "earlier", "hour": "9 am", "day__day": "1", "day__month": "1", "day__year": "2001"},
            "That is more than a year ago.",
        ),
    ],
)
def test_what_was_not_done_has_its_sentence_and_stays_in_its_box(reader, cast, session, concern, fields, sentence):
    dana = reader("dana")
    dana.opens(f"/concerns/{concern}")
    page = dana.sends("/actions", status=422, **{"words": TYPED, **fields})
    assert sentence in page.main
    assert page.soup.select_one("#words").get_text().strip() == {"words": TYPED, **fields}["words"]
    assert story(session, concern) == []


def test_it_is_handed_to_a_colleague(app, reader, cast, session, concern):
    ruth = reader("ruth")
    assert "Hand it on" not in ruth.opens(f"/concerns/{concern}").main  # there is nobody else
    second_supervisor(session, cast)
    ruth.opens(f"/concerns/{concern}")
    assert "Choose who has it next." in ruth.sends("/handing-on", status=422).main
    page = ruth.sends("/handing-on", to=str(cast.omar.id))
    assert "Handed it on to Omar Haddad" in page.main
    send(app)
    assert "Ruth Mbeki hands you the worry about Marcus T.’s safety." in reader("omar").opens("/team").main


def test_a_supervisor_closes_it_with_words_and_may_undo_for_ten_minutes(reader, cast, session, clock, concern):
    ruth = reader("ruth")
    ruth.opens(f"/concerns/{concern}")
    assert "Write in a sentence how it ended." in ruth.sends("/closing", status=422, ended="").main
    page = ruth.sends("/closing", ended="Her mother stays with her.")
    assert "Ruth Mbeki closed this on Mon 23 Nov, 9:45 am." in page.main
    assert "Closed it: Her mother stays with her." in page.main
    assert "What to do now" not in page.main
    assert "Add what you did" not in page.main
    clock.move(minutes=9)
    page = ruth.presses("Undo")
    assert "Open again." in page.main
    ruth.sends("/closing", ended="Still well.")
    clock.move(minutes=11)
    assert "This can no longer be taken back." in ruth.posts(f"/concerns/{concern}/reopening").main
    assert now_of(session, concern).closed_at is not None
    record = ruth.opens(f"/people/{cast.marcus}").main
    assert "Nobody has it yet" not in record
    assert "has the worry about safety" not in record
    dana = reader("dana")
    assert "This worry is closed." in dana.opens(f"/concerns/{concern}/more").main
    page = dana.opens(f"/people/{cast.marcus}/safety")
    assert page.link("raised by Dana Osei") == f"/concerns/{concern}"


def test_a_coach_closes_nothing_and_another_team_finds_nothing(reader, cast, session, concern):
    before = everything(session)
    dana = reader("dana")
    dana.opens(f"/concerns/{concern}")
    for act in ("closing", "taking", "handing-on", "reopening"):
        dana.posts(f"/concerns/{concern}/{act}", status=404, ended="Mine.")
    for name in ("chris", "omar", "admin", "marcus"):
        someone = reader(name)
        someone.opens("/account")
        someone.opens(f"/concerns/{concern}", status=404)
        for act in ("actions", "closing", "taking", "more", "handing-on"):
            someone.posts(f"/concerns/{concern}/{act}", status=404, words="Mine.", ended="Mine.")
    assert everything(session) == before


def test_a_record_opened_in_an_emergency_shows_the_worry_and_offers_no_answer(reader, cast, session, concern):
    break_glass(session, cast, "omar", "marcus", last="Tell")
    omar = reader("omar")
    page = omar.opens(f"/concerns/{concern}")
    for button in ("I have this", "Close this worry", "Hand it on"):
        assert button not in page.main
    assert "Added." in omar.sends("/actions", words="Rang 911 with her.").main
    omar.posts(f"/concerns/{concern}/closing", status=404, ended="Mine.")


def test_reading_a_worry_leaves_a_row_of_its_own(reader, cast, session, concern):
    from coachdesk.audit import AuditEntry

    reader("ruth").opens(f"/concerns/{concern}")
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "concern:read")).one()
    assert (entry.subject_id, entry.client_id, entry.actor_id) == (concern, cast.marcus, cast.ruth.id)


# ---- asking again -------------------------------------------------------------------------------------------------

AGAIN, THIRD = "A day after the worry about Marcus T.’s safety", "Three days after the worry about Marcus T.’s safety"


def test_a_day_and_three_days_later_it_stands_on_today_until_it_is_done(reader, cast, session, clock, concern):
    assert AGAIN in reader("dana").opens("/today").main  # tomorrow, under what comes up
    clock.set(MONDAY + DAY)
    dana = reader("dana")
    page = dana.opens("/today")
    assert AGAIN in page.main
    page = dana.presses("Done", within=AGAIN)
    assert page.url == f"/concerns/{concern}"
    assert "Looked after them again" in page.main
    assert AGAIN not in dana.opens("/today").main
    clock.set(MONDAY + 3 * DAY)
    assert THIRD in reader("dana").opens("/today").main


def test_a_contact_from_then_on_does_it_and_one_before_does_not(reader, cast, session, clock, concern):
    for at, stands in ((MONDAY + DAY - MINUTE, True), (MONDAY + DAY, False)):
        clock.set(at)
        dana = reader("dana")
        dana.opens(f"/people/{cast.marcus}/check-ins/new")
        dana.sends(how="call")
        assert (AGAIN in dana.opens("/today").main) == stands
    dana.opens("/today")


def test_it_is_moved_by_later_and_ends_with_the_worry(reader, cast, session, clock, concern):
    clock.set(MONDAY + DAY)
    dana = reader("dana")
    dana.opens("/today")
    dana.presses("Tomorrow", within=AGAIN)
    assert "Moved to tomorrow" in dana.page.main
    assert AGAIN not in dana.page.main
    clock.set(MONDAY + 2 * DAY)
    assert AGAIN in reader("dana").opens("/today").main
    ruth = reader("ruth")
    ruth.opens(f"/concerns/{concern}")
    ruth.sends("/closing", ended="Well again.")
    clock.set(MONDAY + 5 * DAY)
    page = reader("dana").opens("/today").main
    assert AGAIN not in page
    assert THIRD not in page


def test_another_coach_asks_again_after_a_hand_over(reader, cast, session, clock, concern):
    from tests.access.helpers import hand_over

    hand_over(session, cast, "marcus", "imani")
    clock.set(MONDAY + DAY)
    assert AGAIN in reader("imani").opens("/today").main
    assert AGAIN not in reader("dana").opens("/today").main
    first = session.scalar(sa.select(ConcernFollowUp.id).where(ConcernFollowUp.hours == 24))
    dana = reader("dana")
    dana.opens("/today")
    dana.posts(f"/concern-follow-ups/{first}/done", status=404)
