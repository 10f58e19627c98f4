# Run by runoff/benchmarks/hosts/ways.py (Python 3.9 upward) on a host: TARGET LISTEN DELAY_MS
"""A proxy that delays each direction. It prints where it listens, and ends when its input ends."""

from __future__ import annotations

import sys

from runoff.services.proxy import Proxy
from transports import ready

if __name__ == "__main__":
    proxy = Proxy(*sys.argv[1:3])
    proxy.delay_s = float(sys.argv[3]) / 1000
    ready.say_ready(proxy.address)
    sys.stdin.read()
