# Run by the driver (Python 3.9 upward).
"""What Runoff measures about itself."""
