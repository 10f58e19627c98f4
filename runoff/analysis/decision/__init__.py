# Run by the report (Python 3.9 upward).
"""What to deploy: the options of a run, the rule, and the sentences that say it."""
