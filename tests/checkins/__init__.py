"""Tests of the room checkins."""
