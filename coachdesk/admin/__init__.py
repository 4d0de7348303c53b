"""Accounts, teams, assignments and settings, without anybody's story."""
