# Run by the driver (Python 3.9 upward).
"""Runs and records: what they are, and how they are read and written."""
