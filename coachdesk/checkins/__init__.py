"""Check-ins, attempts that reached nobody, and their sign-off."""
