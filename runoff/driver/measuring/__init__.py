# Run by the driver (Python 3.9 upward).
"""Measure the cells of a run, block after block, and decide how long and how often each is started."""
