"""Messages on their way: queued once, claimed by one, sent, and what comes of each answer."""
