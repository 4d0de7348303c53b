"""How a form's page keeps what is typed, and how the gate keeps what came too late."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import g, jsonify, redirect, request, session, url_for
from flask_babel import gettext as _
from wtforms import BooleanField, RadioField, SelectField
from wtforms import Form as PlainForm

from coachdesk.access import Action, Role, may
from coachdesk.db import InvalidToken, db, keys, writing
from coachdesk.drafts import service, unsent
from coachdesk.drafts.rules import is_as_it_stood, own_words, prints_of
from coachdesk.web import by_script, is_signed_in, is_used, now, tell, who
from coachdesk.web.fields import LineField, WordsField
from coachdesk.web.filters import clock, short
from coachdesk.web.reads import people_read
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from flask.typing import ResponseReturnValue

    from coachdesk.drafts.models import Draft


@dataclass(frozen=True)
class Note:
    """What a page says of its form's draft: sealed, for one reader, so that it comes back as it was given out."""

    form: str
    subject: str
    person: str
    path: str
    who: str
    at: str
    adds: bool
    stood: list[str]

    @property
    def subject_id(self) -> uuid.UUID:
        """The row the form is about."""
        return uuid.UUID(self.subject)

    @property
    def client_id(self) -> uuid.UUID | None:
        """The person it is about, if it is about one."""
        return uuid.UUID(self.person) if self.person else None

    def sealed(self) -> str:
        """Return it as a page carries it."""
        return keys().seal(json.dumps(asdict(self)))


@dataclass(frozen=True)
class Keeping:
    """How a form's page keeps what is typed in it."""

    note: str
    at: str
    """Where it is sent to be kept."""
    throw_at: str
    """Where a draft that is there is thrown away; nothing where there is none."""
    saved: str
    """When it was last kept, in words; nothing where it was not."""
    untouched: frozenset[str]
    """Of the fields that somebody else changed meanwhile, those that the reader left as they were."""


def keeping(form: Any) -> Keeping | None:
    """Return how a form keeps what is typed; nothing for a form of a few short fields. Asked by its template."""
    name = getattr(form, "kept_as", "")
    if not (name and is_signed_in() and may(who(), Action.DRAFTS_KEEP)):
        return None
    if form.keeping is None:
        form.keeping = _keeping(form, name)
    found: Keeping = form.keeping
    return found


def _keeping(form: Any, name: str) -> Keeping:
    note, draft = _note_for(form, name), form.draft
    throw = url_for("drafts.discard", form=note.form, subject_id=note.subject_id) if draft else ""
    saved = f"{_('Draft saved')} {short(draft.saved_at)}, {clock(draft.saved_at)}" if draft else ""
    left = frozenset(name for name in form.theirs if is_as_it_stood(form[name].data or "", note.stood))
    return Keeping(note.sealed(), url_for(form.kept_at, **_args_of(form.kept_at)), throw, saved, left)


def find_for(name: str) -> Draft | None:
    """Return the reader's draft of a form on the page at hand; all forms of a page ask the database once."""
    if not (is_signed_in() and may(who(), Action.DRAFTS_KEEP)):
        return None
    if "own_drafts" not in g:
        g.own_drafts = {(row.form, row.subject_id): row for row in service.list_drafts(db.session, who())}
    found: Draft | None = g.own_drafts.get(_key_of(name))
    return found


