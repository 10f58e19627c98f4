# Run by the driver (Python 3.9 upward).
"""Plan cells, invoke interpreters, decide what to measure next."""
