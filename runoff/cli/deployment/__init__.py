# Run by the driver (Python 3.9 upward).
"""Commands that lead from a run to running workers."""
