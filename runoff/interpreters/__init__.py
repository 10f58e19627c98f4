# Run by the driver (Python 3.9 upward).
"""Find interpreters, say what they are, and install missing ones."""
