"""Tests of referrals and their clocks."""
