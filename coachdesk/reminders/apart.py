"""Doing one thing for many so that nothing that is wrong about one of them keeps it from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
import structlog

from coachdesk.logs import trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Thing = TypeVar("_Thing")
log = structlog.get_logger()


def do_apart(session: Any, things: Sequence[_Thing], do: Callable[[Sequence[_Thing]], int]) -> int:
    """Do something for all of these at once and commit; where it cannot be done for one, then for all the others.

    Returns the sum of what is done. What is wrong is logged without a word of anybody's. Raises where the database is
    gone: nobody's record is at fault then.
    """
    try:
        done = do(things)
        session.commit()
    except sa.exc.OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  (one record that cannot be read must not keep all others untold)
        session.rollback()
        if len(things) <= 1:
            log.warning("nothing could be planned for one of many", trouble=trouble(error))
            return 0
        half = len(things) // 2
        return do_apart(session, things[:half], do) + do_apart(session, things[half:], do)
    return done
