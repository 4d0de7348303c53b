"""A database that is busy, or away, as the answer leaves: a plain page that says to come back, as before that."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_record_whose_reading_cannot_be_written_down_just_now_is_busy_and_not_broken(app: Flask, cast, reader):
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    other = sqlite3.connect(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        page = dana.looks(f"/people/{cast.marcus}")
    finally:
        other.close()
    assert page.response.status_code == 503
    assert page.response.headers["Retry-After"] == "5"
    assert "Marcus" not in page.text
    dana.opens(f"/people/{cast.marcus}")
