# Run by the interpreter under test, in an environment of the peer's own (Python 3.9 upward).
"""What a user would pick instead, one file each, measured by contenders.closed_loop like all else. peers.toml lists
them.

The standard library's pools are among them, in contenders/stdlib_pools.py: they need no environment of their own, and
run on older interpreters.
"""
