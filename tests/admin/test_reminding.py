"""The administrator's pages about reminders and days closed."""

from __future__ import annotations

import pytest

from coachdesk.notify import Channel
from coachdesk.organisation import holidays
from coachdesk.referrals.rules import USUAL_CLOCKS, Status
from coachdesk.reminders import deciding
from coachdesk.reminders.explaining import TITLES, now_words
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.settings import LEAVING, SHAPES, USUAL_SETTINGS, Group, RuleSetting, usual

DECIDED = [rule for rule in Rule if SHAPES[rule].group is not Group.SAFETY]
WAITING = "/admin/settings/reminders/referral-waiting"
UNTOUCHED = "/admin/settings/reminders/goals-untouched"


def test_every_rule_stands_in_the_list_with_what_it_does_now(reader):
    page = reader("admin").opens("/admin/settings/reminders")
    for rule in DECIDED:
        assert TITLES[rule] in page.main
        assert str(now_words(rule, usual(rule))) in page.main
    assert "Nobody can switch that off." in page.main


def test_every_rule_has_a_page_that_asks_only_what_it_may_decide(reader):
    admin = reader("admin")
    for rule in DECIDED:
        page, shape = admin.opens(f"/admin/settings/reminders/{rule.value.replace('_', '-')}"), SHAPES[rule]
        assert bool(page.soup.select("input[name=state]")) is not shape.is_always
        assert bool(page.soup.select("input[name=number]")) is bool(shape.count)
        heard = [box["value"] for box in page.soup.select("input[name=to]")]
        assert heard == ([hearer.value for hearer in shape.offered] if len(shape.offered) > 1 else [])
        assert [box["value"] for box in page.soup.select("input[name=leaving]")] == [way.value for way in LEAVING]


@pytest.mark.parametrize("word", ["safety-concern", "made-up", "no_goal", "NO-GOAL"])
def test_a_rule_that_is_none_or_that_nobody_decides_about_is_not_found(reader, word):
    reader("admin").opens(f"/admin/settings/reminders/{word}", status=404)


def test_a_rule_is_decided_on_its_page_and_the_list_says_so(reader, session):
    admin = reader("admin")
    page = admin.opens(admin.opens("/admin/settings").link("What the desk reminds of"))
    admin.opens(page.link("Goals were not spoken of"))
    page = admin.sends(state="on", number="6", to=["coach", "supervisor"], leaving=["email"])
    assert "Saved: Goals were not spoken of. It counts from now on." in page.main
    told = "for 6 weeks. The coach and the supervisor are told. In the app, and at most by this: E-mail."
    assert told in page.main
    kept = deciding.find_settings(session).of(Rule.GOALS_UNTOUCHED)
    assert (kept.number, kept.leaving) == (6, frozenset({Channel.EMAIL}))
    session.rollback()
    admin.opens(UNTOUCHED)
    page = admin.sends(state="off")
    assert "Saved: Goals were not spoken of. It is off from now on." in page.main
    assert "It counts" not in page.main
    assert "Switched off. Nobody is reminded." in page.main


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": "0"}, "Write a whole number from 1 to 26."),
        ({"number": "10000"}, "Write a whole number from 1 to 26."),
        ({"number": "soon"}, "Write a whole number from 1 to 26."),
        ({"number": ""}, "Write a number."),
        ({"to": []}, "Choose who hears it, or switch it off."),
        ({"to": ["person"]}, "Choose from these."),
        ({"leaving": ["in_app"]}, "Choose from these."),
        ({"state": "perhaps"}, "Choose one of these."),
    ],
)
def test_a_decision_that_cannot_be_has_its_sentence(reader, session, fields, sentence):
    admin = reader("admin")
    admin.opens(UNTOUCHED)
    page = admin.sends(status=422, **fields)
    assert sentence in page.soup.find(id="error-summary").get_text(" ")
    assert page.soup.select_one("input[name=number]")["value"] == fields.get("number", "4")
    assert deciding.find_settings(session) == USUAL_SETTINGS
    session.rollback()


