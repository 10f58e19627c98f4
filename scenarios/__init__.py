# Run by the interpreter under test (Python 2.7 upward).
"""Concurrency models around the same tasks, one module per model; ``catalog`` lists them."""
