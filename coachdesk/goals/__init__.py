"""Goals in the person's own words, their steps and reviews."""
