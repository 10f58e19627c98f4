# Run by the interpreter under test (Python 2.7 upward).
"""One invocation: REQUEST.json in, REPLY.json out (``INTERPRETER -m harness REQUEST.json REPLY.json``)."""
