# Run by runoff/benchmarks/hosts/ways.py (Python 3.9 upward) on a host: TARGET LISTEN DELAY_S LOSS BYTES_PER_S
"""A proxy that is a network in each direction. It prints where it listens, and ends when its input ends."""

from __future__ import annotations

import sys

from runoff.services.proxy import Proxy
from transports import ready

if __name__ == "__main__":
    proxy = Proxy(*sys.argv[1:3])
    proxy.delay_s, proxy.loss, proxy.bytes_per_s = (float(text) for text in sys.argv[3:])
    ready.say_ready(proxy.address)
    sys.stdin.read()
