"""Tests of services somebody can be sent to."""
