# Run by the driver (Python 3.9 upward).
"""The transports against raw loops and against what a user would pick instead."""
