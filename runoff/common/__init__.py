# Run by the driver (Python 3.9 upward).
"""What every room may use: errors, paths, tables, progress, wording and the guard."""
