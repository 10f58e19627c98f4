# Run by the driver (Python 3.9 upward).
"""Decide while measuring: who may lead, what is decided, and what is worth another start."""
