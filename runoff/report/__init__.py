# Run by the report (Python 3.9 upward).
"""From records to an answer; reads what the driver wrote, through runoff.records.record, and measures nothing."""
