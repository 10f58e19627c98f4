# Run by the driver (Python 3.9 upward).
"""The options that name a person's function, and the gate before its measuring."""
