# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m harness REQUEST.json REPLY.json
"""Read the request, measure one cell, write the reply.

The reply states what happened in every case that the interpreter survives; where it does not, the driver finds no
reply. The code under test prints into the log that the driver made of stdout and stderr.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

ENTERED_AT = time.time()  # before any import of ours: the end of the interpreter's own start-up

import os  # noqa: E402
import sys  # noqa: E402
import traceback  # noqa: E402

from compat import clock, compiler, gil, identity, text  # noqa: E402
from harness import generator, kill_workers, open_loop  # noqa: E402
from harness.beside_iterations import CompilerTimes, Paces  # noqa: E402
from harness.checking import Check  # noqa: E402
from harness.measure import measure  # noqa: E402
from scenarios import base, catalog, compilers  # noqa: E402
from scenarios.tasks import base as task_base  # noqa: E402
from scenarios.tasks import failures  # noqa: E402


class Batch(object):
    """The inputs of one iteration; new ones for the next where the task changes them."""

    def __init__(self, task, numbers):
        self.task = task
        self.numbers = numbers
        self.inputs = task.inputs(numbers)

    def renew(self):
        """Make new inputs where the task has changed the last ones."""
        if self.task.consumes_inputs:
            self.inputs = self.task.inputs(self.numbers)


def run(request, reply):
    """Measure the cell that ``request`` describes; fill in ``reply`` step by step."""
    started = clock.now_ns()
    task = task_base.make(request["task"], request["settings"])
    scenario = base.make(request["scenario"], task, request["parameters"], request.get("worker"))
    scenario.open()
    reply["open_ns"] = clock.now_ns() - started
    reply["open_cpu_s"] = clock.cpu_s()
    reply["gil"]["after_imports"] = gil.enabled()
    numbers = list(range(request["first_number"], request["first_number"] + request["batch"]))
    batch = Batch(task, numbers)
    check = Check(task.expected(numbers), failures.Failure, task.comparable, task.counts_failures)
    paces = Paces(clock.now_ns, request["max_iterations"])
    paces.take()
    all_compilers = compilers.CompilersOfAllProcesses(os.environ.get(compilers.FOLDER), compiler.clock_ns())
    compiling = CompilerTimes(all_compilers.worked_ns, request["max_iterations"])
    try:
        reply["iterations_ns"] = measure(
            lambda: scenario.run(batch.inputs),
            lambda answers: (compiling.take(), check(answers), batch.renew(), paces.take()),
            clock.now_ns,
            request["min_iterations"],
            request["max_iterations"],
            request["max_ns"],
            request["min_ns"],
            request["soak_ns"],
        )
        reply["paces_ns"] = paces.taken_ns()
        reply["compiling_ns"] = compiling.taken_ns()
        reply["worker_answers"] = scenario.worker_answers()
        if request["parameters"].get("seconds"):
            reply["latency"] = measure_latencies(scenario, request, reply["iterations_ns"])
        if request["parameters"].get("kills"):
            reply["kills"] = measure_recoveries(scenario, request, reply["iterations_ns"])
        reply["answered_by"]["others"] = count_alike(scenario.others())
    finally:
        reply["checked"], reply["failures"] = check.right, check.failures
        scenario.close()


def count_alike(processes):
    """Return the different identities of ``processes``, each once, with the number of ``processes`` that have it."""
    groups = []
    for other in dict(processes).values():
        alike = [group for group in groups if dict(group, processes=None) == dict(other, processes=None)]
        if alike:
            alike[0]["processes"] += 1
        else:
            groups.append(dict(other, processes=1))
    return groups


def measure_latencies(scenario, request, iterations_ns):
    """Measure latencies in an open loop, at shares of the closed loop's capacity and at given rates."""
    parameters = request["parameters"]
    # What receives answers while it waits ticks by itself, and so does an interpreter whose clock is its own.
    apart = scenario.wait is time.sleep and clock.CLOCK != "System.nanoTime"
    return open_loop.at_loads(
        scenario.submit if scenario.task.numbered else open_loop.by_number(scenario),
        request["first_number"],
        compute_capacity(request, iterations_ns),
        parameters.get("loads", ()),
        parameters.get("rates", ()),
        parameters["seconds"],
        request["seed"],
        clock.now_ns,
        generator.OwnProcess() if apart else generator.OwnThread(sleep=scenario.wait),
        scenario.wait,
    )


def measure_recoveries(scenario, request, iterations_ns):
    """Measure the kills of workers in an open loop; new numbers cannot be answered by earlier tasks."""
    return kill_workers.at_half_load(
        scenario.killable(),
        request["first_number"] + request["batch"],
        compute_capacity(request, iterations_ns),
        request["parameters"]["kills"],
        request["seed"],
        clock.now_ns,
    )


def compute_capacity(request, iterations_ns):
    """Return the tasks per second of the closed loop, by its last half: a compiler may have come before."""
    last_half = sorted(iterations_ns[1 + (len(iterations_ns) - 1) // 2 :])
    return request["batch"] * 1e9 / last_half[len(last_half) // 2]


def main(request_path, reply_path):
    """Write the reply to a request; return the name of its task, None where the request cannot be read."""
    request = {}
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
        "gil": {"at_start": gil.enabled()},
        "clock": {"name": clock.CLOCK, "resolution_ns": clock.resolution_ns()},
        "answered_by": dict(identity.identity(), others=[]),
    }
    try:
        request = text.read_json(request_path)
        run(request, reply)
    except Exception as error:  # every failure is a row with a reason
        traceback.print_exc()
        reply["status"] = "failed"
        reply["reason"] = text.describe(error)
        reply["iterations_ns"] = []
    reply["gil"]["at_end"] = gil.enabled()
    reply["gil"]["enabled_by"] = gil.enabled_by()
    reply["clock"]["elapsed_ns"] = clock.now_ns() - began_ns
    reply["clock"]["wall_ns"] = int((time.time() - began_wall) * 1e9)
    text.write_json(reply_path, reply)
    return request.get("task")


def leave():
    """End this process at once: neither threads nor exit hooks of a person's function may keep it."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)


if __name__ == "__main__":
    if main(sys.argv[1], sys.argv[2]) == catalog.OWN_FUNCTION:
        leave()
