"""A reader without a browser: fetches pages as a person would, fills in forms it sees, and inspects every page."""

from __future__ import annotations

import re
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

import html5lib
from bs4 import BeautifulSoup
from bs4.builder._html5lib import HTML5TreeBuilder
from sqlalchemy import event

from coachdesk.db import db
from tests.cast import PASSPHRASE, Cast
from tests.letting_in import begin_session

if TYPE_CHECKING:
    from bs4.element import Tag
    from flask import Flask
    from werkzeug.test import TestResponse

MOST_QUERIES = 12
"""A page's own queries at most; the rows of the trail, and a session seen once in a minute, are counted apart."""

APART = ("BEGIN", "BEGIN IMMEDIATE")
_SEEN_SOUND: set[str] = set()
_VALUES = re.compile(r'="[^"]*"')
_WORDS = re.compile(r">([^<]+)<")
_TOKEN = re.compile(r'<input[^>]*\bname="csrf_token"[^>]*\bvalue="([^"]+)"')


class Strict(HTML5TreeBuilder):
    """Beautiful Soup's parser, which also keeps what was wrong with the markup, so that a page is parsed once."""

    errors: list[Any]

    def feed(self, markup: Any) -> None:
        """Parse, and keep the faults."""
        parser = html5lib.HTMLParser(tree=self.create_treebuilder)
        assert self.underlying_builder is not None
        self.underlying_builder.parser = parser
        parser.parse(markup).original_encoding = None
        self.underlying_builder.parser = None
        self.errors = parser.errors


class Page:
    """One answer, parsed once somebody looks."""

    def __init__(self, response: TestResponse, queries: list[str]) -> None:
        """Keep the answer and what it asked the database."""
        self.response, self.status, self.queries = response, response.status_code, queries
        self.text = response.get_data(as_text=True)

    @cached_property
    def _parsed(self) -> tuple[BeautifulSoup, list[Any]]:
        """Hold the markup to the standard, unless the same bones, with other words and values, were sound before."""
        bones = _bones(self.text)
        if bones in _SEEN_SOUND:
            return BeautifulSoup(self.text, "html.parser"), []
        builder = Strict()
        soup = BeautifulSoup(self.text, builder=builder)
        if not builder.errors:
            _SEEN_SOUND.add(bones)
        return soup, builder.errors

    @property
    def soup(self) -> BeautifulSoup:
        """The page as a tree."""
        return self._parsed[0]

    @property
    def faults(self) -> list[Any]:
        """What is wrong with its markup."""
        return self._parsed[1]

    @property
    def token(self) -> str:
        """The token of its first form that has one."""
        found = _TOKEN.search(self.text)
        return found[1] if found else ""

    @property
    def words(self) -> str:
        """All words of the page, in one line."""
        return " ".join(self.soup.get_text(" ").split())

    @property
    def main(self) -> str:
        """The words of the page's main part."""
        main = self.soup.find("main")
        return " ".join((main or self.soup).get_text(" ").split())

    @property
    def rows(self) -> list[str]:
        """The words of each row of the page's table."""
        return [" ".join(row.get_text(" ").split()) for row in self.soup.select("tbody tr")]

    @property
    def url(self) -> str:
        """The address of the page."""
        return self.response.request.path

    @property
    def handed_over(self) -> str:
        """The path of the link that is shown once, in its box."""
        box = self.soup.select_one("input[data-select]")
        assert box, f"no link to hand over on {self.url}: {self.main[:400]}"
        assert box.has_attr("readonly"), "the link can be changed"
        return str(box["value"]).removeprefix("http://desk.example")

    def form(self, action: str | None = None) -> Tag:
        """Return the form in the main part whose action ends with `action` (or the only one with a POST)."""
        found = [
            form
            for form in self.soup.select("main form[method=post]")
            if action is None or re.search(action + "$", str(form.get("action") or self.url))
        ]
        assert found, f"no form {action or ''} on {self.url}: {self.main[:400]}"
        return found[0]

    def link(self, words: str) -> str:
        """Return where the first link with these words leads."""
        for anchor in self.soup.find_all("a"):
            texts = (anchor.get_text(" "), anchor.get_text(), str(anchor.get("aria-label") or ""))
            if any(words in " ".join(text.split()) for text in texts):
                return str(anchor["href"])
        raise AssertionError(f"no link {words!r} on {self.url}")


