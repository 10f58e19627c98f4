# Run by the interpreter under test (Python 2.7 upward).
"""A person's own function, before it is measured: does it run here, may it be repeated, and how long is a call?

gate.py and call_times.py are scripts that the driver starts; the other modules are theirs. They import the standard
library alone, so that the function runs with its own requirements.
"""
