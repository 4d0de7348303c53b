"""The person: names, how to reach them safely, whose coach walks with them."""
