# Run by the report (Python 3.9 upward).
"""Draw what the analysis found as tables on a terminal, a file for each kind."""
