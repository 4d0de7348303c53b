"""The belt: in tests, a select of people's rows within a request that does not begin with the scope raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from coachdesk.access.scope import SCOPED
from coachdesk.db import AboutPerson

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import ORMExecuteState, Session


class Unscoped(AssertionError):  # noqa: N818  (the name says what was left out)
    """A query over people's rows left out the scoping rule."""


def fasten(session: type[Session] | Any, in_request: Callable[[], bool]) -> None:
    """Raise `Unscoped` for every unscoped select of a person's rows while `in_request()` is true."""

    @event.listens_for(session, "do_orm_execute")
    def _check(state: ORMExecuteState) -> None:
        if not state.is_select or state.is_relationship_load or state.is_column_load or not in_request():
            return
        if state.execution_options.get(SCOPED):
            return
        bare = [m.class_.__name__ for m in state.all_mappers if issubclass(m.class_, AboutPerson)]
        if bare:
            msg = f"a select of {', '.join(bare)} does not begin with access.visible"
            raise Unscoped(msg)
