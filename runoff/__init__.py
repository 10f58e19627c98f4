# Run by the driver (Python 3.9 upward).
"""The outside half: find interpreters, measure them, analyse the records, write the answer.

It imports nothing of what it measures, but for the two catalogs and the redaction of passwords.
"""
