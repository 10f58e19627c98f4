# Run by the driver (Python 3.9 upward).
"""Start and stop what cells talk to: RabbitMQ, Redis and the latency server."""
