# Run by the driver (Python 3.9 upward).
"""The commands behind bench-* sessions: enlist interpreters, then measure them."""
