"""Each event has its words and is recorded somewhere; each verb that a form or a button asks for leaves one."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coachdesk.admin.trail import THINGS
from coachdesk.audit import WORDS, Event, Group, told
from coachdesk.db import Base
from coachdesk.furnishing import ROOMS

if TYPE_CHECKING:
    from flask import Flask

PACKAGE = Path(__file__).resolve().parent.parent.parent / "coachdesk"
FOUNDATIONS = ("audit", "static", "_migrations")
MOST_WORDS = 15

# Acts that leave no event, and why none is needed.
WITHOUT = {
    "accounts.accept": "reaches its verb by way of a transaction of its own, and leaves invitation:used",
    "desk.order_days": "nothing is written yet; one's own list is only read in another way",
    "desk.set_columns": "the same",
    "checkins.keep_draft": "nothing is saved yet; what becomes of the draft is recorded",
    "checkins.keep_correction": "the same",
    "drafts.keep_form": "the same",
    "drafts.let_unsent_go": "it never became part of a record, so there is nothing of it to tell",
    "reminders.see": "a notice of one's own goes off one's own list; what it was about stays as it is",
}


def test_every_event_has_words_and_a_heading():
    assert set(WORDS) == set(Event)
    assert {words.group for words in WORDS.values()} == set(Group)
    assert len({words.line for words in WORDS.values()}) == len(WORDS), "two events read the same"


@pytest.mark.parametrize("event", Event)
def test_an_event_is_told_to_the_person_in_few_plain_words(event):
    words = told(event.value)
    assert 1 <= len(words.yours.split()) + 2 <= MOST_WORDS
    assert words.line[0].isupper()
    assert words.yours[0].islower()
    banned = r"\b(client|user|case|failed|refused|invalid|record id|error|audit)\b"
    assert not re.search(banned, f"{words.line} {words.yours}", re.IGNORECASE)


def test_an_event_of_an_older_version_is_still_told():
    assert told("message:sent").line == "Did something this version no longer does"


def test_there_are_no_dead_events():
    text = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.parent.name not in FOUNDATIONS)
    assert [event.name for event in Event if not re.search(rf"\bEvent\.{event.name}\b", text)] == []


def test_whatever_an_entry_is_about_has_a_name_for_the_reader():
    for room in (*ROOMS, "notify"):
        if find_spec(f"coachdesk.{room}.models"):
            import_module(f"coachdesk.{room}.models")
    assert set(THINGS) <= set(Base.metadata.tables)
    assert len(THINGS) >= 15


# ---- every act of every room reaches `audit.record` ---------------------------------------------------------------


@cache
def functions() -> dict[tuple[str, str], tuple[ast.AST, dict[str, str]]]:
    """Every function of the product by module and name, with what its module's names stand for."""
    found: dict[tuple[str, str], tuple[ast.AST, dict[str, str]]] = {}
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text())
        names = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found[module, node.name] = (node, names)
    return found


def reaches_the_trail(module: str, name: str, seen: set[tuple[str, str]]) -> bool:
    """Say whether a function records an event, itself or by what it calls or hands on."""
    if (module, name) in seen or (module, name) not in functions():
        return False
    seen.add((module, name))
    node, names = functions()[module, name]
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            place = names.get(part.value.id, "")
            if (place, part.attr) == ("coachdesk.audit", "record") or reaches_the_trail(place, part.attr, seen):
                return True
        elif isinstance(part, ast.Name):
            place, _dot, attr = names.get(part.id, f"{module}.{part.id}").rpartition(".")
            if reaches_the_trail(place, attr, seen):
                return True
    return False


def acts(app: Flask) -> dict[str, Any]:
    return {
        rule.endpoint: app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("security.")
    }


@pytest.mark.parametrize("database", ["sqlite"])
def test_every_act_of_every_room_leaves_an_event(app, database):
    silent = [
        endpoint for endpoint, view in acts(app).items() if not reaches_the_trail(view.__module__, view.__name__, set())
    ]
    assert set(silent) <= set(WITHOUT), set(silent) - set(WITHOUT)


def test_the_way_to_the_trail_is_followed_and_not_guessed():
    assert reaches_the_trail("coachdesk.goals.service", "set_goal", set())
    assert not reaches_the_trail("coachdesk.goals.service", "find_goal", set())
