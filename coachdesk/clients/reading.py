"""What the form of a restriction means: whom it offers, and what was typed as the verb takes it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coachdesk.access import RestrictionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coachdesk.clients.forms import RestrictionForm


def offer_staff(form: RestrictionForm, staff: Iterable[Any]) -> RestrictionForm:
    """Give the form everybody who can be kept from a person; nobody is chosen beforehand."""
    form.user_id.choices = [("", _("Choose somebody")), *((str(user.id), user.name) for user in staff)]
    return form


def as_restriction(form: RestrictionForm) -> dict[str, Any]:
    """Return what was typed as `restrict` takes it."""
    return {
        "user_id": uuid.UUID(form.user_id.data),
        "kind": RestrictionKind(form.kind.data),
        "words": form.words.data,
    }
