# Run by the report (Python 3.9 upward).
"""Claims about concurrency, and what this run says of each."""
