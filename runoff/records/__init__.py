# Run by the driver (Python 3.9 upward).
"""What a run and a record are, and how they are read and written."""
