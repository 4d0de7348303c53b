"""Bringing a caseload in from another list: choose a file, look at what it says, confirm, and a day to undo it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for

from coachdesk.access import Action, Role
from coachdesk.accounts import service as accounts
from coachdesk.clients import assigning
from coachdesk.db import db
from coachdesk.desk import importing
from coachdesk.desk.forms import ConfirmImportForm, ImportForm, columns_form
from coachdesk.desk.rules import COLUMN_WORDS, ORDER_WORDS, Column, Order
from coachdesk.web import Page, act_now, now, page_number, reading, save, tell, today, who
from coachdesk.web.sheets import stream
from coachdesk.words import say, say_n

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from coachdesk.web import Room
    from coachdesk.web.forms import Form

_SIZE = 50
_EXAMPLE = (
    "Ana", "Example", "", "she", "English", "", "+1 555 0100", "", "yes", "yes", "no", "no",
    "Text first. Say only your own name.", "7", "2026-11-16", "A place of my own | See my daughter",
)  # fmt: skip


def furnish(room: Room) -> None:
    """Add these pages to the coach's room."""
    action = Action.CLIENTS_ADD
    room.get("/people/import", action=action, endpoint="bring_in")(choose_file)
    room.post("/people/import", action=action, endpoint="read_file")(read_file)
    room.get("/people/import/template", action=action, endpoint="import_template")(template)
    room.get("/people/import/<uuid:import_id>", action=action, endpoint="preview")(preview)
    room.post("/people/import/<uuid:import_id>", action=action, endpoint="confirm_import")(confirm)
    room.post("/people/import/<uuid:import_id>/order", action=action, endpoint="order_days")(order_days)
    room.get("/people/import/<uuid:import_id>/columns", action=action, endpoint="choose_columns")(choose_columns)
    room.post("/people/import/<uuid:import_id>/columns", action=action, endpoint="set_columns")(set_columns)
    room.post("/people/import/<uuid:import_id>/undo", action=action, endpoint="undo_import")(undo)


def choose_file() -> str:
    """Show where to choose a file, and what was brought in within a day."""
    return _file_page(_file_form(ImportForm(formdata=None)))


def template() -> ResponseReturnValue:
    """Hand out a table to fill in."""
    return stream("people.csv", list(COLUMN_WORDS.values()), iter([[_EXAMPLE]]))


def read_file() -> ResponseReturnValue:
    """Read a file; nothing of it is written."""
    form = _file_form(ImportForm())
    sent: Any = request.files.get("file")

    def act() -> Any:
        return importing.begin(
            db.session,
            who(),
            data=sent.read() if sent else b"",
            name=sent.filename if sent else "",
            coach_id=uuid.UUID(form.coach_id.data),
            now=now(),
            today=today(),
        )

    return save(
        form,
        act,
        done=lambda row: redirect(url_for("desk.preview", import_id=row.id)),
        page=lambda: _file_page(form),
    )


def preview(import_id: UUID) -> ResponseReturnValue:
    """Show what a table says, a sentence for each row that cannot come in."""
    if not importing.open_preview(db.session, who(), import_id, today=today()).reading.is_known:
        return redirect(url_for("desk.choose_columns", import_id=import_id))
    return _preview_page(import_id, ConfirmImportForm(formdata=None))


def order_days(import_id: UUID) -> ResponseReturnValue:
    """Read the days of a table in another order."""
    order = Order(request.form["order"]) if request.form.get("order") in set(Order) else Order.DAY_FIRST
    back = url_for("desk.preview", import_id=import_id)
    return act_now(
        lambda: importing.choose_order(db.session, who(), import_id, order), lambda _row: redirect(back), back=back
    )


def choose_columns(import_id: UUID) -> str:
    """Show the columns of a table, each with what we take it for."""
    return _columns_page(_columns_form(import_id), import_id)


