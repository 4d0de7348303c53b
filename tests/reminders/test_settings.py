"""What an organisation may decide about each rule, and what becomes of it when it is kept and read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.notify.messages import Channel
from coachdesk.reminders.kinds import RULE_WORDS, Rule
from coachdesk.reminders.settings import (
    LEAVING,
    SHAPES,
    USUAL_SETTINGS,
    Group,
    Hearer,
    RuleSetting,
    Settings,
    as_kept,
    refuse_bad_setting,
    settings_of,
    usual,
)
from coachdesk.words import Refused

DECIDED = [rule for rule in Rule if SHAPES[rule].group is not Group.SAFETY]
SAFETY = [rule for rule in Rule if rule not in DECIDED]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Rule, RuleSetting]:
    """Draw a rule and something one may decide about it."""
    rule = draw(st.sampled_from(DECIDED))
    shape = SHAPES[rule]
    number = draw(st.integers(shape.count.least, shape.count.most)) if shape.count else 0
    to = draw(st.sets(st.sampled_from(shape.offered), min_size=1))
    leaving = draw(st.sets(st.sampled_from(LEAVING)))
    return rule, RuleSetting(shape.is_always or draw(st.booleans()), number, frozenset(to), frozenset(leaving))


def test_every_rule_has_its_words_and_its_shape_and_the_usual_of_each_can_be_decided():
    assert set(SHAPES) == set(RULE_WORDS) == set(Rule)
    for rule in DECIDED:
        refuse_bad_setting(rule, usual(rule))


@given(decision=decisions())
def test_what_was_decided_is_read_again_as_it_was(decision):
    rule, setting = decision
    refuse_bad_setting(rule, setting)
    kept = settings_of({rule.value: as_kept(setting)})
    assert kept.of(rule) == setting
    assert all(kept.of(other) == usual(other) for other in Rule if other is not rule)


@given(decision=decisions())
def test_in_the_app_everybody_is_always_told(decision):
    rule, setting = decision
    settings = Settings({rule: setting})
    assert settings.channels_of(rule) == setting.leaving | {Channel.IN_APP}


@given(kept=JSON, word=st.sampled_from([*(rule.value for rule in Rule), "made_up"]))
def test_the_usual_holds_for_whatever_is_kept_that_cannot_be_right(kept, word):
    for broken in (kept, {word: kept}, {word: {"on": kept, "number": kept, "to": kept, "leaving": kept}}):
        settings = settings_of(broken)
        for rule in Rule:
            if settings.of(rule) != usual(rule):
                refuse_bad_setting(rule, settings.of(rule))


@pytest.mark.parametrize("rule", SAFETY)
def test_a_worry_about_safety_is_told_whatever_is_kept(rule):
    assert settings_of({rule.value: {"on": False, "number": 0, "to": [], "leaving": []}}).is_on(rule)
    forced = Settings({rule: RuleSetting(is_on=False, leaving=frozenset())})
    assert forced.is_on(rule)
    assert forced.channels_of(rule) == frozenset(Channel)
    with pytest.raises(Refused, match="one way only"):
        refuse_bad_setting(rule, usual(rule))


@pytest.mark.parametrize("rule", [rule for rule in DECIDED if SHAPES[rule].is_always])
def test_what_somebody_asked_for_cannot_be_switched_off(rule):
    with pytest.raises(Refused, match="always told"):
        refuse_bad_setting(rule, RuleSetting(is_on=False))


@pytest.mark.parametrize("number", [-1, 0, 27, 10_000])
def test_a_number_out_of_its_bounds_is_refused_with_the_bounds(number):
    with pytest.raises(Refused, match="from 1 to 26") as refused:
        refuse_bad_setting(Rule.GOALS_UNTOUCHED, RuleSetting(number=number))
    assert refused.value.at == "number"


@pytest.mark.parametrize(
    ("setting", "at"),
    [
        (RuleSetting(number=4, to=frozenset()), "to"),
        (RuleSetting(number=4, to=frozenset({Hearer.PERSON})), "to"),
        (RuleSetting(number=4, leaving=frozenset({Channel.IN_APP})), "leaving"),
    ],
)
def test_whoever_hears_it_and_by_what_comes_from_the_list(setting, at):
    with pytest.raises(Refused) as refused:
        refuse_bad_setting(Rule.GOALS_UNTOUCHED, setting)
    assert refused.value.at == at


def test_without_a_decision_all_is_as_usual():
    assert all(USUAL_SETTINGS.is_on(rule) for rule in Rule)
    assert USUAL_SETTINGS.number_of(Rule.NO_GOAL) == 3
    assert USUAL_SETTINGS.hears(Rule.STEP_DUE, Hearer.PERSON)
    assert not USUAL_SETTINGS.hears(Rule.NO_GOAL, Hearer.SUPERVISOR)
