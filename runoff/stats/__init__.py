# Run by the driver (Python 3.9 upward).
"""Statistics as pure functions on numbers."""
