# Run by the interpreter under test (Python 2.7 upward).
"""Concurrency models, each the same few lines around the same task; ``catalog`` lists them."""
