"""How a person is named, drawn, found and safely reached."""

from __future__ import annotations

import datetime as dt
import string
import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.clients.rules import (
    LEAST_RHYTHM,
    MOST_RHYTHM,
    PRONOUN_WORDS,
    USUAL_RHYTHM,
    WAYS_OF,
    Likeness,
    PointKind,
    Pronouns,
    call_rule,
    fold,
    initials,
    is_alike,
    is_rhythm,
    last_digits,
    lines_of,
    name_rule,
    point_rule,
    reach_rule,
    refuse_agreement,
    refuse_birth_day,
    refuse_milestone_day,
    shown_name,
    shown_names,
    spoken_of,
    tone,
)
from coachdesk.words import Refused

NAMES = st.text(st.sampled_from("abzéüñÅØ’- "), max_size=8)
YES_OR_NO = st.booleans()


@pytest.mark.parametrize(
    ("pronouns", "words"),
    [
        (Pronouns.HE, ("he", "him", "his")),
        (Pronouns.SHE, ("she", "her", "her")),
        (Pronouns.THEY, ("they", "them", "their")),
        (Pronouns.NAME, ("Marcus", "Marcus", "Marcus’s")),
    ],
)
def test_a_person_is_spoken_of_as_they_chose(pronouns, words):
    assert spoken_of(pronouns, "Marcus") == words


def test_every_choice_of_pronouns_has_its_words():
    assert set(PRONOUN_WORDS) == set(Pronouns)


@pytest.mark.parametrize(
    ("person", "shown"),
    [
        (("Marcus", "Tell", ""), "Marcus T."),
        (("Marcus", "Tell", "Mack"), "Mack T."),
        (("Marcus", "", ""), "Marcus"),
        ((" Marcus ", " ", ""), "Marcus"),
        (("Ana", "émile", ""), "Ana É."),
    ],
)
def test_people_see_the_called_name_and_one_initial(person, shown):
    assert shown_name(*person) == shown


def test_two_who_would_read_the_same_are_written_in_full():
    people = [
        ("Ana", "Ruiz", ""),
        ("Anastasia", "Rossi", "Ana"),
        ("Ana", "Bell", ""),
        ("Lena", "", ""),
        ("Lena", "", ""),
    ]
    assert shown_names(people) == ["Ana Ruiz", "Ana Rossi", "Ana B.", "Lena", "Lena"]
    assert shown_names([]) == []


@given(people=st.lists(st.tuples(NAMES, NAMES, NAMES), max_size=6))
def test_a_list_shows_everybody_in_order_in_brief_or_in_full(people):
    shown = shown_names(people)
    assert len(shown) == len(people)
    for name, (first, last, preferred) in zip(shown, people, strict=True):
        full = f"{(preferred or first).strip()} {last.strip()}".strip()
        assert name in (shown_name(first, last, preferred), full)


@given(first=NAMES, last=NAMES, preferred=NAMES)
def test_a_mark_is_one_or_two_capitals_or_a_question(first, last, preferred):
    letters = initials(first, last, preferred)
    assert 1 <= len(letters) <= 2
    assert letters == letters.upper()


@pytest.mark.parametrize(
    ("person", "letters"),
    [(("marcus", "tell"), "MT"), (("Marcus", ""), "M"), (("", "", ""), "?"), (("Marcus", "Tell", "Zed"), "ZT")],
)
def test_a_mark_holds_the_initials(person, letters):
    assert initials(*person) == letters


@given(key=st.uuids())
def test_the_same_person_always_has_the_same_colour(key):
    assert tone(key) == tone(key)
    assert tone(key) in {"", "b", "c", "d", "e"}


@pytest.mark.parametrize(
    ("written", "found_by"),
    [
        ("García", "garcia"),
        ("GARCÍA", "garcia"),
        ("  Ana   María ", "ana maria"),
        ("Straße", "strasse"),
        ("İpek", "ipek"),
        ("Åse", "ase"),
        ("ﬁona", "fiona"),
        ("\uff2d\uff21\uff32\uff29", "mari"),
        ("Haven™", "haventm"),
        ("House № 5", "house no 5"),
        ("Ἀθηνᾷ", "αθηναι"),
        ("", ""),
    ],
)
def test_a_name_is_found_without_its_accents_and_capitals(written, found_by):
    assert fold(written) == found_by
    assert fold(unicodedata.normalize("NFD", written)) == found_by


