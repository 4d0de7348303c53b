"""The belt: in tests, a select of people's rows within a request that does not begin with the scope raises."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from coachdesk.access.scope import SCOPED, WORDED
from coachdesk.db import AboutPerson, Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import ORMExecuteState, Session


class Unscoped(AssertionError):  # noqa: N818  (the name says what was left out)
    """A query over people's rows left out the scoping rule."""


@cache
def fasten(session: type[Session] | Any, in_request: Callable[[], bool]) -> None:
    """Raise `Unscoped` for every unscoped select of a person's rows while `in_request()` is true.

    One belt is enough: a session that many applications share would otherwise be checked once for each of them.
    """

    @event.listens_for(session, "do_orm_execute")
    def _check(state: ORMExecuteState) -> None:
        if not state.is_select or state.is_relationship_load or state.is_column_load or not in_request():
            return
        mappers = [mapper.class_ for mapper in state.all_mappers]
        _refuse(state, mappers, AboutPerson, SCOPED, "does not begin with access.visible")
        _refuse(state, mappers, Written, WORDED, "asks for words without access.worded")


def _refuse(state: ORMExecuteState, found: list[type[Any]], kind: type[Any], mark: str, what: str) -> None:
    bare = [one.__name__ for one in found if issubclass(one, kind)]
    if bare and not state.execution_options.get(mark):
        msg = f"a select of {', '.join(bare)} {what}"
        raise Unscoped(msg)