def test_each_place_a_referral_can_stand_at_has_days_of_its_own(reader, session):
    admin = reader("admin")
    page = admin.opens(WAITING)
    shown = {box["name"]: int(box["value"]) for box in page.soup.select("input[name^=days_]")}
    assert shown == {f"days_{status}": days for status, days in USUAL_CLOCKS.items()}
    page = admin.sends(days_sent="5")
    assert "Saved: A referral waits." in page.main
    assert deciding.find_settings(session).of(Rule.REFERRAL_WAITING).clocks[Status.SENT] == 5
    session.rollback()
    assert admin.opens(WAITING).soup.select_one("input[name=days_sent]")["value"] == "5"


@pytest.mark.parametrize("days", ["0", "10000", "-3", "2.5"])
def test_days_of_a_referral_that_cannot_be_have_their_sentence_and_nothing_typed_is_lost(reader, session, days):
    admin = reader("admin")
    admin.opens(WAITING)
    page = admin.sends(status=422, days_sent=days, days_draft="12", to=["supervisor"])
    assert "Write a whole number from 1 to 90." in page.soup.find(id="error-summary").get_text(" ")
    typed = {name: page.soup.select_one(f"input[name={name}]")["value"] for name in ("days_sent", "days_draft")}
    assert typed == {"days_sent": days, "days_draft": "12"}
    assert [box["value"] for box in page.soup.select("input[name=to][checked]")] == ["supervisor"]
    assert deciding.find_settings(session) == USUAL_SETTINGS
    session.rollback()


def test_a_sentence_at_several_fields_is_said_with_the_name_of_each_and_one_that_stands_alone_without(reader):
    admin = reader("admin")
    admin.opens(WAITING)
    page = admin.sends(status=422, days_sent="0", days_draft="soon", days_accepted="", to=["pigeon"])
    lines = [(link["href"], link.get_text()) for link in page.soup.select("#error-summary a")]
    assert lines == [
        ("#days_draft", "Idea, not sent: Write a whole number from 1 to 90."),
        ("#days_sent", "Sent: Write a whole number from 1 to 90."),
        ("#days_accepted", "Write a number."),
        ("#to-0", "Choose from these."),
    ]
    at_fields = [text.get_text() for text in page.soup.select(".error-text")]
    assert "Error: Write a whole number from 1 to 90." in at_fields


def test_of_rows_that_are_alike_the_number_of_each_is_said_too(reader):
    admin = reader("admin")
    admin.opens("/admin/settings/ladder")
    page = admin.sends(status=422, **{"rungs-0-day": "91", "rungs-2-day": "soon"})
    assert [link.get_text() for link in page.soup.select("#error-summary a")] == [
        f"Row {n}, Days after the first try: Write a whole number from 0 to 90." for n in (1, 3)
    ]


def test_the_days_of_the_first_contact_say_what_they_are_and_the_ladder_has_its_own_page(reader):
    admin = reader("admin")
    assert (
        "For the first contact only, counted from the day somebody was taken on."
        in admin.opens("/admin/settings/reminders/contact-due").main
    )
    for word in ("attempt-follow-up", "outreach"):
        page = admin.opens(f"/admin/settings/reminders/{word}")
        assert "When nobody answers" in admin.opens(page.link("The days of the outreach ladder")).main


def test_of_two_administrators_the_later_sees_what_the_other_decided(reader, session):
    admin = reader("admin")
    earlier = admin.opens(UNTOUCHED)
    admin.opens(UNTOUCHED)
    admin.sends(number="6")
    admin.page = earlier
    page = admin.sends(status=409, number="9")
    assert "Somebody changed this while you were writing." in page.main
    assert page.soup.select_one("input[name=number]")["value"] == "9"
    assert "After how many weeks? 6" in page.main
    assert deciding.find_settings(session).number_of(Rule.GOALS_UNTOUCHED) == 6
    session.rollback()
    assert "Saved:" in admin.sends().main
    assert deciding.find_settings(session).number_of(Rule.GOALS_UNTOUCHED) == 9