def set_columns(import_id: UUID) -> ResponseReturnValue:
    """Say what is in which column."""
    form = _columns_form(import_id)

    def act() -> Any:
        chosen = {
            int(name.removeprefix("column_")): Column(field.data)
            for name, field in form._fields.items()
            if name.startswith("column_") and field.data
        }
        return importing.choose_columns(db.session, who(), import_id, chosen)

    return save(
        form,
        act,
        done=lambda row: redirect(url_for("desk.preview", import_id=row.id)),
        page=lambda: _columns_page(form, import_id),
    )


def _columns_form(import_id: UUID) -> Form:
    """Return a form with a list for each column, as it was chosen or as we take it."""
    found = importing.list_headings(db.session, who(), import_id)
    read = importing.open_preview(db.session, who(), import_id, today=today()).reading
    taken = {f"column_{place}": column.value for column, place in read.places.items()}
    return columns_form(found)(data=taken)


def _columns_page(form: Form, import_id: UUID) -> str:
    found = importing.open_preview(db.session, who(), import_id, today=today())
    reading([])
    return render_template(
        "desk/import_columns.html",
        form=form,
        preview=found,
        headings=importing.list_headings(db.session, who(), import_id),
    )


def confirm(import_id: UUID) -> ResponseReturnValue:
    """Write down everybody whose row has no fault."""
    form = ConfirmImportForm()

    def confirmed(row: Any) -> Any:
        words = say_n("%(n)s person is here now.", "%(n)s people are here now.", row.people)
        undo = url_for("desk.undo_import", import_id=row.id)
        response = tell(redirect(url_for("desk.bring_in")), words, undo=undo)
        full = assigning.warn_load(db.session, who(), row.coach_id)
        return tell(response, full, "info") if full else response

    return save(
        form,
        lambda: importing.confirm(
            db.session, who(), import_id, everybody=form.everybody.data, now=now(), today=today()
        ),
        done=confirmed,
        page=lambda: _preview_page(import_id, form),
    )


def undo(import_id: UUID) -> ResponseReturnValue:
    """Take an import back."""
    back = url_for("desk.bring_in")

    def done(row: Any) -> Any:
        response = tell(redirect(back), say_n("%(n)s person is taken back.", "%(n)s people are taken back.",
                                              row.people - row.kept))  # fmt: skip
        if not row.kept:
            return response
        return tell(response, say_n("%(n)s person stays: something was written about them since.",
                                    "%(n)s people stay: something was written about them since.", row.kept), "info")  # fmt: skip

    return act_now(lambda: importing.undo(db.session, who(), import_id, now=now()), done, back=back)


def _file_form(form: ImportForm) -> ImportForm:
    coaches = accounts.list_coaches(db.session, who())
    form.coach_id.choices = [(str(user.id), user.name) for user in coaches]
    if who().role is Role.COACH or (request.method == "GET" and not form.coach_id.data):
        form.coach_id.data = str(who().id)
    return form


def _file_page(form: ImportForm) -> str:
    rows = importing.list_imports(db.session, who(), now=now())
    return render_template("desk/import.html", form=form, rows=rows, columns=COLUMN_WORDS)


def _preview_page(import_id: UUID, form: ConfirmImportForm) -> str:
    found = importing.open_preview(db.session, who(), import_id, today=today())
    number, bad = page_number(), found.reading.bad
    good = found.reading.good
    reading([])
    return render_template(
        "desk/import_preview.html",
        form=form,
        preview=found,
        coach=accounts.find_user(db.session, found.row.coach_id),
        bad=bad[:_SIZE],
        bad_count=len(bad),
        page=Page(good[(number - 1) * _SIZE : number * _SIZE], number, len(good), _SIZE),
        incoming=len(found.chosen(everybody=False)),
        orders=ORDER_WORDS,
        columns=COLUMN_WORDS,
        say_line=lambda line: say("Row %(line)s", line=line),
    )
