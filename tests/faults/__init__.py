"""Faults on purpose: each a script that ends by itself, on the loopback alone (`make faults PART=keys`)."""
