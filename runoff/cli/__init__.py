# Run by the driver (Python 3.9 upward).
"""The commands that noxfile.py calls."""
