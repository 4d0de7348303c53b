"""The person's own pages: my goals and what belongs to them."""
