# Read by both halves: data only, imports nothing of ours. Must parse on 2.7.
"""The scenarios and the tasks by name. ``needs`` are words of the probe: what is missing is the reason of a skip."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

Scenario = collections.namedtuple("Scenario", "name module needs parameters summary")
Task = collections.namedtuple("Task", "name kind needs parameters work waits summary")

#: ``parameters`` are what a cell of this scenario is measured at, and printed with: ``concurrency`` (how many tasks at
#: once: the size of a pool, a loop's limit of requests in flight), ``workers`` (the size of a pool behind that),
#: ``start_method`` (how multiprocessing starts a child), ``transport`` (a scheme of transports.catalog),
#: ``worker_kind`` (what a worker behind it runs them in), ``worker_concurrency`` (and how many at once),
#: ``worker_interpreter`` (whose the workers are, where they are not the client's), ``in_flight`` (tasks under way at
#: once), ``credit`` (tasks without a result in one worker), ``durable`` (does the broker keep tasks on its disk?),
#: ``period_ms`` (a probe sleeps that long) and ``switch_ms`` (a thread may keep the GIL that long from others; 0: as
#: the interpreter has it). A cell has those of them that its set names.
SCENARIOS = [
    Scenario("serial", "serial", (), (), "one task after another"),
    Scenario("threads", "threads", ("threads",), (), "one thread per task"),
    Scenario("thread-pool", "thread_pool", ("threads",), ("concurrency",), "a fixed pool of threads"),
    Scenario(
        "processes", "processes", ("multiprocessing",), ("start_method",), "one process per task, answers by a queue"
    ),
    Scenario(
        "process-pool",
        "process_pool",
        ("multiprocessing",),
        ("concurrency", "start_method"),
        "a fixed pool of processes",
    ),
    Scenario(
        "processes-of-threads",
        "processes_of_threads",
        ("multiprocessing", "threads"),
        ("concurrency", "workers", "start_method"),
        "a fixed pool of processes, each with a fixed pool of threads",
    ),
    Scenario(
        "interpreter-pool",
        "interpreter_pool",
        ("subinterpreters",),
        ("concurrency",),
        "a fixed pool of threads, each with an interpreter of its own",
    ),
    Scenario(
        "tornado", "tornado_coroutines", ("tornado",), ("concurrency",), "Tornado's loop, coroutines and HTTP client"
    ),
    Scenario(
        "tornado+thread-pool",
        "tornado_thread_pool",
        ("tornado", "threads"),
        ("concurrency", "workers"),
        "Tornado waits, a pool of threads computes",
    ),
    Scenario(
        "tornado+process-pool",
        "tornado_process_pool",
        ("tornado", "process_executor"),
        ("concurrency", "workers", "start_method"),
        "Tornado waits, a pool of processes computes",
    ),
    Scenario(
        "asyncio-tornado",
        "asyncio_tornado",
        ("asyncio", "tornado"),
        ("concurrency",),
        "async/await on asyncio's loop, with Tornado's HTTP client",
    ),
    Scenario(
        "asyncio-aiohttp",
        "asyncio_aiohttp",
        ("asyncio", "aiohttp"),
        ("concurrency",),
        "async/await on asyncio's loop, with aiohttp's client",
    ),
    Scenario(
        "asyncio-aiohttp+thread-pool",
        "asyncio_thread_pool",
        ("asyncio", "aiohttp", "threads"),
        ("concurrency", "workers"),
        "asyncio waits, a pool of threads computes",
    ),
    Scenario(
        "asyncio-aiohttp+process-pool",
        "asyncio_process_pool",
        ("asyncio", "aiohttp", "process_executor"),
        ("concurrency", "workers", "start_method"),
        "asyncio waits, a pool of processes computes",
    ),
    Scenario(
        "twisted", "twisted_deferreds", ("twisted",), ("concurrency",), "Twisted's reactor, Deferreds and HTTP Agent"
    ),
    Scenario("gevent", "gevent_pool", ("gevent",), ("concurrency",), "a pool of greenlets, blocking calls patched"),
    Scenario("probe", "probe", (), ("period_ms",), "wake up after a while, nothing beside it"),
    Scenario(
        "probe+thread",
        "probe_thread",
        ("threads",),
        ("period_ms", "switch_ms"),
        "wake up after a while, the task over and over in another thread",
    ),
    Scenario(
        "probe+coroutine",
        "probe_coroutine",
        ("asyncio",),
        ("period_ms",),
        "wake up after a while, the task over and over on the same loop",
    ),
    Scenario(
        "probe+process",
        "probe_process",
        ("multiprocessing",),
        ("period_ms", "start_method"),
        "wake up after a while, the task over and over in another process",
    ),
    Scenario(
        "distributed",
        "distributed",
        ("threads", "multiprocessing"),
        ("concurrency", "transport", "worker_kind", "worker_concurrency", "worker_interpreter")
        + ("in_flight", "credit", "durable"),
        "workers behind a transport, each a process of its own (over memory and zmq+inproc a thread)",
    ),
    Scenario(
        "distributed-plain",
        "distributed_plain",
        ("zmq", "tornado", "multiprocessing"),
        ("concurrency", "in_flight"),
        "the chapter's pattern, one DEALER over several ROUTERs on Tornado's loop: nothing is promised",
    ),
]

#: ``kind`` is the module and class. ``parameters`` are what a cell of this task is measured at, besides its scenario's:
#: ``delay_ms`` (what the latency server waits), ``cpu_share`` (of a task that waits and computes), ``length_ms`` (of
#: computing, on the baseline), ``task_ms`` (of sleeping) and ``payload_bytes`` (in, and out again). ``work`` names the
#: amount of computing in one task (None: none worth calibrating); ``waits`` is True for tasks that ask the latency
#: server.
TASKS = [
    Task("native-gil", "computing.NativeGil", ("native",), (), "native", False, "burn CPU in C, holding the GIL"),
    Task("native-nogil", "computing.NativeNogil", ("native",), (), "native", False, "burn CPU in C, the GIL released"),
    Task("native-cffi", "computing.NativeCffi", ("cffi",), (), "native", False, "the same through cffi, GIL released"),
    Task("ctypes", "computing.NativeCtypes", ("ctypes",), (), "native", False, "the same by ctypes, GIL released"),
    Task("python", "computing.Python", (), (), "python", False, "burn CPU in Python code"),
    Task(
        "length",
        "computing.Python",
        (),
        ("length_ms",),
        "python",
        False,
        "burn CPU in Python code, for so long on the baseline",
    ),
    Task("io", "waiting.Io", ("requests",), ("delay_ms",), None, True, "GET a number from the latency server"),
    Task(
        "io-load",
        "waiting.IoLoad",
        ("requests",),
        ("delay_ms",),
        None,
        True,
        "GET a number, among very many: what fails is counted by its kind",
    ),
    Task(
        "mixed",
        "waiting.Mixed",
        ("requests",),
        ("delay_ms", "cpu_share"),
        "python",
        True,
        "GET a number, then burn CPU in Python code",
    ),
    Task("payload", "payload.Payload", (), ("payload_bytes",), None, False, "bytes in, the same in reverse out"),
    Task("sleep", "sleeping.Sleep", (), ("task_ms",), None, False, "sleep, without a server or a core"),
    Task(
        "contended-counter", "contended.Counter", ("threads",), (), "shared", False, "count one number up under a lock"
    ),
    Task("contended-lock", "contended.Lock", ("threads",), (), "shared", False, "hold one lock for half of the work"),
    Task("contended-list", "contended.List", ("threads",), (), "shared", False, "append to and pop from one list"),
    Task("contended-dict", "contended.Dict", ("threads",), (), "shared", False, "add to and take from one dictionary"),
    Task("noop", "tasks.Task", (), (), None, False, "return the number: what the scenario itself costs"),
]

#: {(scenario, task): why it cannot work}: a skip with this reason, which the inside tests hold against the truth.
REFUSED = {
    ("interpreter-pool", task): "{} loads in the main interpreter only".format(module)
    for task, module in [
        ("native-gil", "a module that SWIG made"),
        ("native-nogil", "a module that SWIG made"),
        ("native-cffi", "cffi"),
    ]
}
REFUSED.update(
    (("distributed-plain", row.name), "its workers give a number back and do nothing else")
    for row in TASKS
    if row.name != "noop"
)


def by_name(table):
    """{name: row} of one of the tables above."""
    return collections.OrderedDict((row.name, row) for row in table)
