"""What is worked out once for all applications of a test process, since each of them would work out the same."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, ClassVar

import jinja2
from werkzeug.routing import Rule

if TYPE_CHECKING:
    from flask import Flask
    from flask_sqlalchemy import SQLAlchemy
    from jinja2.bccache import Bucket
    from sqlalchemy import Engine


class Compiled(jinja2.BytecodeCache):
    """Templates compiled once for all applications of this process."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was kept, if it is of this very text."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next application."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


def remember_builders() -> None:
    """Compile what builds the address of a route once: it depends on the route's words alone, not on the application."""
    compile_builder, kept = Rule._compile_builder, {}

    def remembered(self: Rule, append_unknown: bool = True) -> Any:  # noqa: FBT001, FBT002  (as the library has it)
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(self, append_unknown)
        return kept[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign]


def remember_statements(db: SQLAlchemy) -> None:
    """Let all engines of one database's kind know what statements compile to; each would compile them anew."""
    make_engine = db._make_engine
    first: dict[str, Engine] = {}

    def remembered(bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        engine = make_engine(bind_key, options, app)
        known = first.get(engine.dialect.name)
        if known is None or known.dialect.server_version_info is None:  # that one never met its database
            first[engine.dialect.name] = engine
            return engine
        engine.dialect = engine.pool._dialect = known.dialect  # the key of what is kept holds it
        engine._compiled_cache = known._compiled_cache
        return engine

    db._make_engine = remembered  # type: ignore[method-assign]


def clear_away_seldom() -> None:
    """Look for what nobody holds any more ten times as seldom: with all that is imported, each look costs a page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 5)
