"""Migrations with data, up and down and up again."""
