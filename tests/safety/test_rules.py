"""Who hears of a worry about safety is said by name, and it is said when nobody does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.safety.rules import ToldAs, told, will_be_told

NAMES = st.lists(st.sampled_from(["Ruth M.", "Omar H.", "Ada", "Noor B."]), unique=True, max_size=4)


@pytest.mark.parametrize(
    ("supervisors", "administrators", "sentence"),
    [
        (["Ruth"], ["Lund"], "Ruth was told straight away."),
        (["Ruth", "Omar"], [], "Ruth and Omar were told straight away."),
        (["Ruth", "Omar", "Ada"], [], "Ruth, Omar and Ada were told straight away."),
        (
            [],
            ["Lund"],
            (
                "There was no supervisor to tell. Lund heard that a concern is waiting, without a name. "
                "Please reach somebody in person too."
            ),
        ),
        ([], [], "Nobody could be told from here. Please reach somebody in person now."),
    ],
)
def test_who_was_told_is_said(supervisors, administrators, sentence):
    assert str(told(supervisors, administrators)) == sentence


@pytest.mark.parametrize(
    ("supervisors", "sentence"),
    [
        (["Ruth"], "When you save, Ruth is told straight away. You do not have to carry this alone."),
        (["Ruth", "Omar"], "When you save, Ruth and Omar are told straight away. You do not have to carry this alone."),
        (
            [],
            (
                "There is no supervisor to tell. When you save, the administrators hear that a concern is waiting, "
                "without a name. Please reach somebody in person too."
            ),
        ),
    ],
)
def test_who_will_be_told_is_said_before_saving(supervisors, sentence):
    assert str(will_be_told(supervisors)) == sentence


@given(supervisors=NAMES, administrators=NAMES)
def test_everybody_who_was_told_is_named_and_nobody_else(supervisors, administrators):
    sentence = str(told(supervisors, administrators))
    heard = supervisors or administrators
    assert all(name in sentence for name in heard)
    assert not any(name in sentence for name in {"Ruth M.", "Omar H.", "Ada", "Noor B."} - set(heard))


@given(supervisors=NAMES, administrators=NAMES)
def test_without_a_supervisor_you_are_asked_to_reach_somebody_in_person(supervisors, administrators):
    for sentence in (told(supervisors, administrators), will_be_told(supervisors)):
        assert ("reach somebody in person" in str(sentence)) == (not supervisors)


def test_somebody_is_told_as_supervisor_or_as_administrator():
    assert set(ToldAs) == {ToldAs.SUPERVISOR, ToldAs.ADMINISTRATOR}
