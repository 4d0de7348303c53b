"""What is wrong with a form, as the lines above it: where each leads, and by which field it is told from another."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ABOVE = frozenset({"form_key", "version", "csrf_token"})
"""Hidden fields; what is wrong with them is said of the whole form."""
_FIRST_BOX = {"DayField": "-day", "PickField": "-0", "PicksField": "-0"}
"""What the id of a field's first box ends with, where the field has several."""


def listed(form: Any) -> list[tuple[str, str]]:
    """Return the first box of a field and a sentence at it, for each there is.

    Where a sentence stands at several fields, each is said after its field's label: who reads the lines, or hears them
    read, could not tell them apart.
    """
    found = list(_walk(form))
    often = Counter(sentence for _box, _label, sentence in found)
    return [(box, _named(label, sentence) if often[sentence] > 1 else sentence) for box, label, sentence in found]


def _walk(fields: Iterable[Any], row: int = 0) -> Iterator[tuple[str, str, str]]:
    for field in fields:
        if hasattr(field, "entries"):
            for n, entry in enumerate(field.entries, start=1):
                yield from _walk(entry.form, n)
        elif field.short_name not in _ABOVE:
            label = _("Row %(n)s, %(label)s", n=row, label=field.label.text) if row else str(field.label.text)
            for sentence in field.errors:
                yield f"{field.id}{_FIRST_BOX.get(field.type, '')}", label, str(sentence)


def _named(label: str, sentence: str) -> str:
    """Put the label before it; one that asks ends with its own mark."""
    words = {"label": label, "sentence": sentence}
    return str(_("%(label)s %(sentence)s", **words) if label.endswith("?") else _("%(label)s: %(sentence)s", **words))
