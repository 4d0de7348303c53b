"""What is handed out: a wheel that carries all it needs, locked requirements, and no address of any registry."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from coachdesk.config import KNOWN
from tests.chromium import find_chromium, must_have

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.txt", "requirements-dev.txt")


def plain(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!;~ ]", requirement, maxsplit=1)[0]).lower()


def locked(name: str) -> dict[str, str]:
    return {plain(line): line for line in (ROOT / name).read_text().splitlines() if "==" in line}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("coachdesk-*.whl"))


def test_the_wheel_carries_templates_and_migrations(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    for name in ("templates", "migrations"):
        beside = {
            f"coachdesk/_{name}/{path.relative_to(ROOT / name).as_posix()}"
            for path in (ROOT / name).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert beside
        assert beside <= inside, f"the wheel lacks {sorted(beside - inside)[:5]}"


def test_the_wheel_carries_nothing_of_an_instance_or_of_the_tests(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"coachdesk", f"coachdesk-{PROJECT['project']['version']}.dist-info"}
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if re.search(r"\.(db|pyc|key)$|/keys/", name)]


def test_an_installed_wheel_finds_its_own_folders_and_keeps_its_instance_by_its_python(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    asked = (
        "import sys; sys.prefix = sys.argv[1]; from coachdesk.config import bundled, load; "
        "print(bundled('templates'), bundled('migrations'), load({}, demo=True).instance, sep='\\n')"
    )
    answer = subprocess.run(
        [sys.executable, "-P", "-c", asked, tmp_path / "venv"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines() == [
        str(tmp_path / "site" / "coachdesk" / "_templates"),
        str(tmp_path / "site" / "coachdesk" / "_migrations"),
        str(tmp_path / "venv" / "coachdesk-instance"),
    ]


def test_the_wheel_has_one_command(wheel):
    packed = zipfile.ZipFile(wheel)
    entry = next(name for name in packed.namelist() if name.endswith("entry_points.txt"))
    assert packed.read(entry).decode().split() == ["[console_scripts]", "coachdesk", "=", "coachdesk.cli:main"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_has_its_hashes(name):
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert len(entries) > 40
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_what_the_project_asks_for_is_locked():
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"]
    assert {plain(line) for line in asked} <= locked("requirements.txt").keys()
    assert {plain(line) for line in PROJECT["dependency-groups"]["dev"]} <= locked("requirements-dev.txt").keys()


def test_both_locks_agree():
    run, dev = locked("requirements.txt"), locked("requirements-dev.txt")
    assert {name: dev.get(name) for name in run} == run


def test_no_file_of_the_project_names_a_registry():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("no git here: an unpacked archive")
    registry = re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", "index" + "-url =", "npm" + "js", "/opt/py" + "pi"])
    )
    named = [
        path
        for path in listed.stdout.split()
        if (ROOT / path).is_file() and registry.search((ROOT / path).read_text(errors="ignore"))
    ]
    assert named == []


def test_make_help_names_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets
    answer = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {line.split()[1] for line in answer.stdout.splitlines()} == set(targets.group(1).split())


def test_ci_starts_by_itself():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)


# ---- the browser --------------------------------------------------------------------------------------------------


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    for name in ("google-chrome", "chromium"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_chromium_is_found_before_chrome(programs):
    assert find_chromium({"PATH": str(programs)}) == str(programs / "chromium")


def test_a_named_browser_is_taken_or_nothing_is(programs):
    chrome = str(programs / "google-chrome")
    assert find_chromium({"PATH": str(programs), "COACHDESK_CHROMIUM": chrome}) == chrome
    assert find_chromium({"PATH": str(programs), "COACHDESK_CHROMIUM": "/nowhere/chromium"}) is None


def test_without_a_browser_nothing_is_found(tmp_path):
    assert find_chromium({"PATH": str(tmp_path)}) is None


@pytest.mark.parametrize(
    ("ci", "code", "told"), [("", 0, "are left out"), ("true", 1, "are left out"), ("false", 0, "apt-get")]
)
def test_a_missing_browser_is_said_plainly_and_fails_only_ci(tmp_path, ci, code, told):
    answer = subprocess.run(
        [sys.executable, "-m", "tests.chromium"],
        cwd=ROOT, env={"PATH": str(tmp_path), "CI": ci}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == code
    assert told in answer.stdout
    assert must_have({"CI": ci}) == bool(code)


# ---- the README ---------------------------------------------------------------------------------------------------


def test_the_readme_lists_every_setting_and_no_other():
    text = (ROOT / "README.md").read_text()
    assert set(re.findall(r"COACHDESK_[A-Z_]+", text)) == KNOWN
