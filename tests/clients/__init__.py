"""Tests of people’s records."""
