# Run by the driver (Python 3.9 upward).
"""Prepare an environment for each interpreter and for the driver: complete or absent, and made once."""
