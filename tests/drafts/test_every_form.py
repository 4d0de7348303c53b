"""Every form with room for words keeps what is typed in it: every page of every reader is opened and written in."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.drafts.models import Draft
from coachdesk.drafts.rules import WORDS
from coachdesk.furnishing import ROOMS
from coachdesk.organisation.models import CrisisLine
from coachdesk.web.fields import WordsField
from coachdesk.web.forms import Form
from tests.access.helpers import break_glass, restrict
from tests.browser.pages import READERS, list_pages
from tests.desk.test_importing import reads, table
from tests.gateway import add_way
from tests.reader import as_it_stands
from tests.test_matrix import ids as ids  # noqa: PLC0414 - a record with a row of every kind

if TYPE_CHECKING:
    from collections.abc import Iterator

WROTE = "Seven swans on the pond, and nobody counting."
SUPERVISORS = {"emergency", "hand-over", "restriction", "safety-ending", "supervision"}
ADMINISTRATORS = {"emergency-review", "lists", "restriction"}
NOT_THEIRS = {
    "dana": SUPERVISORS | ADMINISTRATORS | {"another-coach"},
    "chris": set(WORDS) - {"person-new", "service"},
    "ruth": {"another-coach", "emergency-review", "lists"},
    "omar": SUPERVISORS - {"emergency"} | ADMINISTRATORS | {"another-coach", "ending", "pause"},
    "marcus": set(WORDS) - {"another-coach"},
    "admin": set(WORDS) - ADMINISTRATORS,
}
"""What somebody has no page for; everything else they keep."""


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    """Pages are walked on one database; how a draft is kept is shown on both."""
    return str(request.param)


@pytest.fixture
def full(session, cast):
    from tests.lived import live

    return live(session, cast)


@pytest.fixture
def addresses(ids, session, cast, reader):
    from coachdesk.access import Team
    from coachdesk.desk.models import CaseloadImport

    reads(reader("dana"), table("Wren,Hale,,,,,"))
    restrict(session, cast, "chris", "marcus")
    break_glass(session, cast, "omar", "marcus", last="Tell")
    found = {"line": CrisisLine.id, "team": Team.id, "brought": CaseloadImport.id}
    rows = {name: session.scalar(sa.select(column).limit(1)) for name, column in found.items()}
    return {**ids, **rows, "way": add_way(session, cast)}


def long_forms() -> Iterator[type[Form]]:
    for room in ROOMS:
        if find_spec(f"coachdesk.{room}.forms"):
            import_module(f"coachdesk.{room}.forms")
    waiting: list[Any] = [Form]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        fields = [getattr(getattr(kind, name, None), "field_class", None) for name in dir(kind)]
        if any(isinstance(field, type) and issubclass(field, WordsField) for field in fields):
            yield kind


def test_every_form_with_room_for_words_has_a_name_to_keep_them_under():
    found = {kind.__name__: kind.kept_as.partition(":")[0] for kind in long_forms()}
    assert len(found) > 30
    assert {name: kept for name, kept in found.items() if kept not in WORDS} == {}
    assert set(found.values()) == set(WORDS)


@pytest.mark.parametrize("name", READERS)
def test_every_page_with_room_for_words_keeps_them(app, reader, session, cast, addresses, name):
    someone, wrong = reader(name), []
    kept: set[str] = set()
    session.execute(sa.delete(Draft))
    session.commit()
    for path in dict.fromkeys(list_pages(app, reader, name, addresses)):
        page = someone.looks(path)
        forms = [form for form in page.soup.select("main form[method=post]") if form.find("textarea")]
        for number, form in enumerate(forms):
            wrong += [f"{path} ({number}): {fault}" for fault in _faults(someone, session, path, form, kept)]
    assert wrong == []
    assert kept == set(WORDS) - NOT_THEIRS[name]


def _faults(someone: Any, session: Any, path: str, form: Any, kept: set[str]) -> Iterator[str]:
    note, box = form.select_one("input[data-keep]"), form.find("textarea")
    if note is None or form.select_one("button[formaction][formnovalidate]") is None:
        yield "keeps nothing"
        return
    untouched = as_it_stands(form)
    for words, rows in ((None, 0), (WROTE, 1)):
        sent = untouched if words is None else {**untouched, str(box["name"]): words}
        someone.sends_raw(str(note["data-keep"]), sent)
        session.rollback()
        drafts = session.scalars(sa.select(Draft)).all()
        if len(drafts) != rows:
            yield f"{len(drafts)} drafts, not {rows}"
            return
    draft = drafts[0]
    kept.add(draft.form.partition(":")[0])
    named = {part for part in path.split("/") if len(part) == 36}
    if someone.cast.marcus != draft.client_id and (str(someone.cast.marcus) in named) and "admin" not in path:
        yield f"is of {draft.client_id}"
    again = someone.opens(draft.path)
    if WROTE not in again.main and WROTE not in again.text:
        yield f"is not found again on {draft.path}"
    if draft.form != "goal-review" and "This is your draft." not in again.main:
        yield "does not say that it is a draft"
    session.execute(sa.delete(Draft))
    session.commit()


def test_no_template_has_a_box_of_its_own_that_nothing_keeps(app):
    from coachdesk.config import bundled

    bare = [
        path.name
        for path in bundled("templates").rglob("*.html")
        if "<textarea" in path.read_text() and path.name != "field.html"
    ]
    assert bare == []
