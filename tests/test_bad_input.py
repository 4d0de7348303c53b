"""Every form of every page, with everything people and worse can type: a sentence, what was typed kept, never a fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.lived import live
from tests.reader import as_it_stands, inspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bs4.element import Tag

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ENDS_THE_SESSION = ("/sign-out", "/leave")
MOST = 100_000
OURS = ("csrf_token", "form_key")
TYPED = "🌅 «أمي» <b>& %(n)s {{ 7*7 }} \u202e"
BAD: dict[str, Any] = {
    "nothing": "",
    "a megabyte": "x" * 1_048_576,
    "what no page can hold": "\x00\x01\ufffeas\x7f is",
    "every script": TYPED,
    "a day there is none of": {"day": "31", "month": "2", "year": "2026"},
    "the first day of all": {"day": "1", "month": "1", "year": "1"},
    "the last day of all": {"day": "31", "month": "12", "year": "9999"},
    "a row of nobody": "00000000-0000-4000-8000-000000000007",
    "a number": "-99999999999999999999",
}
FIRST = {"dana": "/today", "ruth": "/team", "marcus": "/my-goals", "admin": "/admin/accounts"}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", FIRST)
def test_whatever_is_typed_gets_a_sentence_and_is_kept(reader, cast, session, clock, name, bad):
    live(session, cast)
    clock.move(hours=2)
    someone = reader(name)
    tried = 0
    for path, number, action in list(_forms(someone, FIRST[name])):
        form = _form(someone, path, number, action)
        if form is None:  # an earlier act took it away
            continue
        data = _poisoned(form, BAD[bad])
        page = someone.sends_raw(action or path, data)
        where = f"{name} at {path} to {action or path} with {bad}: {page.status} {page.main[:300]}"
        assert page.status in (200, 303, 400, 404, 409, 422), where
        if page.status in (409, 422):
            assert page.soup.find(id="error-summary"), where
            _keeps(page, data, where)
        if page.status == 200:
            inspect(page)
        tried += 1
    assert tried >= LEAST[name]


LEAST = {"dana": 18, "ruth": 16, "marcus": 3, "admin": 5}


def _forms(someone: Any, first: str) -> Iterator[tuple[str, int, str]]:
    """Walk from page to page and give each form once: its page, which of the page's forms, where it is sent."""
    ahead, been, seen = [first], set(), set()
    while ahead:
        path = ahead.pop(0)
        kind = UUID.sub("…", path)
        if kind in been:
            continue
        been.add(kind)
        page = someone.looks(path)
        if page.status != 200 or not page.soup.find("main"):
            continue
        ahead += [
            str(a["href"]).split("#")[0]
            for a in page.soup.select("a[href^='/']")
            if not str(a["href"]).startswith(ENDS_THE_SESSION)
        ]
        for number, form in enumerate(page.soup.select("form[method=post]")):
            action = str(form.get("action") or "")
            name = (UUID.sub("…", action or path), tuple(sorted(as_it_stands(form))))
            if name not in seen and not action.startswith(ENDS_THE_SESSION):
                seen.add(name)
                yield path, number, action


def _form(someone: Any, path: str, number: int, action: str) -> Tag | None:
    forms = someone.looks(path).soup.select("form[method=post]")
    found = forms[number] if number < len(forms) else None
    return found if found is not None and str(found.get("action") or "") == action else None


def _poisoned(form: Tag, bad: Any) -> dict[str, Any]:
    """Return what a form would send with something bad in every field; a megabyte in its longest box alone."""
    data = {key: value for key, value in as_it_stands(form).items() if key not in OURS}
    if isinstance(bad, dict):
        put = {key: bad[part] for key in data if (part := key.rsplit("-", 1)[-1]) in bad}
    elif len(bad) > MOST:
        boxes = form.select("textarea") or form.select("input.input")
        put = {str(boxes[0]["name"]): bad} if boxes else {}
    else:
        put = {key: [bad] if isinstance(value, list) else bad for key, value in data.items()}
    return {**as_it_stands(form), **put}


def _keeps(page: Any, data: dict[str, Any], where: str) -> None:
    """See that what was sent stands in its field, or in another: a step goes on as a row of its goal's own form."""
    fields = page.soup.select("main input.input, main textarea")
    shown = {id(field): _squeezed(field.get("value", "") if field.name == "input" else field.text) for field in fields}
    for field in fields:
        sent = data.get(str(field.get("name")))
        if sent is None or field.get("type") in ("password", "file"):
            continue
        kept = _squeezed(re.sub("[\x00\x01\x7f\ufffe]", "", sent))
        if kept in shown.values():
            continue
        assert len(kept) > 40, f"{field.get('name')} lost in {where}"
        if field.name == "textarea":
            assert len(shown[id(field)]) == len(kept), f"{field.get('name')} cut in {where}"


def _squeezed(words: Any) -> str:
    return "".join(str(words).split())
