# Run by the driver (Python 3.9 upward).
"""Write the answer: terminal, page, JSON, CSV, Markdown and pyperf files."""
