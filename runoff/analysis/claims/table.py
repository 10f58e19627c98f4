# Run by the report (Python 3.9 upward): data only.
"""The claims of the original study, C1 to C11, as a table.

Each claim is a row of parts. A part compares two cells and says what is expected of the ratio of their speeds, or says
what a number of one cell must not exceed (runoff.analysis.claims.limits).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from runoff.analysis.claims.limits import BROKERED, BROKERLESS, Limit

THREADS = ("threads", "thread-pool")
PROCESSES = ("processes", "process-pool")
LOOP = ("tornado", "asyncio-tornado", "asyncio-aiohttp", "twisted")
LOOP_THREADS = ("tornado+thread-pool", "asyncio-aiohttp+thread-pool")
LOOP_PROCESSES = ("tornado+process-pool", "asyncio-aiohttp+process-pool")
SERIAL = ("serial",)
GIL, FREE = ("native-gil",), ("native-nogil",)
ANY_CPU = ("native-gil", "native-nogil", "python")
IO = ("io",)


@dataclass(frozen=True)
class Part:
    """``above`` over ``below``: the first scenario of each that was measured on the first task.

    ``expect``: see check.EXPECT.
    """

    says: str
    tasks: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]
    expect: str
    #: "size": above is the largest batch and below the smallest; "workers": the same of concurrency; "baseline": below
    #: is the baseline interpreter; "fewest": both on tasks without work, or on one alone; "": both at the largest size
    over: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim with its parts."""

    name: str
    says: str
    parts: tuple[Part | Limit, ...]
    #: why it does not hold, by a capability of the interpreter (see check._traits)
    why: dict[str, str] = field(default_factory=dict)
    only: str = ""  # the trait of the interpreters it is about


_NO_GIL = "there is no GIL: its threads compute at the same time"
_COMPILES = "its compiler makes the code so fast, or so late, that fixed costs weigh more than the work"

CLAIMS = (
    Claim(
        "C1",
        "Serial: the times of computing and of I/O tasks add up",
        (
            Part("computing, largest batch over smallest", GIL, SERIAL, SERIAL, "about", "size"),
            Part("I/O, largest batch over smallest", IO, SERIAL, SERIAL, "about", "size"),
        ),
        {"jit": "it is still warming up in the smaller batch: " + _COMPILES},
    ),
    Claim(
        "C2",
        "Threads shorten I/O; computing that holds the GIL takes as long as serial, or longer",
        (
            Part("I/O, threads over serial", IO, THREADS, SERIAL, "faster"),
            Part("computing with the GIL held, threads over serial", GIL, THREADS, SERIAL, "not faster"),
        ),
        {"no-gil": _NO_GIL},
    ),
    Claim(
        "C3",
        "Computing that releases the GIL gets much shorter with threads",
        (Part("computing, threads over serial", FREE, THREADS, SERIAL, "much faster"),),
        {"jit": "one thread per task costs more there than the task gives back, or " + _COMPILES},
    ),
    Claim(
        "C4",
        "Processes shorten both; setting them up and talking to them costs more than threads",
        (
            Part("I/O, processes over serial", IO, PROCESSES, SERIAL, "faster"),
            Part("computing, processes over serial", ANY_CPU, PROCESSES, SERIAL, "faster"),
            Part(
                "set-up and talk, threads over processes, no work to share",
                ("noop", *GIL),
                THREADS,
                PROCESSES,
                "faster",
                "fewest",
            ),
        ),
        {"jit": "each new process begins with a cold compiler", "jvm": "it has no processes of its own to offer"},
    ),
    Claim(
        "C5",
        "GIL-free threads take about as long as processes; GIL-bound threads about as long as serial",
        (
            Part("threads without the GIL over processes", FREE, THREADS, PROCESSES, "about"),
            Part("threads with the GIL over serial", GIL, THREADS, SERIAL, "about"),
        ),
        {
            "no-gil": _NO_GIL,
            "jit": "each new process begins with a cold compiler",
            "gil": "one process per task costs more to start than a thread, and these tasks are short",
        },
    ),
    Claim(
        "C6",
        "Async shortens I/O; on computing it takes about as long as serial, because the loop is blocked",
        (
            Part("I/O, loop over serial", IO, LOOP, SERIAL, "faster"),
            Part("computing, loop over serial", ANY_CPU, LOOP, SERIAL, "about"),
        ),
        {"jit": _COMPILES},
    ),
    Claim(
        "C7",
        "On computing, async with a thread pool is about as fast as async alone; with a process pool it is best",
        (
            Part("loop with threads over loop", GIL, LOOP_THREADS, LOOP, "about"),
            Part("loop with processes over loop", GIL, LOOP_PROCESSES, LOOP, "faster"),
        ),
        {"no-gil": _NO_GIL, "jit": "each process of the pool warms up its own compiler"},
    ),
    Claim(
        "C8",
        "Under high I/O load asyncio is slower than threads, and requests fail",
        (Part("threads over loop, at the largest load", ("io-load",), THREADS, LOOP[1:], "faster, the other fails"),),
        {"gil": "with every limit raised (descriptors, listen backlog, the client's connections) the loop keeps up"},
    ),
    Claim(
        "C9",
        "PyPy makes an async client that mostly moves data faster",
        (Part("I/O on a loop, over the baseline", ("io-load", *IO), LOOP, LOOP, "faster", "baseline"),),
        {"jit": "the wait for the server, not the interpreter, sets the pace; or the client's C parts cost more there"},
        only="pypy",
    ),
    Claim(
        "C10",
        "Adding workers adds capacity; the load spreads evenly",
        (
            Part("computing, most workers over one", ANY_CPU, PROCESSES[1:], PROCESSES[1:], "faster", "workers"),
            Limit("answers of the busiest of several workers over their mean", "imbalance", 1.2),
        ),
        {"jit": "more workers are more compilers to warm up, on the same cores"},
    ),
    Claim(
        "C11",
        "A worker that dies is back soon, and its tasks are not lost",
        (
            Limit("from SIGKILL to the next answer to its tasks over ZeroMQ, median", "gap", 20, "ms", BROKERLESS),
            Limit("the same over a broker, median", "gap", 100, "ms", BROKERED),
            Limit("tasks lost when workers were killed", "lost", 0),
            Limit("answers delivered twice when workers were killed", "twice", 0),
        ),
    ),
)
