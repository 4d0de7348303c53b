"""How a person is named, drawn, found and safely reached."""

from __future__ import annotations

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
    Pronouns,
    call_rule,
    fold,
    initials,
    is_rhythm,
    last_digits,
    reach_rule,
    shown_name,
    shown_names,
    spoken_of,
    tone,
)

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
    assert str(call_rule(may_call=may_call, may_text=may_text, may_voicemail=may_voicemail)) == rule


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


@given(may_call=YES_OR_NO, may_text=YES_OR_NO, may_voicemail=YES_OR_NO)
def test_the_short_rule_is_calm_only_where_a_call_was_agreed(may_call, may_text, may_voicemail):
    rule = str(call_rule(may_call=may_call, may_text=may_text, may_voicemail=may_voicemail))
    assert rule.startswith("Safe to call") == may_call
    assert ("message is fine" in rule) == (may_call and may_voicemail)
