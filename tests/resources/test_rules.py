"""What a service can help with has a word for each need."""

from __future__ import annotations

from coachdesk.resources.rules import NEED_WORDS, Need


def test_every_need_has_a_word_of_its_own():
    assert set(NEED_WORDS) == set(Need)
    assert len(set(NEED_WORDS.values())) == len(Need)


def test_something_else_comes_last():
    assert list(NEED_WORDS) == list(Need)
    assert list(NEED_WORDS)[-1] is Need.OTHER
