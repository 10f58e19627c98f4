# Run by the driver (Python 3.9 upward).
"""Workers that are kept running: supervised, watched, and ended in order."""
