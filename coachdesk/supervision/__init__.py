"""The supervisor's team board and reviews."""
