"""Who may see whom: restrictions, records opened in an emergency, hand-overs, and everybody at a glance."""
