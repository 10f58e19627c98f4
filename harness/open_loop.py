# Run by the interpreter under test (Python 2.7 upward).
"""An open loop: tasks are begun when the schedule says so, whether or not earlier ones have ended.

A loop that waits for an answer before it asks again stops asking exactly while the answers are slow, and so hides them
(coordinated omission: Gil Tene, wrk2). So arrivals are drawn beforehand (Poisson), and every latency counts from the
moment at which a task was *meant* to begin. How late the generator itself was is reported too: it shares the
interpreter with what it measures, as a server's accept loop does.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import itertools
import math
import random
import time

DRAIN_S = 30.0  # for the answers still out when the last task has been begun


class Unanswered(Exception):
    pass


def arrivals(rate, seed):
    """Nanoseconds from the beginning at which tasks are to begin, ``rate`` a second on average, without end."""
    chance = random.Random(seed)
    at = 0.0
    while True:
        at += -math.log(1.0 - chance.random()) / rate
        yield int(at * 1e9)


def schedule(rate, seconds, seed):
    """Those within ``seconds``."""
    return list(itertools.takewhile(lambda due: due < seconds * 1e9, arrivals(rate, seed)))


def drive(submit, first_number, rate, seconds, seed, now_ns, sleep=time.sleep):
    """Begin tasks at ``rate`` for ``seconds``; what the reply holds of one load.

    ``submit(number, done)`` begins a task and returns at once; ``done(get)`` is called from any thread when it has
    ended, and ``get()`` gives its answer or raises.
    """
    due = schedule(rate, seconds, seed)
    ended = [0] * len(due)
    late = [0] * len(due)
    wrong = []

    def listener(at):
        def done(get):
            ended[at] = now_ns()
            try:
                answer = get()
            except Exception as error:  # raised again below, in the thread that can tell of it
                wrong.append("{}: {}".format(type(error).__name__, error))
                return
            if answer != first_number + at:
                wrong.append("asked for {}, answered {}".format(first_number + at, answer))

        return done

    listeners = [listener(at) for at in range(len(due))]
    begun = now_ns()
    for at, offset in enumerate(due):
        while now_ns() < begun + offset:  # again where a sleep ends early: Java's counts whole milliseconds
            sleep(max(0, begun + offset - now_ns()) / 1e9)
        late[at] = max(0, now_ns() - begun - offset)
        submit(first_number + at, listeners[at])
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


def at_loads(submit, first_number, capacity, loads, rates, seconds, seed, now_ns, wait=time.sleep):
    """``drive`` at each of ``loads``, per cents of ``capacity`` (tasks per second, from the closed loop), and at each
    of ``rates``, tasks per second whatever the capacity is."""
    wanted = [(load, capacity * load / 100, seed + load) for load in loads]
    wanted += [(None, rate, seed + int(rate)) for rate in rates]
    return [
        dict(drive(submit, first_number, rate, seconds, chance, now_ns, wait), load=load, capacity=capacity)
        for load, rate, chance in wanted
    ]
