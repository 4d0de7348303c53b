"""Tests of goals, their steps and their reviews."""
