"""What the forms of this room mean: whom they offer, and what was typed as the verbs take it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coachdesk.access import RestrictionKind
from coachdesk.clients.rules import Pronouns, Touch

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


def as_person(form: Any) -> dict[str, Any]:
    """Return what was typed about a person as `add_person` and `edit_person` take it; whose they are is apart."""
    typed: dict[str, Any] = form.typed()
    typed.pop("coach_id", None)
    typed["pronouns"] = Pronouns(typed["pronouns"] or Pronouns.NAME)
    return typed


def as_item(form: Any) -> dict[str, Any]:
    """Return what was typed about one of several things; whether we may be in touch stays open where nobody said."""
    typed: dict[str, Any] = form.typed()
    if "touch" in typed:
        typed["touch"] = Touch(typed["touch"]) if typed["touch"] else None
    return typed


def id_or_none(text: str | None) -> uuid.UUID | None:
    """Read an id that was chosen; nonsense is none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
