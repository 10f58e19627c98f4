# Run by the driver (Python 3.9 upward).
"""The driver: find interpreters, prepare them, plan, invoke, record. Imports nothing of what it measures."""
