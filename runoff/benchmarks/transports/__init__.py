# Run by the driver (Python 3.9 upward).
"""Benchmarks of the transports against raw loops and against the peers that a user would pick instead."""
