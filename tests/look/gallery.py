"""Every component on one page, with sample values: `python -m tests.look.gallery FOLDER`, then open gallery.html.

No application and no database: the templates alone, with stand-ins for what the application hangs into them.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from wtforms import Form

from coachdesk.visits.rules import Planned
from coachdesk.web.fields import DayField, LineField, ListField, PickField, PicksField, TickField, WordsField
from coachdesk.web.filters import unnamed
from coachdesk.web.problems import listed

if TYPE_CHECKING:
    from wtforms import Field

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES, STATIC = ROOT / "templates", ROOT / "coachdesk" / "static"
_MACRO = re.compile(r"{%-? macro (\w+)\(")


def make_environment() -> Environment:
    """Return templates as strict as the application's in tests, reading in English."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, trim_blocks=True,
        lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    env.policies["ext.i18n.trimmed"] = True
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.globals |= {
        "csrf_token": lambda: "token",
        "asset": lambda name: name,
        "csp_nonce": "nonce",
        "form_key": lambda: "key",
        "keeping": lambda form: getattr(form, "keeping", None),
    }
    for name in ("say", "day", "weekday", "short", "clock", "iso"):
        env.filters[name] = str
    env.filters["quoted"] = "“{}”".format
    env.filters |= {"problems": listed, "unnamed": unnamed}
    return env


def macros_of(path: Path) -> list[str]:
    """Return the names of the macros a template defines."""
    return _MACRO.findall(path.read_text(encoding="utf-8"))


class Sample(Form):
    """A form with one field of each kind."""

    line = LineField("First name")
    words = WordsField("Notes")
    domain = ListField("Part of life", choices=[("home", "Home"), ("work", "Work")])
    how = PickField("How did you connect?", choices=[("call", "Call"), ("text", "Text")])
    weather = PickField("How are things for Marcus?", choices=[("1", "Stormy"), ("5", "Sunny")])
    when = PickField("When?", choices=[("now", "Just now"), ("day", "Another day")])
    phrases = PicksField("Add a phrase", choices=[("a", "Listened first"), ("b", "Safe next step")])
    steps = PicksField("Any steps done?", choices=[("s1", "Hand in the housing form"), ("s2", "Ring Eastside")])
    yes = TickField("Marcus said yes to sharing his name")
    worried = TickField("Worried")
    held_on = DayField("Day of the check-in")
    next_on = DayField("When will you speak next?")
    sure = PickField("How sure are you?", choices=[(str(n), str(n)) for n in range(11)])


def filled(*, wrong: bool = False) -> Any:
    """Return the sample form, with a sentence at each field where `wrong`."""
    form: Any = Sample(data={"line": "Marcus <b>", "words": "Two\nlines", "how": "call", "steps": ["s1"]})
    for field in form:
        field.errors = [f"Say more about {field.name}"] if wrong else []
    form.form_errors = ["It was changed while you were writing."] if wrong else []
    return form


def _messages() -> list[Any]:
    undo = {"action": "/undo", "label": "Undo"}
    return [
        SimpleNamespace(text="Check-in saved.", kind="", undo=undo, link="https://desk.example/invitation/x"),
        SimpleNamespace(text="This is your draft.", kind="info", undo=None, link=""),
        SimpleNamespace(text="A concern is waiting.", kind="care", undo=None, link=""),
    ]


def _lines() -> list[Any]:
    return [
        SimpleNamespace(label="Emergency", number="911", kind="call", is_emergency=True),
        SimpleNamespace(label="Lifeline", number="988", kind="call", is_emergency=False),
        SimpleNamespace(label="Lifeline", number="988", kind="text", is_emergency=False),
    ]


