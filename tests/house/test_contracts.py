"""The walls of the house: who may know whom, beyond what import-linter can say."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "coachdesk"
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
ENTRANCES = {"cli", "demo"}
FOUNDATIONS = {"access", "audit", "notify", "static", "web"}
ROOMS = sorted(
    path.name
    for path in PACKAGE.iterdir()
    if (path / "__init__.py").exists() and path.name not in FOUNDATIONS | ENTRANCES
)
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = [path for path in MODULES if f"coachdesk.*.{path.stem}" in CONTRACTS["pure-rules"]["source_modules"]]
RECKONERS = {"dateutil"}
"""Libraries that are as pure as the standard one: values in, values out, no clock and no zone of the machine."""
WALL_CLOCK = {"now", "utcnow", "today"}


def floors() -> list[set[str]]:
    return [{name.strip(" ()") for name in line.split("|")} for line in CONTRACTS["layers"]["layers"]]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.module == "coachdesk" or (node.module or "").count(".") == 1:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
            found.add(node.module or "")
    return found


def test_every_room_is_held_to_the_furniture():
    assert {f"coachdesk.{room}" for room in ROOMS} == set(CONTRACTS["furniture"]["containers"])


def test_capabilities_of_a_service_know_as_little_of_the_web_as_the_service():
    service_level = next(line for line in CONTRACTS["furniture"]["layers"] if "(service)" in line)
    files = {f"coachdesk.*.{name.strip(' ()')}" for name in service_level.split(":")}
    assert files - {"coachdesk.*.guarding", "coachdesk.*.signing_in"} <= set(CONTRACTS["no-web"]["source_modules"])


def test_every_part_of_the_package_stands_on_one_floor():
    parts = (
        {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"} | set(ROOMS) | ENTRANCES | FOUNDATIONS - {"static"}
    )
    named = [name for floor in floors() for name in floor]
    assert sorted(named) == sorted(set(named))
    assert parts <= set(named)


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rules_import_only_the_standard_library_words_clock_and_lower_rules(path):
    room = path.parent.name
    height = next(i for i, floor in enumerate(floors()) if room in floor)
    lower = {f"coachdesk.{name}.rules" for floor in floors()[height + 1 :] for name in floor}
    levels = [[name.strip(" ()") for name in line.split(":")] for line in CONTRACTS["furniture"]["layers"]]
    own_level = next(i for i, names in enumerate(levels) if path.stem in names)
    own = {f"coachdesk.{room}.{name}" for names in levels[own_level + 1 :] for name in names}
    allowed = {"coachdesk.words", "coachdesk.clock", "coachdesk.notify.messages", *lower, *own}
    for name in imports(path):
        known = name.split(".")[0] in sys.stdlib_module_names | RECKONERS
        assert known or any(name == one or name.startswith(f"{one}.") for one in allowed) or name == "coachdesk", (
            f"{room}/{path.name} imports {name}"
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_wall_clock_is_read_in_one_place_alone(path):
    if path == PACKAGE / "clock.py":
        return
    read = [
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        if (node.func.attr in WALL_CLOCK and node.func.value.id in ("datetime", "date", "dt"))
        or (node.func.attr in ("time", "time_ns", "localtime", "gmtime") and node.func.value.id == "time")
    ]
    assert read == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_tables_are_plain_classes_and_are_asked_by_select(path):
    asked = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if (node.value.id == "db" and node.attr == "Model") or (node.attr == "query" and node.value.id[0].isupper())
    ]
    assert asked == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_that_outgrows_its_budget_is_split(path):
    assert len(path.read_text().splitlines()) <= 400, "two ideas: split it by capability"


def test_the_package_itself_holds_no_code():
    body = ast.parse((PACKAGE / "__init__.py").read_text()).body
    assert [type(node) for node in body] == [ast.Expr]
