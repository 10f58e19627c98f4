# Run by the interpreter under test (Python 2.7 upward).
"""An open loop: tasks begin by a schedule, whether or not earlier ones have ended.

A closed loop waits for an answer before it submits again. It submits nothing while answers are slow, and so hides them
(coordinated omission; G. Tene, "How NOT to Measure Latency", and wrk2). Here the arrivals are drawn beforehand (a
Poisson process), and a latency counts from the scheduled begin of its task. The lateness of the generator is reported
too. It is a process of its own where a scenario begins tasks from any thread (harness/generator.py).
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import itertools
import math
import random
import time

from compat import text

DRAIN_S = 30.0  # timeout for the answers that are missing after the last task began


class Unanswered(Exception):
    """Raised when a task fails, has a wrong answer, or has none in time."""


def arrivals(rate, seed):
    """Generate the scheduled begins in nanoseconds from the start: a Poisson process of ``rate`` tasks a second."""
    chance = random.Random(seed)
    seconds = 0.0
    while True:
        seconds += -math.log(1.0 - chance.random()) / rate
        yield int(seconds * 1e9)


def schedule(rate, seconds, seed):
    """Return the arrivals within ``seconds``, in nanoseconds."""
    return list(itertools.takewhile(lambda due: due < seconds * 1e9, arrivals(rate, seed)))


def drive(submit, first_number, rate, seconds, seed, now_ns, generator, sleep=time.sleep):
    """Begin tasks at ``rate`` (tasks a second) for ``seconds``; return the reply's entry for one load.

    ``submit(number, done)`` begins a task and returns at once. When the task has ended, any thread calls ``done(get)``;
    ``get()`` returns the answer or raises. ``generator`` tells when each is due; ``sleep(seconds)`` waits for the last
    answers. The entry holds ``rate``, ``sent``, ``wall_ns``, and for each task ``latencies_ns`` and ``late_ns`` (the
    generator's lateness).
    Raise Unanswered where a task fails, has a wrong answer, or has none DRAIN_S after the last began.
    """
    due = schedule(rate, seconds, seed)
    ended = [0] * len(due)
    late = [0] * len(due)
    wrong = []

    def callback(index):
        def done(get):
            at = now_ns()
            try:
                answer = get()
                if answer != first_number + index:
                    wrong.append("asked for {}, answered {}".format(first_number + index, answer))
            except Exception as error:  # raised below, in the thread that called drive
                wrong.append(text.describe(error))
            finally:
                ended[index] = at  # the last step: drive reads what is wrong as soon as all have ended

        return done

    callbacks = [callback(index) for index in range(len(due))]
    begun, ticks = generator.begin(due)
    for index, lateness in enumerate(ticks):
        late[index] = lateness
        submit(first_number + index, callbacks[index])
    deadline = now_ns() + int(DRAIN_S * 1e9)
    while not all(ended) and now_ns() < deadline and not wrong:
        sleep(0.005)
    wall = now_ns() - begun
    if wrong:
        raise Unanswered("{} of {} tasks failed; first: {}".format(len(wrong), len(due), wrong[0]))
    if not all(ended):
        missing = sum(1 for time_ns in ended if not time_ns)
        raise Unanswered(
            "{} of {} tasks had no answer {:.0f} s after the last began".format(missing, len(due), DRAIN_S)
        )
    latencies = [end - begun - offset for end, offset in zip(ended, due)]
    return {"rate": rate, "sent": len(due), "wall_ns": wall, "latencies_ns": latencies, "late_ns": late}


def by_number(scenario):
    """Return ``submit(number, done)`` for a task with inputs of its own: a right answer comes back as the number."""
    task = scenario.task

    def submit(number, done):
        (argument,) = task.inputs([number])
        scenario.submit(argument, lambda get: done(lambda: named(number, get())))

    def named(number, answer):
        return number if task.comparable([answer]) == task.expected([number]) else answer

    return submit


def at_loads(submit, first_number, capacity, loads, rates, seconds, seed, now_ns, generator, wait=time.sleep):
    """Drive at each of ``loads`` and ``rates``; return one entry of ``drive`` for each.

    A load is a per cent of ``capacity``, the tasks a second of the closed loop; a rate is in tasks a second.
    """
    wanted = [(load, capacity * load / 100, seed + load) for load in loads]
    wanted += [(None, rate, seed + int(rate)) for rate in rates]
    return [
        dict(drive(submit, first_number, rate, seconds, chance, now_ns, generator, wait), load=load, capacity=capacity)
        for load, rate, chance in wanted
    ]
