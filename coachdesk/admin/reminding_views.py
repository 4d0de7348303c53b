"""What the organisation reminds of: every rule with what it does now, and a page for each to decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for

from coachdesk.access import Action
from coachdesk.admin.reminding_forms import rule_form
from coachdesk.db import db
from coachdesk.notify.messages import Channel
from coachdesk.referrals.rules import LONGEST_CLOCK, USUAL_CLOCKS
from coachdesk.reminders import deciding
from coachdesk.reminders.explaining import (
    CLOCK_WORDS,
    GROUP_TITLES,
    NUMBER_MEANINGS,
    TITLES,
    now_words,
    told_words,
    when_words,
)
from coachdesk.reminders.kinds import Rule
from coachdesk.reminders.settings import SHAPES, Group, Hearer, RuleSetting, clock_name, rule_named
from coachdesk.web import now, save, tell, who
from coachdesk.words import NotFound, say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room
    from coachdesk.words import Sentence


def furnish(room: Room) -> None:
    """Add the rules' pages to the administrators' room."""
    room.get("/admin/settings/reminders", action=Action.ADMIN_SETTINGS)(reminder_rules)
    room.get("/admin/settings/reminders/<word>", action=Action.ADMIN_SETTINGS)(reminder_rule)
    room.post("/admin/settings/reminders/<word>", action=Action.ADMIN_SETTINGS)(change_reminder_rule)


def reminder_rules() -> str:
    """List the rules by what they are about, each with what it does now."""
    settings = deciding.find_settings(db.session)
    groups = [
        (
            group.value,
            GROUP_TITLES[group],
            [
                (address(rule), TITLES[rule], now_words(rule, settings.of(rule)), settings.is_on(rule), shape.is_always)
                for rule, shape in SHAPES.items()
                if shape.group is group
            ],
        )
        for group in Group
        if group is not Group.SAFETY
    ]
    return render_template("admin/reminder_rules.html", groups=groups)


def address(rule: Rule) -> str:
    """Return a rule's name as its page's address has it."""
    return rule.value.replace("_", "-")


def _rule(word: str) -> Rule:
    rule = rule_named(word.replace("-", "_"))
    if rule is None or SHAPES[rule].group is Group.SAFETY or address(rule) != word:
        raise NotFound
    return rule


def reminder_rule(word: str) -> str:
    """Show one rule to be decided about."""
    rule = _rule(word)
    return _page(_form_as_kept(rule), rule)


def _form_as_kept(rule: Rule) -> Any:
    setting = deciding.find_settings(db.session).of(rule)
    data = {
        "state": "on" if setting.is_on else "off",
        "number": setting.number,
        "to": [hearer.value for hearer in setting.to],
        "leaving": [channel.value for channel in setting.leaving],
        "version": deciding.find_version(db.session, rule),
        **{clock_name(status): days for status, days in setting.clocks.items()},
    }
    return rule_form(rule)(formdata=None, data=data)


def change_reminder_rule(word: str) -> ResponseReturnValue:
    """Decide about one rule."""
    rule = _rule(word)
    form = rule_form(rule)()
    form.newest = lambda: _form_as_kept(rule)
    return save(
        form,
        lambda: deciding.change_rule(
            db.session, who(), rule, setting=_setting(rule, form), version=form.typed()["version"], now=now()
        ),
        done=lambda _house: tell(
            redirect(url_for("admin.reminder_rules", _anchor=SHAPES[rule].group.value)),
            _saved(rule, is_on=form.typed().get("state", "on") == "on"),
        ),
        page=lambda: _page(form, rule),
    )


def _saved(rule: Rule, *, is_on: bool) -> Sentence:
    """Say what holds now: of what was switched off nobody should read that it counts."""
    title = say(TITLES[rule])
    if is_on:
        return say("Saved: %(title)s. It counts from now on.", title=title)
    return say("Saved: %(title)s. It is off from now on.", title=title)


def _setting(rule: Rule, form: Any) -> RuleSetting:
    """Return what was typed; where nothing was asked, what there is no choice about."""
    shape, typed = SHAPES[rule], form.typed()
    return RuleSetting(
        is_on=typed.get("state", "on") == "on",
        number=typed.get("number", 0),
        to=frozenset(Hearer(word) for word in typed.get("to", shape.usual)),
        leaving=frozenset(Channel(word) for word in typed["leaving"]),
        clocks={status: typed.get(clock_name(status), usual) for status, usual in USUAL_CLOCKS.items()},
    )


def _page(form: Any, rule: Rule) -> str:
    count = SHAPES[rule].count
    setting = deciding.find_settings(db.session).of(rule)
    return render_template(
        "admin/reminder_rule.html",
        form=form,
        title=TITLES[rule],
        address=address(rule),
        when=when_words(rule, setting.number),
        count=count,
        meaning=NUMBER_MEANINGS.get(rule, ""),
        clocks=[
            (form[clock_name(status)], USUAL_CLOCKS[status], asked)
            for status, (_words, asked) in CLOCK_WORDS.items()
            if SHAPES[rule].has_clocks
        ],
        climbs=rule in _OF_THE_LADDER,
        told=None if "to" in form else told_words(rule, setting),
        most=LONGEST_CLOCK,
    )


_OF_THE_LADDER = frozenset({Rule.ATTEMPT_FOLLOW_UP, Rule.OUTREACH})
"""Their days are those of the outreach ladder, on a page of its own."""
