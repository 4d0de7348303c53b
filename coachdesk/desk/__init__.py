"""The coach's desk: Today, my people, a person's record."""
