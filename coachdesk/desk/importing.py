"""Bringing a caseload in: a table is read and looked at, nothing is written until it is confirmed, and a day to undo it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from openpyxl import load_workbook

from coachdesk import audit
from coachdesk.access import Action, demand, unscoped, visible
from coachdesk.clients import likeness
from coachdesk.clients import service as clients
from coachdesk.clients.models import Client
from coachdesk.clients.naming import shown
from coachdesk.clients.rules import Likeness, is_alike
from coachdesk.db import AboutPerson, Base
from coachdesk.desk.models import CaseloadImport, ImportedPerson
from coachdesk.desk.parts import Heading, headings, refuse_bad_columns
from coachdesk.desk.rules import (
    MOST_COLUMNS,
    MOST_ROWS,
    Column,
    Order,
    Reading,
    Row,
    read_table,
)
from coachdesk.goals import service as goals
from coachdesk.organisation import service as organisation
from coachdesk.words import NotFound, Refused, mark, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from coachdesk.access import Identity

UNDO_FOR = dt.timedelta(days=1)
MOST_UNPACKED = 60 * 1024 * 1024
"""Bytes a workbook may hold unpacked; a small file may hide a very large one."""
_MONTH_FIRST = frozenset({"US"})
_READ_AS = ("utf-8-sig", "cp1252")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Preview:
    """An import as it stands before it is confirmed: what was read, and who may be here already."""

    row: CaseloadImport
    reading: Reading
    known: dict[int, str]
    """By line, the shown name of somebody this reader sees who may be the same person."""

    def chosen(self, *, everybody: bool) -> list[Row]:
        """Return the rows that come in: those without a fault; likely twins only where `everybody` is wanted."""
        return [row for row in self.reading.good if everybody or not (row.twin or row.line in self.known)]


# ---- reading a file -----------------------------------------------------------------------------------------------


_NO_TEXT = (".xls", ".xlsx", ".ods", ".numbers", ".pdf", ".doc", ".docx")


def read_file(data: bytes, name: str) -> list[list[str]]:
    """Read a CSV or XLSX file into cells of text; raises `Refused` with what to do about it."""
    if not data.strip():
        raise Refused(mark("This file is empty."), "file")
    if data[:4] == b"PK\x03\x04":
        return _read_workbook(data)
    if name.lower().endswith(_NO_TEXT) or data[:4] == b"%PDF" or (b"\x00" in data[:2000] and data[:2] not in _WIDE):
        raise Refused(mark("This is not a table we can read. Save it as CSV or XLSX, and choose that file."), "file")
    return _read_text(_decoded(data))


def _decoded(data: bytes) -> str:
    line = 1
    for encoding in ("utf-16",) if data[:2] in _WIDE else _READ_AS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as wrong:
            line = data.count(b"\n", 0, wrong.start) + 1
    raise Refused(
        say(
            mark("The letters in row %(line)s cannot be read. Save the list as CSV with UTF-8, and choose it again."),
            line=line,
        ),
        "file",
    )


def _read_text(text: str) -> list[list[str]]:
    first = text.split("\n", 1)[0]
    separator = max((",", ";", "\t"), key=first.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return [row for row, _n in zip(rows, range(MOST_ROWS + 2), strict=False)]
    except csv.Error as wrong:
        raise Refused(mark("This file is not a table: a quotation mark may be missing."), "file") from wrong


def _read_workbook(data: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _refuse_large(packed)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
        return [[_cell(value) for value in row] for row in rows]
    except Refused:
        raise
    except Exception as wrong:  # a workbook may be broken in as many ways as it has parts
        raise Refused(mark("This workbook cannot be opened. Save it as CSV, and choose that file."), "file") from wrong


def _refuse_large(packed: zipfile.ZipFile) -> None:
    if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
        raise Refused(mark("This workbook is too large. Keep the sheet with the people alone."), "file")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# ---- bringing in --------------------------------------------------------------------------------------------------


def begin(
    session: Any, identity: Identity, *, data: bytes, name: str, coach_id: uuid.UUID, now: dt.datetime, today: dt.date
) -> CaseloadImport:
    """Read a file and keep its cells, sealed, until they are confirmed; an earlier one left lying is let go."""
    demand(identity, Action.CLIENTS_ADD)
    clients.refuse_coach(session, identity, coach_id)
    cells = read_file(data, name)
    read_table(cells, today=today, order=None, usual=_usual(session))
    session.execute(
        sa.delete(CaseloadImport).where(CaseloadImport.made_by == identity.id, CaseloadImport.confirmed_at.is_(None))
    )
    made = CaseloadImport(
        id=uuid.uuid4(), made_by=identity.id, made_at=now, coach_id=coach_id, file_name=name[:200], cells=cells
    )
    session.add(made)
    session.flush()
    audit.record(session, identity, audit.Event.IMPORT_BEGUN, subject=made, detail={"rows": len(cells) - 1}, now=now)
    return made


def _usual(session: Any) -> Order:
    country = organisation.find_organisation(session).country
    return Order.MONTH_FIRST if country in _MONTH_FIRST else Order.DAY_FIRST


def choose_order(session: Any, identity: Identity, import_id: uuid.UUID, order: Order) -> CaseloadImport:
    """Say in which order the days of a table are written; it is read anew by that."""
    row = _find(session, identity, import_id)
    if row.confirmed_at is not None:
        raise NotFound
    row.day_order = order
    return row


def choose_columns(
    session: Any, identity: Identity, import_id: uuid.UUID, chosen: Mapping[int, Column]
) -> CaseloadImport:
    """Say by hand what is in which column of a table, counted from 0; it is read anew by that."""
    row = _find(session, identity, import_id)
    if row.confirmed_at is not None:
        raise NotFound
    refuse_bad_columns(chosen)
    row.columns = {str(place): column.value for place, column in chosen.items()}
    return row


def list_headings(session: Any, identity: Identity, import_id: uuid.UUID) -> list[Heading]:
    """Return the columns of a table with a few examples each; raises `NotFound` once it was confirmed."""
    row = _find(session, identity, import_id)
    if row.cells is None:
        raise NotFound
    return headings(row.cells)


def open_preview(session: Any, identity: Identity, import_id: uuid.UUID, *, today: dt.date) -> Preview:
    """Return what a table says, before anything of it is written."""
    row = _find(session, identity, import_id)
    if row.cells is None:
        raise NotFound
    chosen = {int(place): Column(word) for place, word in row.columns.items()} if row.columns else None
    reading = read_table(row.cells, today=today, order=row.day_order, usual=_usual(session), chosen=chosen)
    return Preview(row, reading, dict(_known(session, identity, reading)))


def _known(session: Any, identity: Identity, reading: Reading) -> Iterator[tuple[int, str]]:
    """Say of which rows somebody is here already, among those this reader sees."""
    here = [(likeness.likeness_of(person), person) for person in session.scalars(visible(identity, Client))]
    by_hint: dict[str, list[tuple[Likeness, Client]]] = {}
    for one, person in here:
        for hint in (*one.wholes, *one.numbers):
            by_hint.setdefault(hint, []).append((one, person))
    for row in reading.good:
        mine = likeness.likeness_typed(row.typed)
        likely = [pair for hint in (*mine.wholes, *mine.numbers) for pair in by_hint.get(hint, [])]
        same = next((person for one, person in likely if is_alike(mine, one)), None)
        if same is not None:
            yield row.line, shown(same)


def confirm(
    session: Any,
    identity: Identity,
    import_id: uuid.UUID,
    *,
    everybody: bool,
    now: dt.datetime,
    today: dt.date,
) -> CaseloadImport:
    """Write everything down that has no fault, in one act; the cells are let go. Done once, whoever presses twice."""
    demand(identity, Action.CLIENTS_ADD)
    held = sa.select(CaseloadImport).where(CaseloadImport.id == import_id, CaseloadImport.made_by == identity.id)
    row: CaseloadImport | None = session.scalar(held.with_for_update())
    if row is None or row.confirmed_at is not None:
        raise NotFound
    chosen = open_preview(session, identity, import_id, today=today).chosen(everybody=everybody)
    if not chosen:
        raise Refused(mark("There is nobody to bring in: every row has something to mend, or is here already."))
    people = clients.add_people(
        session,
        identity,
        [{**each.typed, "contact_before_on": each.last_contact_on} for each in chosen],
        coach_id=row.coach_id,
        now=now,
        today=today,
    )
    session.add_all(ImportedPerson(client_id=person.id, import_id=row.id) for person in people)
    wishes = [(person.id, words) for person, each in zip(people, chosen, strict=True) for words in each.goals]
    goals.set_first_goals(session, identity, wishes, now=now, today=today)
    row.confirmed_at, row.people, row.cells = now, len(people), None
    session.flush()
    ids = [person.id for person in people]
    audit.record(session, identity, audit.Event.PEOPLE_IMPORTED, client_ids=ids, subject=row, now=now)
    return row


def list_imports(session: Any, identity: Identity, *, now: dt.datetime) -> Sequence[CaseloadImport]:
    """Return one's own imports that can be undone still, and those that wait to be confirmed; newest first."""
    mine = sa.select(CaseloadImport).where(
        CaseloadImport.made_by == identity.id,
        sa.or_(
            sa.and_(CaseloadImport.confirmed_at.is_(None), CaseloadImport.made_at > now - UNDO_FOR),
            sa.and_(CaseloadImport.confirmed_at > now - UNDO_FOR, CaseloadImport.undone_at.is_(None)),
        ),
    )
    found: Sequence[CaseloadImport] = session.scalars(mine.order_by(CaseloadImport.made_at.desc())).all()
    return found


