# Run by the interpreter under test, in an environment of the peer's own (Python 3.9 upward).
"""What a user would pick instead, one file each, measured by transports.asking like all else. peers.toml lists them; the
standard library needs no environment of its own and is in transports/stdlib_pools.py, which older interpreters run too."""
