# Run by the interpreter under test (Python 2.7 upward).
"""One promise, several wires: requests numbered, kept and sent again above the wire; the URL chooses the wire."""
