# Run by the driver (Python 3.9 upward).
"""Benchmarks with client, worker and broker on several hosts."""
