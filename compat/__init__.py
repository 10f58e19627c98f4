# Run by the interpreter under test (Python 2.7 upward).
"""What has two spellings for one meaning; the only folder that imports six or looks at versions."""