class Reader:
    """Somebody at a browser without scripts."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        """Open the browser."""
        self.app, self.cast, self.client = app, cast, app.test_client()
        self.page: Page
        self.token = ""

    def sign_in(self, name: str, passphrase: str = PASSPHRASE) -> Page:
        """Sign in by the sign-in page, and look at where that leads."""
        self.opens("/sign-in")
        return self.sends(email=self.cast.email(name), password=passphrase)

    def is_let_in(self, name: str) -> None:
        """Begin signed in; how one signs in is shown by the tests of accounts."""
        held = begin_session(self.app, self.cast.email(name))
        with self.client.session_transaction() as cookie:
            cookie.update(held)

    def opens(self, path: str, *, status: int = 200, follow: bool = True) -> Page:
        """Fetch a page and inspect it."""
        return self._fetch("GET", path, status=status, follow=follow)

    def sends(
        self,
        action: str | None = None,
        *,
        status: int = 200,
        follow: bool = True,
        leave: tuple[str, ...] = (),
        **fields: Any,
    ) -> Page:
        """Fill in the form of the page at hand and send it; fields not named are sent as they stand.

        A field whose name is a parameter's here is written with a line behind: `status_`.
        """
        form = self.page.form(action)
        data = {
            **{k: v for k, v in as_it_stands(form).items() if k not in leave},
            **{name.replace("__", "-").removesuffix("_"): value for name, value in fields.items()},
        }
        return self._fetch(
            "POST",
            str(form.get("action") or self.page.url),
            status=status,
            follow=follow,
            data={k: v for k, v in data.items() if v is not None},
        )

    def posts(self, path: str, *, status: int = 200, follow: bool = True, **fields: Any) -> Page:
        """Send a button's act to a path with a valid token."""
        assert self.token, "no page with a token was seen yet"
        data = {"csrf_token": self.token, **{name.replace("__", "-"): value for name, value in fields.items()}}
        return self._fetch("POST", path, status=status, follow=follow, data=data)

    def keeps(self, action: str | None = None, *, status: int = 200, **fields: Any) -> Page:
        """Press Save draft on the page at hand, with what is typed; the page at hand stays."""
        stays, form = self.page, self.page.form(action)
        note = form.select_one("input[data-keep]")
        assert note, f"{self.page.url}: nothing typed in {action or 'its form'} is kept"
        data = {**as_it_stands(form), **{name.replace("__", "-"): value for name, value in fields.items()}}
        page = self._fetch("POST", str(note["data-keep"]), status=status, follow=True, data=data)
        self.page = stays
        return page

    def presses(self, words: str, *, status: int = 200, within: str = "") -> Page:
        """Press the button with these words (its label counts too), within the first element that holds `within`."""
        for button in self._places(within):
            label = f"{' '.join(button.get_text(' ').split())} {button.get('aria-label') or ''}"
            form = button.find_parent("form")
            if words in label and form is not None:
                data = as_it_stands(form)
                if button.get("name"):
                    data[str(button["name"])] = str(button.get("value") or "")
                action = button.get("formaction") or form.get("action") or self.page.url
                return self._fetch("POST", str(action), status=status, follow=True, data=data)
        raise AssertionError(f"no button {words!r} on {self.page.url}: {self.page.main[:600]}")

    def looks(self, path: str) -> Page:
        """Fetch a page, whatever it answers."""
        return self._fetch("GET", path, status=None, follow=True)

    def looks_thrice(self, path: str) -> tuple[Page, float]:
        """Fetch a page three times; return it, and the least seconds it took: what else the machine does is not the page's."""
        took = []
        for _each in range(3):
            began = time.perf_counter()
            page = self.looks(path)
            took.append(time.perf_counter() - began)
        return page, min(took)

    def sends_raw(self, path: str, data: dict[str, Any]) -> Page:
        """Send a form as given, whatever it answers."""
        return self._fetch("POST", path, status=None, follow=False, data=data)

    def _places(self, within: str) -> list[Tag]:
        if not within:
            return list(self.page.soup.find_all("button"))
        rows = [row for row in self.page.soup.select("li, article, section, tr") if within in row.get_text(" ")]
        return [button for row in sorted(rows, key=lambda r: len(r.get_text())) for button in row.find_all("button")]

    def _fetch(self, method: str, path: str, *, status: int | None, follow: bool, data: Any = None) -> Page:
        queries: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            queries.append(statement)

        engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            response, hops = self._open(path, method, data), 0
            while follow and response.status_code in (302, 303) and hops < 5:
                queries.clear()
                response, hops = self._open(str(response.location), "GET"), hops + 1
        finally:
            event.remove(engine, "before_cursor_execute", note)
        self.page = Page(
            response, [q for q in queries if "audit_" not in q and q not in APART and "UPDATE user_session" not in q]
        )
        self.token = self.page.token or self.token
        if status is None:
            return self.page
        assert response.status_code == status, f"{method} {path}: {response.status_code}, {self.page.words[:600]}"
        if response.mimetype == "text/html" and response.status_code not in (302, 303):
            inspect(self.page)
        return self.page

    def _open(self, path: str, method: str, data: Any = None) -> TestResponse:
        # An application context of its own for each request: otherwise it would share the test's `g` and session.
        # What the test itself has read is let go first, so that no lock is held against the request.
        db.session.rollback()
        with self.app.app_context():
            came_from = {"Referer": f"http://desk.example{self.page.url}"} if hasattr(self, "page") else {}
            return self.client.open(path, method=method, data=data, headers=came_from)


