# Run by the driver (Python 3.9 upward).
"""Calibrate how much work one task and one iteration are."""
