# Run by the driver (Python 3.9 upward).
"""A soak: clients and workers of several interpreters under faults for a long time, and the oracle over their tasks."""