def _bones(markup: str) -> str:
    """Return markup without its words and the values of its attributes."""
    return _WORDS.sub(lambda words: ">.<" if words[1].strip() else "> <", _VALUES.sub("=", markup))


def as_it_stands(form: Tag) -> dict[str, Any]:
    """Return what a form would send as it stands, by field name."""
    data: dict[str, Any] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), str(field.get("type") or "")
        if kind in ("checkbox", "radio"):
            if field.has_attr("checked"):
                value = str(field.get("value", "on"))
                data.setdefault(name, []).append(value) if kind == "checkbox" else data.update({name: value})
        elif field.name == "textarea":
            text = field.get_text()
            data[name] = text.removeprefix("\n")
        elif field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            data[name] = str(chosen.get("value") or "") if chosen else ""
        elif kind not in ("submit", "button"):
            data[name] = str(field.get("value") or "")
    return data


def inspect(page: Page) -> None:
    """What every page must be: valid HTML, one h1, a title, labelled fields, tokens in forms, nothing inline."""
    assert not page.faults, f"{page.url}: {page.faults[:3]}"
    soup = page.soup
    tags = soup.find_all(name=True)  # one walk; each selector would walk the page again
    named: dict[str, list[Tag]] = {}
    for tag in tags:
        named.setdefault(tag.name, []).append(tag)
        assert "style" not in tag.attrs, f"{page.url}: inline style"
        assert not [a for a in tag.attrs if a.startswith("on")], f"{page.url}: inline script on {tag.name}"
    assert len(named.get("h1", ())) == 1, f"{page.url} has {len(named.get('h1', ()))} h1"
    assert soup.title, f"{page.url} has no title"
    assert soup.title.get_text().strip(), f"{page.url} has an empty title"
    assert "main" in named, f"{page.url} has no main"
    assert named["html"][0].get("lang"), f"{page.url} has no language"
    for form in named.get("form", ()):
        if str(form.get("method")).lower() == "post":
            assert form.find("input", {"name": "csrf_token"}), f"{page.url}: a form without token: {form.get('action')}"
    ids = [str(tag["id"]) for tag in tags if "id" in tag.attrs]
    assert len(ids) == len(set(ids)), f"{page.url}: ids twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    labels = {str(label.get("for")) for label in named.get("label", ())}
    for field in [field for kind in ("input", "textarea", "select") for field in named.get(kind, ())]:
        if field.get("type") not in ("hidden", "submit", "button"):
            told = field.get("aria-label") or field.get("id") in labels or field.find_parent("label")
            assert told, f"{page.url}: a field without a label: {field}"
        for key in str(field.get("aria-describedby") or "").split():
            assert key in ids, f"{page.url}: aria-describedby leads nowhere: {key}"
    if page.status == 200:
        assert len(page.queries) <= MOST_QUERIES, f"{page.url}: {len(page.queries)} queries\n" + "\n".join(page.queries)
