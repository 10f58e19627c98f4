# Run by the driver (Python 3.9 upward).
"""Find interpreters, install missing ones, and prepare an environment for each."""
