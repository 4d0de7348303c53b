"""Planned contacts: when you speak next."""
