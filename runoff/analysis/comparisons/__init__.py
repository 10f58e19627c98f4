# Run by the report (Python 3.9 upward).
"""Comparisons other than the ranking of a run."""
