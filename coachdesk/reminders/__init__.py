"""What is due and why, what was told, and what was done about it."""
