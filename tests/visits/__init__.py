"""Tests of the next contact as planned."""