def _find(session: Any, identity: Identity, import_id: uuid.UUID) -> CaseloadImport:
    found: CaseloadImport | None = session.scalar(
        sa.select(CaseloadImport).where(CaseloadImport.id == import_id, CaseloadImport.made_by == identity.id)
    )
    if found is None:
        raise NotFound
    return found


# ---- undoing ------------------------------------------------------------------------------------------------------

_OWN = frozenset({"client", "assignment", "episode", "level_period", "goal", "imported_person"})
"""Tables an import writes to; a row about somebody in any other means that somebody has worked with them since."""
_BY_ITSELF = frozenset({"ledger_entry", "ledger_delivery", "plan_next", "foreseen_thing"})
"""What the desk wrote by itself because they are here: what is due for them and when, and which message told of it."""
_TOLD = frozenset({"notice", "delivery"})
"""The messages that name them, and their lines in the app; they are theirs alone, so they go with them."""


def undo(session: Any, identity: Identity, import_id: uuid.UUID, *, now: dt.datetime) -> CaseloadImport:
    """Take an import back within a day: whoever it brought in goes, but for those of whom something was written since."""
    demand(identity, Action.CLIENTS_ADD)
    row = _find(session, identity, import_id)
    if row.confirmed_at is None or row.undone_at is not None or now - row.confirmed_at > UNDO_FOR:
        raise NotFound
    brought = set(
        session.scalars(
            unscoped(
                sa.select(ImportedPerson.client_id).where(ImportedPerson.import_id == row.id),
                because="one's own import is taken back, also where its people were given away since",
            )
        )
    )
    table = Client.__table__
    for some in _batches(brought):  # whatever is planned for them meanwhile comes before this act, or finds nobody
        session.execute(sa.select(table.c.id).where(table.c.id.in_(some)).with_for_update())
    kept = _touched(session, brought, row.confirmed_at)
    gone = brought - kept
    for table in _written_for_them():
        column = table.c.id if table.name == "client" else table.c.client_id
        for some in _batches(gone):
            session.execute(sa.delete(table).where(column.in_(some)))
    row.undone_at, row.kept = now, len(kept)
    session.flush()
    detail = {"gone": len(gone), "kept": len(kept)}
    audit.record(session, identity, audit.Event.IMPORT_UNDONE, client_ids=brought, subject=row, detail=detail, now=now)
    return row


