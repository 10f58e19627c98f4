# Run by the driver (Python 3.9 upward).
"""From records to findings: cells, rankings, warm-up, latency, scaling, claims and the decision."""
