"""The templates and the stylesheet, read as text and rendered without the application."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import html5lib
import pytest
from bs4 import BeautifulSoup

from tests.look.gallery import ROOT, STATIC, TEMPLATES, filled, gallery, macros_of, make_environment, samples

if TYPE_CHECKING:
    from pathlib import Path

ALL = sorted(TEMPLATES.rglob("*.html"))
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
MAILS = sorted((TEMPLATES / "mail").glob("*.html"))
PAGES = [path for path in ALL if path not in MAILS]
"""What a browser shows with our stylesheet; a mail has to bring its own."""
ERRORS = sorted((TEMPLATES / "errors").glob("*.html"))
CSS = (STATIC / "app.css").read_text(encoding="utf-8")
_IMPORT = re.compile(r'{% from "([^"]+)" import ([^%]+?)(?: with context)? %}')
_PHYSICAL = re.compile(
    r"(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right|top|bottom)\b|(?:left|right|top|bottom|width|height"
    r"|min-width|max-width|min-height|max-height)\s*:|(?:float|clear)\s*:\s*(?:left|right)|text-align\s*:\s*(?:left|right))"
)
_FOUR_SIDES = re.compile(
    r"(?:margin|padding|inset)\s*:\s*[^;:}\s]+ (?P<end>[^;:}\s]+) [^;:}\s]+ (?P<start>[^;:}\s]+)\s*[;}]"
)


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_template_compiles(path: Path) -> None:
    make_environment().compile(path.read_text(encoding="utf-8"), name_of(path))


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_template_uses_every_macro_it_imports_and_imports_none_twice(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    body = _IMPORT.sub("", text)
    names = [name.split()[-1] for _source, group in _IMPORT.findall(text) for name in group.split(",")]
    assert not [name for name in names if not re.search(rf"\b{name}\(", body)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_what_a_template_imports_is_there(path: Path) -> None:
    for source, group in _IMPORT.findall(path.read_text(encoding="utf-8")):
        assert {name.split()[0] for name in group.split(",")} <= set(macros_of(TEMPLATES / source)), source


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_template_carries_no_style_or_script_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""\sstyle\s*=|<style\b|javascript:|\son[a-z]+\s*=\s*["']""", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag, tag
        assert "nonce=" in tag, tag
        assert "defer" in tag, tag


