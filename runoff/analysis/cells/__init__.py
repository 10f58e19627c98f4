# Run by the report (Python 3.9 upward).
"""Cells: what one is, how the records of a run become cells, and how cells compare."""
