# Run by the report (Python 3.9 upward).
"""A person's own function: the decision, and what running it takes."""
