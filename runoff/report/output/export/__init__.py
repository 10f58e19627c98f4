# Run by the report (Python 3.9 upward).
"""The files that other programs read: numbers, Markdown, pictures and pyperf files."""