def test_two_administrators_who_decide_about_two_rules_both_have_their_way(reader, session):
    one, two = reader("admin"), reader("admin")
    one.opens(UNTOUCHED)
    two.opens(WAITING)
    assert "Saved:" in one.sends(number="6").main
    assert "Saved:" in two.sends(days_sent="5").main
    settings = deciding.find_settings(session)
    assert settings.number_of(Rule.GOALS_UNTOUCHED) == 6
    assert settings.of(Rule.REFERRAL_WAITING).clocks[Status.SENT] == 5


def test_two_administrators_in_two_browsers_both_see_what_the_other_decided_about_one_rule(reader, session):
    one, two = reader("admin"), reader("admin")
    one.opens(WAITING)
    two.opens(WAITING)
    one.sends(days_sent="5", to=["coach", "supervisor"])
    page = two.sends(status=409, days_sent="9", days_draft="12", state="off")
    assert "Somebody changed this while you were writing." in page.main
    well = " ".join(page.soup.select_one("div.well").get_text(" ").split())
    assert well.startswith("As it is now")
    for there in ("Sent 5", "Idea, not sent 7", "Remind of it? Yes", "The supervisor"):
        assert there in well
    typed = {name: page.soup.select_one(f"input[name={name}]")["value"] for name in ("days_sent", "days_draft")}
    assert typed == {"days_sent": "9", "days_draft": "12"}
    assert deciding.find_settings(session).of(Rule.REFERRAL_WAITING).clocks[Status.SENT] == 5
    session.rollback()
    assert "Saved:" in two.sends().main
    kept = deciding.find_settings(session).of(Rule.REFERRAL_WAITING)
    assert (kept.is_on, kept.clocks[Status.SENT]) == (False, 9)


def test_what_somebody_asked_for_is_always_told_whatever_is_sent(reader, session):
    admin = reader("admin")
    admin.opens("/admin/settings/reminders/help-asked")
    admin.sends(leaving=[])
    settings = deciding.find_settings(session)
    assert settings.is_on(Rule.HELP_ASKED)
    assert settings.channels_of(Rule.HELP_ASKED) == {Channel.IN_APP}


def test_days_closed_are_added_and_taken_out(reader, session):
    admin = reader("admin")
    page = admin.opens("/admin/settings/holidays")
    assert "No days yet" in page.main
    page = admin.sends("/admin/settings/holidays", on__day="25", on__month="12", on__year="26", name="Christmas Day")
    assert "Friday 25 December" in page.main
    assert "Christmas Day" in page.main
    page = admin.sends("/admin/settings/holidays", status=422, on__day="25", on__month="12", on__year="2026")
    assert "This day stands here already." in page.main
    page = admin.sends("/admin/settings/holidays", status=422, on__day="", on__month="", on__year="")
    assert "Write the day, like 27 11 2026." in page.main
    admin.opens("/admin/settings/holidays")
    page = admin.presses("Take out: Friday 25 December")
    assert "Open again on Friday 25 December." in page.main
    assert holidays.list_holidays(session) == ()


@pytest.mark.parametrize("day", ["2026-12-25", "soon", "2026-13-40"])
def test_a_day_that_is_not_closed_cannot_be_taken_out(reader, day):
    admin = reader("admin")
    admin.opens("/admin/settings/holidays")
    admin.posts(f"/admin/settings/holidays/{day}/ending", status=404)


def test_the_words_say_who_hears_it_and_by_what():
    two = RuleSetting(number=4, leaving=frozenset(LEAVING[:2]))
    said = str(now_words(Rule.GOALS_UNTOUCHED, two))
    assert said.endswith("In the app, and at most by these: E-mail, Text message.")
    alone = str(now_words(Rule.NOTE_UNFINISHED, RuleSetting(number=1, leaving=frozenset())))
    assert alone == "When something has lain unfinished for a day. Its writer is told. In the app alone."