def keep(
    name: str = "",
    path: str = "",
    *,
    about: uuid.UUID | None = None,
    without: Collection[str] = (),
    said: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """Keep what is typed. A script is answered with the hour; without one the reader is led back to the form.

    `name` and `path` are the form's and its page's, at an endpoint of its own, where what was sent brings no note of
    them, and `about` the person where the address does not say. `without` names fields that must not be kept; `said` is told to a script besides the hour. A page that was saved
    meanwhile brings no draft back, however late its last words arrive. Raises `NotFound` for a note that was not
    given to this reader, or is about a person they may not see any more.
    """
    note = read_note() or (_note_here(name, path, about) if name else None)
    if note is None or note.at != request.endpoint:  # some endpoints leave out what must not be kept
        raise NotFound
    service.hold_author(db.session, who())
    draft = None
    if not is_used(request.form.get("form_key", "")):
        fields = {name: request.form.getlist(name) for name in request.form if name not in without}
        draft = service.save_draft(
            db.session,
            who(),
            note.client_id,
            form=note.form,
            subject_id=note.subject_id,
            fields=fields,
            path=note.path,
            now=now(),
            adds=note.adds,
            stood=note.stood,
        )
    db.session.commit()
    if by_script():
        return jsonify(saved=clock(now()) if draft else "", **(said or {}))
    sentence = _("There is nothing to keep yet.")
    if draft:
        has_today = may(who(), Action.DESK_TODAY)
        sentence = (
            _("Draft saved. Pick it up from Today when you like.")
            if has_today
            else _("Draft saved. You find it here for two weeks.")
        )
    return tell(redirect(note.path, 303), sentence)


def read_note() -> Note | None:
    """Return what the form that was sent says of its draft; nothing where it was not given to this reader."""
    try:
        note = Note(**json.loads(keys().open(request.form.get("draft", ""))))
    except (InvalidToken, ValueError, TypeError):
        return None
    return note if is_signed_in() and note.who == str(who().id) else None


def clear_saved() -> None:
    """Clear, in the act at hand, the draft of the form that was sent."""
    note = read_note()
    if note is not None:
        service.clear_draft(db.session, who(), note.form, note.subject_id)


def words_sent() -> list[str]:
    """Return what a reader typed into a form of ours that cannot be saved any more, to be copied from the answer."""
    note = read_note()
    if note is None:
        return []
    sent = {name: request.form.getlist(name) for name in request.form}
    return own_words(sent, note.stood, named=names_of_words())


@cache
def names_of_words() -> frozenset[str]:
    """Return the names of the fields that take words, of every form there is."""
    waiting: list[type[PlainForm]] = [PlainForm]
    found: set[str] = set()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        fields = {name: getattr(getattr(kind, name, None), "field_class", None) for name in dir(kind)}
        found |= {
            name
            for name, held in fields.items()
            if isinstance(held, type) and issubclass(held, (LineField, WordsField))
        }
    return frozenset(found)


def _note_here(name: str, path: str, about: uuid.UUID | None = None) -> Note:
    form, subject = _key_of(name)
    at = request.endpoint or ""
    return Note(form, str(subject), str(about or _person() or ""), path, str(who().id), at=at, adds=False, stood=[])


def _note_for(form: Any, name: str) -> Note:
    form_name, subject = _key_of(name)
    sent = read_note()
    if sent is not None and (sent.form, sent.subject) == (form_name, str(subject)):
        return replace(sent, stood=sorted({*sent.stood, *prints_of(form.theirs.values())}))
    here = _note_here(name, _path(form))
    return replace(here, at=form.kept_at, adds=form.in_pages, stood=_stood(form))


def _stood(form: Any) -> list[str]:
    if form.draft:
        return list(form.draft.stood or ())
    return [] if form.in_pages else prints_of(_stands(form))


def _key_of(name: str) -> tuple[str, uuid.UUID]:
    """Return under which name and about which row a form of the page at hand is kept."""
    given = (request.view_args or {}).values()
    rows = [value for value in given if isinstance(value, uuid.UUID)]
    kinds = [str(value) for value in given if not isinstance(value, uuid.UUID)]
    return ":".join([name, *kinds]), rows[-1] if rows else service.NOBODY


def _person() -> uuid.UUID | None:
    """Return the one person the page at hand is about; an administrator's drafts are about nobody's story."""
    if who().role is Role.ADMINISTRATOR:
        return None
    named: uuid.UUID | None = (request.view_args or {}).get("client_id")
    shown = people_read()
    return named or (next(iter(shown)) if len(shown) == 1 else None)


def _path(form: Any) -> str:
    """Return the address of the page at hand, with what chooses among its forms and nothing else.

    Where a form was refused, that is the page it was sent from.
    """
    sent = read_note() if request.method == "POST" else None
    if sent is not None:
        return sent.path
    chosen = {name: request.args[name] for name in form.kept_args if request.args.get(name, "").isalnum()}
    return f"{request.path}?{urlencode(chosen)}" if chosen else request.path


def _args_of(endpoint: str) -> dict[str, Any]:
    return dict(request.view_args or {}) if endpoint != "drafts.keep_form" else {}


def _stands(form: Any) -> Iterator[str]:
    """Return what stands in a form's fields as its page is made."""
    for field in form:
        if hasattr(field, "entries"):
            for entry in field.entries:
                yield from _stands(entry.form)
        elif hasattr(field, "parts"):
            yield from field.parts.values()
        elif hasattr(field, "iter_choices"):
            chosen = [str(choice[0]) for choice in field.iter_choices() if choice[2]]
            # A list that opens shows its first line where nothing is chosen.
            opens = isinstance(field, SelectField) and not isinstance(field, RadioField)
            yield from chosen or [str(choice[0]) for choice in [*field.iter_choices()][: int(opens)]]
        elif isinstance(field, BooleanField):
            yield from ("y",) if field.data else ()
        else:
            yield str(field._value() or "")  # noqa: SLF001 - the library's own name for what stands in the box


def forget_sent() -> None:
    """Forget, in the act at hand, what waited for its writer and has now been sent."""
    try:
        key = uuid.UUID(request.form.get("unsent_id", ""))
    except ValueError:
        return
    unsent.was_sent(db.session, who().id, key)
    forget_here(key)


def forget_here(key: uuid.UUID) -> None:
    """Let this browser forget that something of it waits."""
    session["unsent"] = [kept for kept in session.get("unsent", []) if kept != key.hex]


def keep_unsent(writer: uuid.UUID) -> str:
    """Keep what this request brought for its writer; return where they find it once they are back.

    A mere press is not kept: its reader is led back to the page it came from.
    """
    fields = {name: request.form.getlist(name) for name in request.form}
    if by_script() or not unsent.is_worth_keeping(fields):
        return urlsplit(request.referrer or "").path or "/"
    db.session.rollback()
    with writing():
        key = unsent.keep(db.session, writer, path=request.full_path.rstrip("?"), fields=fields, now=now())
        db.session.commit()
    # Known to this browser alone, so that nobody who holds the cookie of a session that ended plants a form elsewhere.
    session["unsent"] = [*session.get("unsent", []), key.hex][-unsent.MOST_KEPT :]
    return url_for("drafts.show_unsent", unsent_id=key)


def find_unsent() -> str | None:
    """Return where this browser's reader finds what they last sent too late, while it still waits."""
    for hexed in reversed(session.get("unsent", [])):
        key = uuid.UUID(hexed)
        with suppress(NotFound):
            unsent.find(db.session, who(), key)
            return url_for("drafts.show_unsent", unsent_id=key)
        forget_here(key)
    return None


def is_of_this_browser(key: uuid.UUID) -> bool:
    """Say whether it was in this browser that something was sent too late."""
    return key.hex in session.get("unsent", [])
