# Run by the interpreter under test (Python 2.7 upward).
"""Differences between Python versions behind one spelling; the only folder that imports six or checks versions."""
