# Run by the driver (Python 3.9 upward).
"""One file per benchmark: of our own parts, and of what others publish."""