def _written_for_them() -> list[Any]:
    """Return the tables an import writes to and those the desk fills by itself, those that point at others first."""
    return [table for table in reversed(Base.metadata.sorted_tables) if table.name in _OWN | _BY_ITSELF | _TOLD]


def _touched(session: Any, brought: set[uuid.UUID], at: dt.datetime) -> set[uuid.UUID]:
    """Return those of whom there is a row that the import did not write, or whose own row was changed."""
    found: set[uuid.UUID] = set()
    others: list[Any] = [kind.local_table for kind in Base.registry.mappers if issubclass(kind.class_, AboutPerson)]
    for some in _batches(brought):
        for table in others:
            if table.name not in _OWN | _BY_ITSELF and "client_id" in table.c:
                found |= set(session.scalars(sa.select(table.c.client_id).where(table.c.client_id.in_(some))))
        client, goal = Client.__table__, Base.metadata.tables["goal"]
        found |= set(session.scalars(sa.select(client.c.id).where(client.c.id.in_(some), client.c.version > 1)))
        changed = sa.or_(goal.c.version > 1, goal.c.created_at != at)
        found |= set(session.scalars(sa.select(goal.c.client_id).where(goal.c.client_id.in_(some), changed)))
        for name in ("assignment", "episode", "level_period"):
            table = Base.metadata.tables[name]
            more = sa.select(table.c.client_id).where(table.c.client_id.in_(some))
            found |= set(session.scalars(more.group_by(table.c.client_id).having(sa.func.count() > 1)))
    return found


def _batches(ids: Iterable[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    every = list(ids)
    for start in range(0, len(every), 500):
        yield every[start : start + 500]
