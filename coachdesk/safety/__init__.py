"""Worry about somebody's safety: who is told, and who has it."""
