"""Kinder words are offered, outside quotation marks alone; nothing is blocked and nothing changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.better_words import BETTER, MOST_HINTS, find_hints, list_hints

MARKS = [("“", "”"), ('"', '"'), ("‘", "’"), ("'", "'"), ("«", "»"), ("„", "“"), ("‹", "›")]
LISTED = st.sampled_from(sorted(BETTER))
PLAIN = st.text(st.sampled_from("abc xyz,.\n हिन्दी रोज़ عربي é-"), max_size=40)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(hint.wrote, hint.better) for hint in find_hints(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He relapsed on Friday.", [("relapsed", "returned to use")]),
        ("Relapse was near.", [("Relapse", "Return to use")]),
        ("A no-show, then he refused.", [("no-show", "did not make it"), ("refused", "chose not to")]),
        ("He got  clean in May.", [("got  clean", "stopped using")]),
        ("She cleaned the kitchen; all is clean-cut.", []),
        ("On MAT since June.", [("MAT", "medication for opioid use disorder")]),
        ("He brought his yoga mat.", []),
        ("An addictive game, an ex-addict, a non-addict.", [("ex-addict", "person in recovery")]),
        ("Went to Alcoholics Anonymous.", []),
        ("Discharged from the hospital on Monday.", []),
        ("Failed to call. The plan failed.", [("Failed to", "Did not"), ("failed", "did not work yet")]),
        ("the addict’s brother", [("addict", "person with a substance use disorder")]),
        ("उसने addictों से बात की", []),
        ("उसने addict शब्द कहा", [("addict", "person with a substance use disorder")]),
    ],
)
def test_whole_words_alone_are_met_in_whatever_case(text, found):
    assert _pairs(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "He said “I relapsed” and cried.",
        'He said "I relapsed" and cried.',
        "He said ‘I’m an addict, that’s all’ and laughed.",
        "He said 'I'm an addict' and laughed.",
        "उसने कहा “मैं addict हूँ” और रोया",
        "उसने कहा ‘मैं addict हूँ’ और रोया",
        'He said "I relapsed, and it goes on',
        "Il a dit «addict».",
    ],
)
def test_somebodys_own_words_are_left_alone(text):
    assert _pairs(text) == []


def test_an_apostrophe_opens_no_quotation():
    assert _pairs("He didn't call. The addict's plan wasn't his.") == [
        ("addict", "person with a substance use disorder")
    ]
    assert _pairs('A mark left open " holds its line.\nHe relapsed.') == [("relapsed", "returned to use")]


@given(before=PLAIN, listed=LISTED, between=PLAIN, after=PLAIN, marks=st.sampled_from(MARKS))
def test_no_hint_stands_within_quotation_marks(before, listed, between, after, marks):
    opening, closing = marks
    said = f"{opening}x {listed} {between.replace(chr(10), ' ')}y{closing}"
    text = f"{before} {said} {after}"
    start = len(before) + 1
    hints = list(find_hints(text))
    assert not [hint for hint in hints if start <= hint.start < start + len(said)]


@given(
    text=st.text() | st.lists(LISTED | PLAIN | st.sampled_from([one for pair in MARKS for one in pair])).map(" ".join)
)
def test_every_hint_repeats_what_stands_there_and_changes_nothing(text):
    before = str(text)
    for hint in find_hints(text):
        assert text[hint.start :].startswith(hint.wrote)
        assert " ".join(hint.wrote.split()).casefold() in {key.casefold() for key in BETTER}
    assert text == before


@given(listed=LISTED, before=PLAIN, after=PLAIN)
def test_every_listed_word_is_met_where_it_stands_by_itself(listed, before, after):
    hints = [hint for hint in find_hints(f"{before}\n{listed}\n{after}") if hint.start == len(before) + 1]
    assert [hint.wrote for hint in hints] == [listed]


@given(texts=st.lists(LISTED, max_size=12))
def test_each_word_is_said_once_and_few_at_a_time(texts):
    hints = list_hints(texts)
    assert len(hints) <= MOST_HINTS
    assert len({hint.wrote.casefold() for hint in hints}) == len(hints)


def test_no_better_word_is_on_the_list_itself():
    assert [better for better in BETTER.values() if _pairs(better)] == []
