# Run by the interpreter under test (Python 2.7 upward), as a script: INTERPRETER call_times.py REQUEST.json REPLY.json
"""Time a person's function roughly, where the gate has let it pass: the plan of its measuring is made from that.

The driver runs one of these after the other, so that nothing of ours takes time from it.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import copy
import io
import json
import os
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") not in (HERE, ROOT)]
sys.path.insert(0, ROOT)

from compat import atomic_file, clock  # noqa: E402
from scenarios.own_function import calling, loader, printing  # noqa: E402

sys.path.remove(ROOT)

STRETCH_NS = 20 * 1000 * 1000  # one stretch of calls: long against the clock of CPU seconds
STRETCHES_NS = 1000 * 1000 * 1000  # all stretches together, unless one call is longer
MOST_GROWTH_BYTES = 512 * 1024 * 1024  # a function that grows faster ends the stretches, not the machine
THREADS = 8
THREADS_NS = 300 * 1000 * 1000
LONGEST_FOR_THREADS_NS = 250 * 1000 * 1000  # 8 threads of a longer function would take seconds to end


class Caller(object):
    """The function with its inputs, cycled; a function that changes them gets a copy at each call."""

    def __init__(self, request):
        self._function = loader.load(request["target"])
        self._inputs = request["inputs"]
        self._copies = request["changes_input"]

    def repeat(self, first, count):
        """Call the function ``count`` times, beginning with input ``first``."""
        inputs, function, call = self._inputs, self._function, calling.call
        values = [inputs[index % len(inputs)] for index in range(first, first + count)]
        if self._copies:
            values = [copy.deepcopy(value) for value in values]  # one by one: the same input comes again
        began = clock.now_ns()
        for value in values:
            call(function, value)
        return clock.now_ns() - began


def measure_stretches(caller):
    """Return the stretches of calls, one after another: {"calls", "wall_ns", ...} of each."""
    measured = []
    count, first, end = 1, 0, clock.now_ns() + STRETCHES_NS
    began_bytes = _peak_bytes()
    while True:
        waits, cpu_s = _voluntary_switches(), clock.cpu_s()
        wall_ns = caller.repeat(first, count)
        cpu_ns = None if cpu_s is None else int((clock.cpu_s() - cpu_s) * 1e9)
        more = None if waits is None else _voluntary_switches() - waits
        peak = _peak_bytes()
        measured.append({"calls": count, "wall_ns": wall_ns, "cpu_ns": cpu_ns, "waits": more, "peak_bytes": peak})
        first += count
        if wall_ns < STRETCH_NS / 2:
            count *= 2
        if clock.now_ns() > end or (peak or 0) - (began_bytes or 0) > MOST_GROWTH_BYTES:
            return measured


def compare_threads(caller, call_ns):
    """Return how many times as many calls 8 threads make as one; None for a long function."""
    if call_ns > LONGEST_FOR_THREADS_NS:
        return None
    chunk = max(1, int(STRETCH_NS / 10 / call_ns))
    calls = [0] * THREADS
    begin = threading.Event()

    def work(index):
        begin.wait()
        end = clock.now_ns() + THREADS_NS
        while clock.now_ns() < end:
            caller.repeat(index, chunk)
            calls[index] += chunk

    threads = [threading.Thread(target=work, args=(index,)) for index in range(THREADS)]
    for thread in threads:
        thread.start()
    began = clock.now_ns()
    begin.set()
    for thread in threads:
        thread.join()
    return sum(calls) * call_ns / (clock.now_ns() - began)


def _voluntary_switches():
    """Return how often this process gave up its core by itself; None where the system does not count that."""
    usage = _usage()
    return None if usage is None else usage.ru_nvcsw


def _peak_bytes():
    """Return the most memory that this process has had; None where the system does not tell.

    Linux counts in ru_maxrss what the process was before it became this program: a copy of the driver.
    """
    try:
        with io.open("/proc/self/status", encoding="utf-8") as stream:
            for line in stream:
                if line.startswith("VmHWM:"):
                    return 1024 * int(line.split()[1])
    except (IOError, OSError):
        pass
    usage = _usage()
    return None if usage is None else usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _usage():
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF)


def main(request_path, reply_path):
    with io.open(request_path, encoding="utf-8") as stream:
        request = json.load(stream)
    printing.discard()  # as where it is measured
    began = clock.now_ns()
    caller = Caller(request)
    reply = {"load_ns": clock.now_ns() - began, "first_ns": caller.repeat(0, 1)}
    reply["stretches"] = measure_stretches(caller)
    per_call = sorted(stretch["wall_ns"] / stretch["calls"] for stretch in reply["stretches"])
    grown = (reply["stretches"][-1]["peak_bytes"] or 0) - (reply["stretches"][0]["peak_bytes"] or 0)
    threads = request["threads"] and grown < MOST_GROWTH_BYTES
    reply["threads"] = compare_threads(caller, per_call[len(per_call) // 2]) if threads else None
    atomic_file.write(reply_path, json.dumps(reply).encode("utf-8"))
    os._exit(0)  # neither its threads nor its atexit hooks may keep this process


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
