# Run by the interpreter under test in the peer's environment (Python 3.9 upward).
"""What a user would pick instead of our transports, a file each; peers.toml has their pins and settings."""
