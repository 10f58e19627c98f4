# Run by the driver's Python (3.9 upward).
"""The instrument tested as an instrument, and held against what others have published. Uses both outside halves."""
