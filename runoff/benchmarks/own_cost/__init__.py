# Run by the driver (Python 3.9 upward).
"""Benchmarks of the tool itself: the harness's loop, the memory sampler, the latency server."""
