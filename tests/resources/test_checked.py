"""The day a service was last checked."""

from __future__ import annotations


def test_nothing_was_checked_on_a_day_to_come(reader, session):
    dana = reader("dana")
    dana.opens("/resources/new")
    dana.sends(
        status=422, name="Pantry", need="food", verified_on__day="31", verified_on__month="12", verified_on__year="9999"
    )
