"""What may be typed to bring a caseload in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField

from coachdesk.desk.rules import COLUMN_WORDS
from coachdesk.web.fields import ListField, TickField
from coachdesk.web.forms import Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coachdesk.desk.parts import Heading


class ImportForm(Form):
    """Choosing a file, and whose people they become."""

    file = FileField(_l("A CSV or XLSX file"))
    coach_id = ListField(_l("Coach"), needed=_l("Choose a coach."))


def columns_form(headings: Iterable[Heading]) -> type[Form]:
    """Return a form with an opening list for each column of a table: what it holds, or that it is left out."""
    choices = [("", _l("Leave it out")), *((column.value, _l(words)) for column, words in COLUMN_WORDS.items())]
    fields = {
        f"column_{each.place}": ListField(each.name or _l("Column %(n)s", n=each.place + 1), choices=choices)
        for each in headings
    }
    return type("ColumnsForm", (Form,), fields)


class ConfirmImportForm(Form):
    """Bringing in what was read; whoever may be here already is left out unless it is ticked."""

    everybody = TickField(_l("Bring in also those who may be here already: they are other people"))
