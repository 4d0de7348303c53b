"""`next` leads to our own pages only, however it is written and wherever it is taken."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.cast import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reader import Reader

    Opened = Callable[[str | None], Reader]

OWN = "http://desk.example"
FORMS = {
    "two strokes": "//evil.example",
    "three strokes": "///evil.example",
    "a stroke and a backslash": "/\\evil.example",
    "a backslash and a stroke": "\\/evil.example",
    "two backslashes": "\\\\evil.example",
    "an address": "https://evil.example/",
    "a scheme without strokes": "https:evil.example",
    "a scheme with one stroke": "https:/evil.example",
    "a script": "javascript:alert(document.domain)",
    "data": "data:text/html,evil.example",
    "a tab": "/\t/evil.example",
    "a line end": "/\n/evil.example",
    "a header": "/\r\nLocation: https://evil.example",
    "encoded strokes": "%2f%2fevil.example",
    "ours before an @": "http://desk.example@evil.example/",
    "ours as a name within": "https://desk.example.evil.example/",
    "full-width strokes": "\uff0f\uff0fevil.example",
    "a space in front": " //evil.example",
    "a zero in front": "\x00//evil.example",
    "no scheme at all": "evil.example",
    "our own whole address": "http://desk.example/account",
    "our own with another port": "http://desk.example:81/account",
}


def lands(location: str) -> str:
    """Return where a browser would go: it drops tabs and line ends, and takes a backslash for a slash."""
    seen = re.sub("[\t\r\n\x00]", "", location.replace("\\", "/")).strip()
    assert "\r" not in location
    assert "\n" not in location
    return urlsplit(urljoin(f"{OWN}/sign-in", seen)).netloc


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize("form", FORMS)
def test_signing_in_leads_to_our_own_pages_only(app: Any, reader: Opened, cast: Any, form: str) -> None:
    where = FORMS[form]
    way = f"/sign-in?next={quote(where, safe='')}"
    own: dict[str, Any] = {"email": cast.email("dana"), "password": PASSPHRASE}
    for path, field in ((way, None), ("/sign-in", where), (way, where)):
        nobody = reader(None)
        page = nobody.opens(path)
        assert not [a for a in page.soup.select("[href], [action]") if "evil" in str(a.get("href") or a.get("action"))]
        answer = nobody.sends(follow=False, status=302, **own | ({"next": field} if field else {})).response
        assert answer.location == "/" or lands(answer.location) in ("", "desk.example"), answer.location
        assert "evil" not in urlsplit(answer.location).netloc


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize("form", FORMS)
def test_every_other_place_that_could_take_one_does_not(app: Any, reader: Opened, cast: Any, form: str) -> None:
    where = FORMS[form]
    way = f"next={quote(where, safe='')}&back={quote(where, safe='')}"
    dana = reader("dana")
    dana.opens("/account")
    given = {"next": where, "back": where, "csrf_token": dana.token}
    chosen = {
        "password": PASSPHRASE,
        "new_password": "four other plain words",
        "new_password_confirm": "four other plain words",
    }
    for method, path, data in (
        ("GET", f"/sign-in?{way}", None),
        ("POST", f"/account?{way}", given),
        ("POST", f"/reminders/done?{way}", {**given, "key": "x"}),
        ("GET", f"/people/{cast.marcus}/check-ins/new?{way}", None),
        ("POST", f"/account/passphrase?{way}", given | chosen),
        ("POST", f"/sign-out?{way}", given),
    ):
        answer = dana._open(path, method, data)
        assert lands(answer.headers.get("Location", "")) in ("", "desk.example"), (path, answer.headers["Location"])
        text = answer.get_data(as_text=True)
        for link in re.findall(r'(?:href|action)="([^"]*)"', text):
            assert "evil" not in lands(html.unescape(link)), (path, link)


def test_on_the_way_to_a_page_that_is_nobodys_nobody_is_led_away(app: Any, reader: Opened) -> None:
    nobody = reader(None)
    for path in (
        "//evil.example/today",
        "/today//evil.example",
        "/%2f/evil.example",
        "/\\evil.example",
        "/today?x=//e",
    ):
        answer = nobody._open(path, "GET")
        assert lands(answer.headers.get("Location", "")) in ("", "desk.example"), path
