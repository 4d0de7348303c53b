"""Tests of what an organisation may be."""
