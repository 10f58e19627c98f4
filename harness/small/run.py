# Run by MicroPython, and by tests under CPython, as a script: INTERPRETER run.py REQUEST.json REPLY.json
"""Read the request, measure one cell, write the reply, as harness/__main__.py does."""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

ENTERED_AT = time.time()  # before any import of ours: the end of the interpreter's own start-up

import json  # noqa: E402
import sys  # noqa: E402

sys.path.append(__file__.rpartition("/")[0] + "/../..")

from compat import atomic_file, clock  # noqa: E402
from harness.beside_iterations import Paces  # noqa: E402
from harness.checking import Check  # noqa: E402
from harness.measure import measure  # noqa: E402
from harness.small import identity  # noqa: E402
from scenarios import small  # noqa: E402


def run(request, reply):
    """Measure the cell that ``request`` describes; fill in ``reply`` step by step."""
    started = clock.now_ns()
    scenario = small.make(request)
    scenario.open()
    reply["open_ns"] = clock.now_ns() - started
    reply["open_cpu_s"] = clock.cpu_s()
    reply["gil"]["after_imports"] = identity.GIL
    numbers = list(range(request["first_number"], request["first_number"] + request["batch"]))
    check = Check(numbers, small.Failure)
    paces = Paces(clock.now_ns, request["max_iterations"])
    paces.take()
    try:
        reply["iterations_ns"] = measure(
            lambda: scenario.run(numbers),
            lambda answers: (check(answers), paces.take()),
            clock.now_ns,
            request["min_iterations"],
            request["max_iterations"],
            request["max_ns"],
            request["min_ns"],
            request["soak_ns"],
        )
        reply["paces_ns"] = paces.taken_ns()
        reply["compiling_ns"] = None
        reply["worker_answers"] = None
    finally:
        reply["checked"] = check.right


def main(request_path, reply_path):
    began_ns = clock.now_ns()
    began_wall = time.time()
    reply = {
        "schema": 1,
        "entered_at": ENTERED_AT,
        "status": "ok",
        "reason": None,
        "checked": 0,
        "failures": {},
        "iterations_ns": [],
        "gil": {"at_start": identity.GIL},
        "clock": {"name": clock.CLOCK, "resolution_ns": clock.resolution_ns()},
        "answered_by": dict(identity.identity(), others=[]),
    }
    try:
        with open(request_path) as stream:
            request = json.load(stream)
        run(request, reply)
    except Exception as error:  # every failure is a row with a reason
        reply["status"] = "failed"
        reply["reason"] = small.describe(error)
        reply["iterations_ns"] = []
        print(reply["reason"])
    reply["gil"]["at_end"] = identity.GIL
    reply["gil"]["enabled_by"] = None
    reply["clock"]["elapsed_ns"] = clock.now_ns() - began_ns
    reply["clock"]["wall_ns"] = int((time.time() - began_wall) * 1e9)
    atomic_file.write(reply_path, json.dumps(reply).encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
