# Run by MicroPython, and by tests under CPython.
"""The cut of the harness for an interpreter without most of the standard library.

It reads and writes the same request, reply and probe files. The timed loop, the clocks, the work and the coroutines are
the harness's own modules; what is written again here is what they need of the missing modules.
"""
