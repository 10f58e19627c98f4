# Run by the interpreter under test, in an environment of the peer's own (Python 3.9 upward).
"""What our transports are held against, all measured by contenders.closed_loop.

The standard library's pools (contenders/stdlib_pools.py) need no environment of their own, and run on older
interpreters.
"""
