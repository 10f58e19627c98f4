# Run by the driver (Python 3.9 upward).
"""From a run to a folder that runs its winner: workers behind RabbitMQ, supervised, with every size computed."""
