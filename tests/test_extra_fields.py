"""Fields that no form offers: each form is sent as it stands, once plainly and once with a handful of others beside it.

Both begin from the same database, and what has changed afterwards is the same, row by row.
"""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from coachdesk.access import Role
from coachdesk.db import Base, db, reading_only
from coachdesk.organisation.models import Organisation
from tests.lived import live
from tests.reader import as_it_stands
from tests.test_bad_input import FIRST, _form, _forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cast import Cast

NOT_COMPARED = {"used_form"}
"""A form's one-time key is its own each time."""
VALUES = {
    "role": Role.ADMINISTRATOR.value,
    "role_name": Role.ADMINISTRATOR.value,
    "is_admin": "1",
    "active": "",
    "id": "00000000-0000-4000-8000-000000000007",
    "client_id": "{hana}",
    "coach_id": "{chris}",
    "user_id": "{admin}",
    "author_id": "{chris}",
    "made_by": "{chris}",
    "for_user_id": "{chris}",
    "recipient_id": "{chris}",
    "started_at": "2020-01-01",
    "signed_at": "2020-01-01",
    "ends_at": "2099-01-01",
    "closed_at": "2099-01-01",
    "taken_by": "{chris}",
    "email": "taken@example.org",
    "password": "first light over the hills again",
    "fs_uniquifier": "0" * 64,
    "earlier": "everything",
    "version": "999",
    "status": "achieved",
    "withdrawn_at": "",
}


LEAST = {"dana": 18, "ruth": 16, "marcus": 3, "admin": 9}


@pytest.fixture
def database() -> str:
    """The same database must stand there twice, so this one runs where a database is a file."""
    return "sqlite"


@pytest.mark.asvs("15.3.3")
@pytest.mark.asvs("8.2.3")
@pytest.mark.parametrize("name", FIRST)
def test_fields_that_no_form_offers_change_nothing(
    reader: Callable[..., Any], cast: Cast, session: Any, clock: Any, tmp_path: Path, name: str
) -> None:
    live(session, cast)
    session.execute(sa.update(Organisation).values(review_share=1.0))  # a draw by the entry's id would differ
    session.commit()
    clock.move(hours=2)
    someone = reader(name)
    forms = list(_forms(someone, FIRST[name]))
    kept = _Kept(tmp_path / "kept.db")
    ids = {key: str(identity.id) for key, identity in cast.staff.items()} | {"hana": str(cast.hana)}
    wrong, tried, taken = [], 0, 0
    for path, number, action in forms:
        someone.looks(FIRST[name])  # what the last act says is said here, and its Undo with it
        form = _form(someone, path, number, action)
        assert form is not None, path
        plain = _filled(form)
        more = {key: value.format(**ids) for key, value in VALUES.items() if key not in _fields(form)}
        changes = []
        for data in (plain, {**plain, **more}):
            kept.put_back()
            before = _rows(session)
            page = someone.sends_raw(action or path, data)
            changes.append((page.status, _changed(before, _rows(session))))
        kept.put_back()
        if changes[0] != changes[1]:
            wrong.append((path, action, changes))
        tried, taken = tried + 1, taken + bool(changes[0][1])
    assert wrong == []
    assert tried >= LEAST[name]
    assert taken >= tried / 2, f"only {taken} of {tried} forms were taken: it shows too little"


class _Kept:
    """The database as it stands now, to begin from again."""

    def __init__(self, copy: Path) -> None:
        self.copy = copy
        db.session.rollback()
        with reading_only(), db.engine.connect() as connection:  # within a writer's BEGIN nothing is moved over
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
        shutil.copy(self._path(), copy)

    def put_back(self) -> None:
        db.session.remove()
        db.engine.dispose()
        for tail in ("-wal", "-shm"):
            Path(f"{self._path()}{tail}").unlink(missing_ok=True)
        shutil.copy(self.copy, self._path())

    @staticmethod
    def _path() -> str:
        return str(db.engine.url.database)


def _fields(form: Any) -> set[str]:
    return {str(field["name"]) for field in form.select("[name]")}


WORDS = {"first_name": "Noor", "last_name": "Vale", "words": "A plan.", "text": "Some words.", "name": "A name"}


def _filled(form: Any) -> dict[str, Any]:
    """Return what a form would send with what is needed filled in and something chosen, so that most are taken."""
    data = as_it_stands(form)
    for field in form.select("[type=radio][name]"):
        data[str(field["name"])] = data.get(str(field["name"])) or str(field.get("value") or "")
    for field in form.select("select[name]"):
        offered = [str(option.get("value") or "") for option in field.select("option")]
        data[str(field["name"])] = data[str(field["name"])] or next(filter(None, offered), "")
    for field in form.select("input.input[name], textarea[name]"):
        name = str(field["name"])
        data[name] = data[name] or WORDS.get(name) or ("A bus pass" if name == "service" else "")
    return data


def _rows(session: Any) -> dict[str, dict[str, tuple[Any, ...]]]:
    session.rollback()
    found = {}
    for name, table in Base.metadata.tables.items():
        if name not in NOT_COMPARED:
            keys = [column.name for column in table.primary_key]
            rows = session.execute(sa.select(table)).mappings().all()
            found[name] = {str([row[key] for key in keys]): tuple(row.items()) for row in rows}
    session.rollback()
    return found


def _changed(before: Any, after: Any) -> dict[str, Any]:
    """Return what came, went and changed in each table; ids made just now are told apart from those known by nothing."""
    known = {value for rows in before.values() for row in rows.values() for _key, value in row if _is_id(value)}
    changes: dict[str, Any] = {}
    for table, rows in after.items():
        came = sorted(str(_plain(row, known)) for key, row in rows.items() if key not in before[table])
        gone = sorted(str(_plain(row, known)) for key, row in before[table].items() if key not in rows)
        turned = sorted(
            str(_plain(row, known)) for key, row in rows.items() if key in before[table] and before[table][key] != row
        )
        if came or gone or turned:
            changes[table] = (came, gone, turned)
    return changes


def _is_id(value: Any) -> bool:
    return isinstance(value, uuid.UUID)


_MADE_ANEW = {
    "request_id",
    "token_digest",
    "fs_uniquifier",
    "fs_webauthn_user_handle",
    "mf_recovery_codes",
    "tf_totp_secret",
    "key",
    "password",
}
"""Drawn anew each time."""


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Also within an address that leads to what was made just now."""


def _told_apart(text: str, known: set[Any]) -> str:
    return text if uuid.UUID(text) in known else "new"


def _plain(row: Any, known: set[Any]) -> list[Any]:
    return [
        (key, "new" if key in _MADE_ANEW else _ID.sub(lambda found: _told_apart(found[0], known), str(value)))
        for key, value in row
        if not (key == "id" and isinstance(value, int)) and key not in ("entry_id", "details")
    ]