def samples(env: Environment, form: Any) -> dict[str, str]:
    """Render every component once; the keys are the macros' names."""

    def use(name: str, *args: Any, source: str = "", **named: Any) -> str:
        module = env.get_template(f"components/{source or name}.html").module
        return str(getattr(module, name)(*args, **named))

    def call(file: str, name: str, head: str, inner: str) -> str:
        text = '{% from "components/' + file + '.html" import ' + name + " %}{% call " + head + " %}" + inner
        return env.from_string(text + "{% endcall %}").render(form=form)

    choices = [("afternoon", "This afternoon", "2:00 pm"), ("tomorrow", "Tomorrow", "Tue 24 Nov")]
    page = SimpleNamespace(number=2, pages=3, newer_url="?page=1", older_url="?page=3")
    moods = [("Mon 2 Nov", 2, "Rainy"), ("Mon 9 Nov", 3, "Cloudy"), ("Mon 16 Nov", 4, "Brighter")]
    hidden = SimpleNamespace(form_key=SimpleNamespace(_value=lambda: "key"), version=SimpleNamespace(_value=lambda: 3))
    keeping = SimpleNamespace(
        note="note", at="/drafts", throw_at="/drafts/discard", saved="Draft saved 9:47 am", untouched=()
    )
    kept = SimpleNamespace(keeping=keeping)
    weather: Field = form.weather
    return {
        "icon": use("icon", "pen"), "mark": use("mark"), "hills": f'<div class="horizon">{use("hills")}</div>',
        "scene": use("scene"), "avatar": use("avatar", "MT", "b", large=True), "pill": use("pill", "Today", "today", "clock"),
        "chip": use("chip", "Marcus T.", "/people/1", "MT", more="(open record)"),
        "stones": use("stones", 2, 5, "2 of 5 steps done"),
        "when": use("when", Planned(uuid.UUID(int=7), dt.date(2026, 11, 26), dt.time(14, 30), 30), "1:30 pm by your clock"),
        "steps_path": use("steps_path", 9, 2, "9 steps done"), "trend": use("trend", moods, "Marcus"),
        "flashes": use("flashes", _messages(), source="flash"),
        "item": '<ul class="list">' + call("item", "item", 'item("LO", "c", "Lena O.", "/people/2", "Every week.", "3 days over", "late", "heart")',
                     '<button type="submit" class="btn">Done</button>') + "</ul>",
        "later": use("later", "/later", "Lena O.", choices, "key"),
        "not_needed": use("not_needed", "/not-needed", "Lena O.", [("not_wanted", "No longer wanted")], "key"),
        "post_button": use("post_button", "/done", "Done", "check", label="Done: Lena O.", hidden={"key": "k"}),
        "field": "".join([use("field", form.line, "As on papers", optional=True), use("field", form.words, rows=4),
                          use("field", form.domain) ]),
        "picks": use("picks", form.how, icons={"call": "phone"}, smalls={"text": "They answered"})
        + use("picks", weather, icons={"1": "w1", "5": "w5"}, kind="five") + use("picks", form.phrases, kind="chips")
        + call("picks", "picks", 'picks(form.when, kind="chips", reveal="day")',
               '{% from "components/day.html" import day %}{{ day(form.held_on, "For example, 21 11 2026", inner=true) }}'),
        "ticks": use("ticks", form.steps, smalls={"s1": "A place of my own"}), "tick": use("tick", form.yes, source="ticks"),
        "day": use("day", form.next_on, "For example, 27 11 2026"), "scale": use("scale", form.sure, "Not at all", "Completely"),
        "errors_of": use("errors_of", SimpleNamespace(id="sample", errors=["Choose one of these."]), source="error"),
        "described": '<input aria-label="Sample"' + use("described", SimpleNamespace(id="sample", errors=["x"]), source="error") + ">",
        "error_summary": use("error_summary", form, source="summary"),
        "hidden": f"<form>{use('hidden', hidden)}</form>",
        "savebar": f"<form>{use('savebar', 'Save check-in', kept)}</form>",
        "keep": f"<form>{use('keep', kept)}</form>",
        "both": f"<form>{use('both', form.words, 'What somebody else wrote', source='hidden')}</form>",
        "empty": use("empty", "Nobody is here yet", "Add the first person.", "/people/new", "Add a person"),
        "facts": use("facts", [("Last contact", "Mon 16 Nov", "a week ago"), ("Speak every", "7 days", "")]),
        "tabs": use("tabs", [("Overview", "/1", True), ("Goals", "/2", False)], "Marcus’s record"),
        "crumb": use("crumb", "My people", "/people"), "tile": use("tile", 41, "spoken with", "/people", of="of 49"),
        "pager": use("pager", page), "summary_list": use("summary_list", [("Next step", "Ring Eastside", "/4", "the next step")]),
        "worry": use("worry", form.worried, "I am worried about his safety", _lines(), "Ruth is told straight away."),
    }  # fmt: skip


def gallery(*, wrong: bool = False, script: bool = False) -> str:
    """Return the page."""
    parts = samples(make_environment(), filled(wrong=wrong))
    rows = "".join(f'<section class="card" aria-label="{name}">{html}</section>' for name, html in parts.items())
    return (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Components</title>'
        '<link rel="stylesheet" href="app.css">' + ('<script src="app.js" defer></script>' if script else "")
        + f'</head><body><main class="main stack"><h1>Components</h1>{rows}</main></body></html>'
    )  # fmt: skip


def main(folder: str) -> None:
    """Write the page with its stylesheet into a folder."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(STATIC / "app.css", target)
    (target / "gallery.html").write_text(gallery(), encoding="utf-8")
    (target / "gallery-wrong.html").write_text(gallery(wrong=True), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
