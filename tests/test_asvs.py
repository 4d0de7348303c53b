"""The requirements of OWASP ASVS 5.0.0 this house holds itself to: each is shown by a test that carries its number."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.checkins.models import CheckIn
from coachdesk.clients.models import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOUSE = Path(__file__).resolve().parent.parent
HELD_TO = """
    1.2.1 1.2.4 1.2.10 1.3.6 2.2.2 2.3.1 2.3.3 2.3.4 2.4.1 3.3.1 3.3.2 3.3.4 3.4.1 3.4.3 3.4.4 3.4.5 3.4.6 3.5.1 3.5.3
    3.7.2 4.1.1 4.1.3 5.2.2 5.4.1 6.2.1 6.2.4 6.3.1 6.3.3 6.3.8 6.4.1 6.4.3 6.4.6 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3
    7.5.1 8.2.1 8.2.2 8.2.3 8.3.1 8.3.2 8.4.1 11.4.2 14.2.1 14.3.2 15.3.3 15.4.2 16.2.5 16.3.2 16.4.2 16.5.1
"""
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def _marked() -> set[str]:
    found: set[str] = set()
    for path in (HOUSE / "tests").rglob("test_*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "asvs":
                found |= {str(given.value) for given in call.args if isinstance(given, ast.Constant)}
    return found


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((HOUSE / "coachdesk").rglob("*.py")):
        yield str(path.relative_to(HOUSE)), ast.parse(path.read_text(encoding="utf-8"))


def test_every_requirement_has_a_test_that_carries_its_number() -> None:
    assert set(HELD_TO.split()) - _marked() == set()


@pytest.mark.asvs("1.2.1")
def test_what_people_write_is_text_on_every_page(reader: Callable[..., Any], session: Any, cast: Any) -> None:
    dana = reader("dana")
    dana.opens("/people/new")
    dana.sends(first_name=f"Ada {MARKUP}", last_name="Low")
    person = session.scalars(sa.select(Client).where(Client.last_name == "Low")).one().id
    dana.opens(f"/people/{person}/check-ins/new")
    dana.sends(how="call", note=MARKUP, status=200)
    note = session.scalars(sa.select(CheckIn)).one()
    for path in ("/today", "/people", f"/people/{person}", f"/people/{person}/timeline", f"/check-ins/{note.id}"):
        page = dana.opens(path)
        assert all(tag.get("src") for tag in page.soup.select("script")), path
        assert not page.soup.select("img[onerror]"), path
    assert MARKUP in page.soup.get_text()


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize("text", ["' OR '1'='1", "%", "_", "\\", "'; DROP TABLE client; --", '" OR ""="'])
def test_what_is_looked_for_is_never_a_command(reader: Callable[..., Any], session: Any, text: str) -> None:
    dana = reader("dana")
    page = dana.opens(f"/people?q={text.replace('%', '%25').replace(';', '%3B').replace(' ', '+')}")
    assert "Marcus T." not in page.main
    assert "Hana" not in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Client)) == 4


@pytest.mark.asvs("1.3.6")
def test_the_house_fetches_nothing_that_anybody_names() -> None:
    fetchers = {"requests", "httpx", "aiohttp", "urllib.request", "urllib3", "http.client", "ftplib", "socket"}
    found = {
        (path, name)
        for path, tree in _modules()
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name in fetchers
    }
    # The supervisor asks its own web server on this machine whether it answers, and whether the port is free; the line
    # leads to the mail server of the settings, and what is said of it names why none was reached; and where a gateway's
    # address leads is looked up, to refuse what is ours and to pass by any proxy.
    own = {("coachdesk/serving.py", "http.client"), ("coachdesk/serving.py", "socket")}
    mail = {("coachdesk/notify/line.py", "socket"), ("coachdesk/notify/hearing.py", "socket")}
    assert found == own | mail | {("coachdesk/notify/reaching.py", name) for name in ("requests", "socket")}


@pytest.mark.asvs("2.2.2")
def test_what_a_browser_would_have_refused_is_refused_by_the_house_too(
    reader: Callable[..., Any], session: Any, cast: Any
) -> None:
    grace = reader("admin")
    grace.opens(f"/admin/accounts/{cast.dana.id}")
    for most in ("-1", "201", "1e9", "many"):
        assert "Write a whole number from 0 to 200." in grace.sends(most_people=most, status=422).main
    dana = reader("dana")
    dana.opens("/people/new")
    dana.sends(first_name="x" * 300, email="no address", status=422)
    assert session.scalar(sa.select(sa.func.count()).select_from(Client)) == 4


@pytest.mark.asvs("5.2.2")
def test_a_file_is_taken_in_one_place_alone_as_what_it_is_and_is_not_kept(
    reader: Callable[..., Any], session: Any, tmp_path: Path
) -> None:
    takes = [
        path.name
        for path in (HOUSE / "templates").rglob("*.html")
        if re.search(r"type=.file|multipart/form-data", path.read_text(encoding="utf-8"))
    ]
    assert takes == ["import.html"]
    read = [
        path
        for path, tree in _modules()
        if any(isinstance(n, ast.Attribute) and n.attr == "files" for n in ast.walk(tree))
    ]
    assert read == ["coachdesk/desk/import_views.py"]
    dana = reader("dana")
    dana.opens("/people/import")
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    for name, data in (
        ("people.xlsx", b"%PDF-1.7 a letter"),
        ("people.csv", b"PK\x03\x04 no table"),
        ("a.xlsx", b"MZ\0"),
    ):
        dana.sends(file=(io.BytesIO(data), name), status=422)
    assert session.scalar(sa.select(sa.func.count()).select_from(Client)) == 4
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before