@given(text=st.text())
def test_folding_again_changes_nothing(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert not any(unicodedata.combining(letter) for letter in folded)
    assert "  " not in folded
    assert folded == folded.strip()


@given(first=st.text(string.ascii_letters), last=st.text(string.ascii_letters))
def test_part_of_a_name_is_found_in_the_whole(first, last):
    assert fold(last.swapcase()) in fold(f"{first} {last}")


@pytest.mark.parametrize(
    ("number", "digits"),
    [("+1 (555) 010-2030", "2030"), ("12-34", "1234"), ("911", ""), ("", ""), ("١٢٣٤ 5", ""), ("ring ²³⁴⁵", "")],
)
def test_only_the_last_four_plain_digits_are_shown(number, digits):
    assert last_digits(number) == digits


@given(number=st.text())
def test_nothing_or_four_digits_of_a_number_are_shown(number):
    digits = last_digits(number)
    assert digits == "" or (len(digits) == 4 and all(digit in string.digits for digit in digits))


@given(days=st.integers(-400, 400))
def test_a_rhythm_lies_between_a_day_and_ninety(days):
    assert is_rhythm(days) == (LEAST_RHYTHM <= days <= MOST_RHYTHM)
    assert is_rhythm(USUAL_RHYTHM)


@pytest.mark.parametrize(
    ("may_call", "may_text", "may_voicemail", "rule"),
    [
        (True, True, True, "Safe to call. A message is fine."),
        (True, False, False, "Safe to call? No voicemail."),
        (False, True, True, "Text only. Do not call."),
        (False, False, True, "Do not call or text."),
    ],
)
def test_a_short_rule_stands_beside_call(may_call, may_text, may_voicemail, rule):
    ticks = {"may_call": may_call, "may_text": may_text, "may_voicemail": may_voicemail}
    assert str(call_rule(**ticks, say_who=True)) == rule
    unnamed = str(call_rule(**ticks, say_who=False))
    assert unnamed == (f"{rule} Say only your own name." if may_call else rule)


@pytest.mark.parametrize(
    ("ways", "rule"),
    [
        ("", "Nothing is agreed yet. Ask before you call or write."),
        ("voicemail", "Nothing is agreed yet. Ask before you call or write."),
        ("call", "Call only. No voicemail."),
        ("call voicemail", "Call only. A message on the phone is fine."),
        ("text", "Text only. Do not call."),
        ("email voicemail", "E-mail only."),
        ("call text", "Call or text. No voicemail."),
        ("text email", "Text or e-mail. Do not call."),
        ("call text email voicemail", "Call, text or e-mail. A message on the phone is fine."),
    ],
)
def test_how_to_reach_somebody_says_what_was_agreed_and_nothing_more(ways, rule):
    agreed = ways.split()
    assert _reach(*(way in agreed for way in ("call", "text", "voicemail", "email"))) == rule


def _reach(*agreed: bool) -> str:
    may_call, may_text, may_voicemail, may_email = agreed
    return str(
        reach_rule(may_call=may_call, may_text=may_text, may_voicemail=may_voicemail, may_email=may_email),
    )


def test_a_way_that_was_not_agreed_is_never_offered():
    for agreed in product((False, True), repeat=4):
        may_call, may_text, may_voicemail, may_email = agreed
        rule = _reach(*agreed)
        if not (may_call or may_text or may_email):
            continue
        offered = rule.replace("Do not call.", "").replace("No voicemail.", "").lower()
        assert ("call" in offered) == may_call
        assert ("text" in offered) == may_text
        assert ("e-mail" in offered) == may_email
        assert ("message" in offered) == (may_call and may_voicemail)


@given(may_call=YES_OR_NO, may_text=YES_OR_NO, may_voicemail=YES_OR_NO, say_who=YES_OR_NO)
def test_the_short_rule_is_calm_only_where_a_call_was_agreed(may_call, may_text, may_voicemail, say_who):
    rule = str(call_rule(may_call=may_call, may_text=may_text, may_voicemail=may_voicemail, say_who=say_who))
    assert rule.startswith("Safe to call") == may_call
    assert ("message is fine" in rule) == (may_call and may_voicemail)
    assert ("Say only your own name." in rule) == (may_call and not say_who)


@given(agreed=YES_OR_NO, say_who=YES_OR_NO)
def test_the_organisation_is_named_only_where_that_was_agreed(agreed, say_who):
    rule = name_rule(agreed=agreed, say_who=say_who)
    assert (rule is None) == (not agreed)
    if rule is not None:
        assert str(rule) == ("You may say who is calling." if say_who else "Say only your own name.")


@given(
    kind=st.sampled_from(PointKind),
    may_call=YES_OR_NO,
    may_text=YES_OR_NO,
    may_voicemail=YES_OR_NO,
    may_email=YES_OR_NO,
)
def test_each_way_has_a_rule_of_its_own_that_offers_nothing_more(kind, may_call, may_text, may_voicemail, may_email):
    rule = str(point_rule(kind, may_call=may_call, may_text=may_text, may_voicemail=may_voicemail, may_email=may_email))
    agreed = {"may_call": may_call, "may_text": may_text, "may_voicemail": False, "may_email": may_email}
    if not any(agreed[way] for way in WAYS_OF[kind]):
        assert rule.startswith("Nothing is agreed yet.")
        return
    offered = rule.replace("Do not call.", "").replace("Do not write.", "").replace("No voicemail.", "").lower()
    assert ("call" in offered) == (may_call and "may_call" in WAYS_OF[kind])
    assert ("message" in offered) == (kind is PointKind.PHONE and may_call and may_voicemail)


# ---- who they may be already ----------------------------------------------------------------------------------------

LIKE = st.builds(
    Likeness,
    NAMES,
    NAMES,
    NAMES,
    st.sampled_from(["", "a", "b"]),
    st.frozensets(st.sampled_from(["x", "y"]), max_size=2),
)


@given(one=LIKE, other=LIKE)
def test_two_are_alike_both_ways_or_not_at_all(one, other):
    assert is_alike(one, other) == is_alike(other, one)
    if one.wholes or one.birth:
        assert is_alike(one, one)


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (Likeness("MARCUS", "téll"), True),
        (Likeness("Robert", "Tell", "Marcus"), True),
        (Likeness("Marcus", ""), False),
        (Likeness("Marc", "Tell"), False),
        (Likeness("Ada", "Lind", birth="b"), True),
        (Likeness("Marcus", "Lind", numbers=frozenset({"2030"})), True),
        (Likeness("Ada", "Lind", numbers=frozenset({"2030"})), False),
        (Likeness("", ""), False),
    ],
)
def test_a_name_a_birth_day_or_a_number_with_a_name_makes_two_alike(other, alike):
    assert is_alike(Likeness("Marcus", "Tell", birth="b", numbers=frozenset({"2030"})), other) == alike


TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (None, ""),
        (TODAY, ""),
        (dt.date(1988, 2, 29), ""),
        (dt.date(1906, 1, 1), ""),
        (dt.date(2026, 11, 24), "lies ahead"),
        (dt.date(2085, 5, 24), "lies ahead"),
        (dt.date(1896, 11, 23), "more than 120 years ago"),
        (dt.date.min, "more than 120 years ago"),
        (dt.date.max, "lies ahead"),
    ],
)
def test_a_birth_day_lies_within_a_life(day, sentence):
    if not sentence:
        refuse_birth_day(day, TODAY)
        return
    with pytest.raises(Refused, match=sentence) as refusal:
        refuse_birth_day(day, TODAY)
    assert refusal.value.at == "birth_day"


@given(agreed=st.none() | st.dates(), review=st.none() | st.dates(), stood=st.none() | st.dates())
def test_an_agreement_is_looked_at_after_it_was_made(agreed, review, stood):
    at = _refused_at(lambda: refuse_agreement(agreed, review, today=TODAY, stood=stood))
    if at == "agreed_on":
        assert agreed is None or agreed > TODAY or agreed.year < 2016
        return
    assert agreed is not None
    assert agreed <= TODAY
    sound = review is None or (review >= agreed and (review > TODAY or review == stood) and review.year <= 2036)
    assert (at is None) == sound


@given(day=st.dates())
def test_a_day_to_mark_lies_within_a_life_or_ten_years_ahead(day):
    at = _refused_at(lambda: refuse_milestone_day(day, TODAY))
    assert at == (None if 1906 <= day.year <= 2036 else "marked_on")


def _refused_at(act):
    """Return the field at which an act is refused, or nothing where it is not."""
    try:
        act()
    except Refused as refusal:
        return refusal.at
    return None


@given(text=st.text())
def test_lines_are_what_was_said_line_by_line(text):
    lines = lines_of(text)
    assert all(line and line == line.strip() for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
