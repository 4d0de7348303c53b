"""The organisation: its name, zone, crisis lines and exit page."""
