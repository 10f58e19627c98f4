# Run by the driver (Python 3.9 upward).
"""What a cluster of brokers does to its clients and workers when a part of it fails."""
