"""What may be typed to bring a caseload in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField

from coachdesk.web.fields import ListField, TickField
from coachdesk.web.forms import Form


class ImportForm(Form):
    """Choosing a file, and whose people they become."""

    file = FileField(_l("A CSV or XLSX file"))
    coach_id = ListField(_l("Coach"), needed=_l("Choose a coach."))


class ConfirmImportForm(Form):
    """Bringing in what was read; whoever may be here already is left out unless it is ticked."""

    everybody = TickField(_l("Bring in also those who may be here already: they are other people"))
