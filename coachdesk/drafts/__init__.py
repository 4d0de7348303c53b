"""What is being written and not yet saved, for every long form."""
