# Run by the driver (Python 3.9 upward).
"""Benchmarks of others, fetched by whoever runs this: their times on each interpreter, and pyperf's own beside ours."""