@pytest.mark.parametrize("path", MAILS, ids=name_of)
def test_a_mail_brings_one_style_block_and_asks_for_nothing_from_anywhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("<style>") == 1
    assert not re.search(r"""\sstyle\s*=|<(?:script|img|link|iframe|video)\b|url\(|@import|http|\son[a-z]+\s*=""", text)
    told = set(re.findall(r"\.([a-z][\w-]*)", text.partition("</style>")[0]))
    assert {word for group in re.findall(r'\bclass="([^"]*)"', text) for word in group.split()} <= told


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_class_a_template_names_is_in_the_stylesheet(path: Path) -> None:
    told = set(re.findall(r"\.([a-z][\w-]*)", without_comments(CSS)))
    text = re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}", "\x00", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = {word for group in re.findall(r'\bclass="([^"]*)"', text) for word in group.split() if "\x00" not in word}
    assert named - told <= {"side", "ahead"}, named - told


@pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
def test_a_component_fits_on_a_screen(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


def test_the_gallery_shows_every_component() -> None:
    assert set(samples(make_environment(), filled())) == {name for path in COMPONENTS for name in macros_of(path)}


@pytest.mark.parametrize("wrong", [False, True], ids=["as it should be", "with a sentence at each field"])
def test_the_components_make_valid_html_with_every_id_once_and_every_field_named(wrong: bool) -> None:  # noqa: FBT001
    html = gallery(wrong=wrong)
    parser = html5lib.HTMLParser()
    parser.parse(html)
    assert not parser.errors
    soup = BeautifulSoup(html, "html5lib")
    ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
    assert sorted(ids) == sorted(set(ids))
    for field in soup.select("input:not([type=hidden]), textarea, select"):
        assert (
            field.get("aria-label") or field.find_parent("label") or soup.find("label", {"for": str(field.get("id"))})
        )
    for tag in soup.select("[aria-describedby]"):
        for key in str(tag["aria-describedby"]).split():
            assert soup.find(id=key), key


def test_what_somebody_typed_is_text_and_never_markup() -> None:
    assert 'value="Marcus &lt;b&gt;"' in gallery()


def test_every_sentence_of_the_summary_leads_to_a_field_that_says_the_same() -> None:
    form = filled(wrong=True)
    soup = BeautifulSoup(gallery(wrong=True), "html5lib")
    links = soup.select("#error-summary a")
    assert len(links) == len(list(form))
    for link in links:
        target = soup.find(id=str(link["href"])[1:])
        assert target is not None, link
        assert target.name in ("input", "textarea", "select"), link


def test_nothing_about_a_person_is_chosen_beforehand() -> None:
    soup = BeautifulSoup(gallery(), "html5lib")
    for name in ("weather", "sure", "yes", "worried"):
        assert not soup.select(f'input[name="{name}"][checked]')


@pytest.mark.parametrize("path", ERRORS, ids=name_of)
def test_an_error_page_needs_nothing_of_the_application_and_offers_a_way_on(path: Path) -> None:
    soup = BeautifulSoup(make_environment().get_template(name_of(path)).render(), "html5lib")
    assert soup.select_one("main a.btn[href='/']")
    assert len(soup.find_all("h1")) == 1
    assert soup.title is not None
    assert soup.title.get_text(strip=True)


@pytest.mark.parametrize("path", [*ERRORS, *(TEMPLATES / "accounts").glob("[bisl]*.html")], ids=name_of)
def test_a_page_for_anybody_says_nothing_of_what_this_is(path: Path) -> None:
    texts = [path, TEMPLATES / "layout_plain.html", TEMPLATES / "_head.html"]
    words = " ".join(p.read_text(encoding="utf-8") for p in texts)
    assert not re.search(r"coachdesk|recovery|sober|coach\b", words, re.IGNORECASE)


def test_the_page_of_a_person_is_called_my_goals_and_nothing_else() -> None:
    portal = (TEMPLATES / "layout_portal.html").read_text(encoding="utf-8")
    title = re.search("<title>(.*)</title>", portal)
    assert title
    assert re.sub("{%.*?%}", "", title[1]) == '{{ _("Error: ") }}{{ _("My goals") }}'
    assert not re.search(r"coachdesk|recovery", portal, re.IGNORECASE)
    for path in (TEMPLATES / "portal").glob("*.html"):
        assert "block title" not in path.read_text(encoding="utf-8"), path


def test_the_stylesheet_knows_start_and_end_and_no_left_or_right() -> None:
    assert not _PHYSICAL.findall(without_comments(CSS))
    uneven = [m.group(0) for m in _FOUR_SIDES.finditer(without_comments(CSS)) if m["end"] != m["start"]]
    assert not uneven


def test_colours_stand_in_tokens_only() -> None:
    rules = re.sub(r"--[\w-]+\s*:\s*[^;}]+", "", without_comments(CSS))
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", rules)


def test_light_and_dark_know_the_same_tokens() -> None:
    dark = [set(re.findall(r"(--[\w-]+)\s*:", block)) for block in re.findall(r"color-scheme: dark;([^}]*)}", CSS)]
    light = set(re.findall(r"(--[\w-]+)\s*:", CSS[: CSS.index("prefers-color-scheme: dark")]))
    assert len(dark) == 2
    assert dark[0] == dark[1]
    assert dark[0] <= light


def test_every_token_that_is_used_is_defined() -> None:
    defined = set(re.findall(r"(--[\w-]+)\s*:", CSS))
    used = set(re.findall(r"var\((--[\w-]+)", CSS))
    used |= {name for path in ALL for name in re.findall(r"var\((--[\w-]+)", path.read_text(encoding="utf-8"))}
    assert used <= defined


def test_nothing_is_fetched_from_another_origin() -> None:
    sources = CSS + "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    assert not re.search(r"url\(|@import|https?://", sources)
    for path in ALL:
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    ("name", "most"),
    [("app.css", 12), ("app.js", 4), ("find.js", 1), ("keys.js", 1), ("passkey.js", 1), ("favicon.svg", 1)],
)
def test_a_static_file_keeps_to_its_weight(name: str, most: int) -> None:
    assert len(gzip.compress((STATIC / name).read_bytes())) < most * 1024


def test_the_script_is_short_enough_to_be_read() -> None:
    assert len((ROOT / "coachdesk/static/app.js").read_text(encoding="utf-8").splitlines()) <= 150


def test_only_our_own_sentences_are_handed_to_gettext() -> None:
    """What `_()` gives back counts as markup of ours: a name handed to it would be written as it stands."""
    for path in TEMPLATES.rglob("*.html"):
        found = re.findall(r"(?<![\w.])_\((?![\"'])[^)]*\)", path.read_text(encoding="utf-8"))
        assert not found, f"{path}: write {found} with the filter `say`"
