# Run by the interpreter under test (Python 2.7 upward).
"""Scenarios on an event loop: asyncio, Tornado, Twisted and gevent, alone or with a pool behind them."""

from __future__ import absolute_import, division, print_function, unicode_literals
