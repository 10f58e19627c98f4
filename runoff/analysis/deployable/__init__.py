# Run by the report (Python 3.9 upward).
"""What one would deploy: the order of interpreters, how long each is supported, and how each was built."""
