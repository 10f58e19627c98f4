# Run by the driver (Python 3.9 upward).
"""Test the instrument itself: simulated and real data with known truth, and published figures."""
