# Run by the driver (Python 3.9 upward).
"""What measuring costs: the harness's loop, the memory sampler, the latency server."""
