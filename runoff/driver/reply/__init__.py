# Run by the driver (Python 3.9 upward).
"""Read the reply of an invocation, judge it, and make its record."""
