# Run by the driver (Python 3.9 upward).
"""From what a run measured to how many workers, hosts and broker nodes carry a given rate."""
