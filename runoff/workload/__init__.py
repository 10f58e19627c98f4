# Run by the driver (Python 3.9 upward).
"""A person's own function: where it runs, with the reason where it does not."""
