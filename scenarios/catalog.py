# Read by both halves: data only, imports nothing of ours. Must parse on 2.7.
"""The scenarios and the tasks by name. ``needs`` are words of the probe: what is missing is the reason of a skip."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

Scenario = collections.namedtuple("Scenario", "name module needs parameters summary")
Task = collections.namedtuple("Task", "name factory needs parameters work waits summary")


def _scenario(name, module, summary, needs=(), parameters=()):
    return Scenario(name, module, needs, parameters, summary)


def _task(name, factory, summary, needs=(), parameters=(), work=None, waits=False):
    return Task(name, factory, needs, parameters, work, waits, summary)


#: ``parameters`` are what a cell of this scenario is measured at, and printed with: ``concurrency`` (how many tasks at
#: once: the size of a pool, a loop's limit of requests in flight), ``workers`` (the size of a pool behind that),
#: ``start_method`` (how multiprocessing starts a child), ``transport`` (a scheme of transports.catalog),
#: ``worker_kind`` (what a worker behind it runs them in), ``worker_concurrency`` (and how many at once),
#: ``worker_interpreter`` (whose the workers are, where they are not the client's), ``in_flight`` (tasks under way at
#: once), ``credit`` (tasks without a result in one worker), ``durable`` (does the broker keep tasks on its disk?),
#: ``period_ms`` (a probe sleeps that long) and ``switch_ms`` (a thread may keep the GIL that long from others; 0: as
#: the interpreter has it). A cell has those of them that its set names.
SCENARIOS = [
    _scenario(
        name="serial",
        module="serial",
        summary="one task after another",
    ),
    _scenario(
        name="threads",
        module="threads",
        needs=("threads",),
        summary="one thread per task",
    ),
    _scenario(
        name="thread-pool",
        module="thread_pool",
        needs=("threads",),
        parameters=("concurrency",),
        summary="a fixed pool of threads",
    ),
    _scenario(
        name="processes",
        module="processes",
        needs=("multiprocessing",),
        parameters=("start_method",),
        summary="one process per task, answers by a queue",
    ),
    _scenario(
        name="process-pool",
        module="process_pool",
        needs=("multiprocessing",),
        parameters=("concurrency", "start_method"),
        summary="a fixed pool of processes",
    ),
    _scenario(
        name="processes-of-threads",
        module="processes_of_threads",
        needs=("multiprocessing", "threads"),
        parameters=("concurrency", "workers", "start_method"),
        summary="a fixed pool of processes, each with a fixed pool of threads",
    ),
    _scenario(
        name="interpreter-pool",
        module="interpreter_pool",
        needs=("subinterpreters",),
        parameters=("concurrency",),
        summary="a fixed pool of threads, each with an interpreter of its own",
    ),
    _scenario(
        name="tornado",
        module="event_loops.tornado_coroutines",
        needs=("tornado",),
        parameters=("concurrency",),
        summary="Tornado's loop, coroutines and HTTP client",
    ),
    _scenario(
        name="tornado+thread-pool",
        module="event_loops.tornado_thread_pool",
        needs=("tornado", "threads"),
        parameters=("concurrency", "workers"),
        summary="Tornado waits, a pool of threads computes",
    ),
    _scenario(
        name="tornado+process-pool",
        module="event_loops.tornado_process_pool",
        needs=("tornado", "process_executor"),
        parameters=("concurrency", "workers", "start_method"),
        summary="Tornado waits, a pool of processes computes",
    ),
    _scenario(
        name="asyncio-tornado",
        module="event_loops.asyncio_tornado",
        needs=("asyncio", "tornado"),
        parameters=("concurrency",),
        summary="async/await on asyncio's loop, with Tornado's HTTP client",
    ),
    _scenario(
        name="asyncio-aiohttp",
        module="event_loops.asyncio_aiohttp",
        needs=("asyncio", "aiohttp"),
        parameters=("concurrency",),
        summary="async/await on asyncio's loop, with aiohttp's client",
    ),
    _scenario(
        name="asyncio-aiohttp+thread-pool",
        module="event_loops.asyncio_thread_pool",
        needs=("asyncio", "aiohttp", "threads"),
        parameters=("concurrency", "workers"),
        summary="asyncio waits, a pool of threads computes",
    ),
    _scenario(
        name="asyncio-aiohttp+process-pool",
        module="event_loops.asyncio_process_pool",
        needs=("asyncio", "aiohttp", "process_executor"),
        parameters=("concurrency", "workers", "start_method"),
        summary="asyncio waits, a pool of processes computes",
    ),
    _scenario(
        name="twisted",
        module="event_loops.twisted_deferreds",
        needs=("twisted",),
        parameters=("concurrency",),
        summary="Twisted's reactor, Deferreds and HTTP Agent",
    ),
    _scenario(
        name="gevent",
        module="event_loops.gevent_pool",
        needs=("gevent",),
        parameters=("concurrency",),
        summary="a pool of greenlets, blocking calls patched",
    ),
    _scenario(
        name="probe",
        module="interference.alone",
        parameters=("period_ms",),
        summary="wake up after a while, nothing beside it",
    ),
    _scenario(
        name="probe+thread",
        module="interference.beside_thread",
        needs=("threads",),
        parameters=("period_ms", "switch_ms"),
        summary="wake up after a while, the task over and over in another thread",
    ),
    _scenario(
        name="probe+coroutine",
        module="interference.beside_coroutine",
        needs=("asyncio",),
        parameters=("period_ms",),
        summary="wake up after a while, the task over and over on the same loop",
    ),
    _scenario(
        name="probe+process",
        module="interference.beside_process",
        needs=("multiprocessing",),
        parameters=("period_ms", "start_method"),
        summary="wake up after a while, the task over and over in another process",
    ),
    _scenario(
        name="distributed",
        module="workers.distributed",
        needs=("threads", "multiprocessing"),
        parameters=(
            "concurrency",
            "transport",
            "worker_kind",
            "worker_concurrency",
            "worker_interpreter",
            "in_flight",
            "credit",
            "durable",
        ),
        summary="workers behind a transport, each a process of its own (over memory and zmq+inproc a thread)",
    ),
    _scenario(
        name="distributed-plain",
        module="workers.distributed_plain",
        needs=("zmq", "tornado", "multiprocessing"),
        parameters=("concurrency", "in_flight"),
        summary="the chapter's pattern, one DEALER over several ROUTERs on Tornado's loop: nothing is promised",
    ),
]

#: ``factory`` is the module in scenarios/tasks/ and the class. ``parameters`` are what a cell of this task is
#: measured at, besides its scenario's:
#: ``delay_ms`` (what the latency server waits), ``cpu_share`` (of a task that waits and computes), ``length_ms`` (of
#: computing, on the baseline), ``task_ms`` (of sleeping) and ``payload_bytes`` (in, and out again). ``work`` names the
#: amount of computing in one task (None: none worth calibrating); ``waits`` is True for tasks that ask the latency
#: server.
TASKS = [
    _task(
        name="native-gil",
        factory="computing.NativeGil",
        needs=("native",),
        work="native",
        summary="burn CPU in C, holding the GIL",
    ),
    _task(
        name="native-nogil",
        factory="computing.NativeNogil",
        needs=("native",),
        work="native",
        summary="burn CPU in C, the GIL released",
    ),
    _task(
        name="native-cffi",
        factory="computing.NativeCffi",
        needs=("cffi",),
        work="native",
        summary="the same through cffi, GIL released",
    ),
    _task(
        name="ctypes",
        factory="computing.NativeCtypes",
        needs=("ctypes",),
        work="native",
        summary="the same by ctypes, GIL released",
    ),
    _task(
        name="python",
        factory="computing.Python",
        work="python",
        summary="burn CPU in Python code",
    ),
    _task(
        name="length",
        factory="computing.Python",
        parameters=("length_ms",),
        work="python",
        summary="burn CPU in Python code, for so long on the baseline",
    ),
    _task(
        name="io",
        factory="waiting.Io",
        needs=("requests",),
        parameters=("delay_ms",),
        waits=True,
        summary="GET a number from the latency server",
    ),
    _task(
        name="io-load",
        factory="waiting.IoLoad",
        needs=("requests",),
        parameters=("delay_ms",),
        waits=True,
        summary="GET a number, among very many: what fails is counted by its kind",
    ),
    _task(
        name="mixed",
        factory="waiting.Mixed",
        needs=("requests",),
        parameters=("delay_ms", "cpu_share"),
        work="python",
        waits=True,
        summary="GET a number, then burn CPU in Python code",
    ),
    _task(
        name="payload",
        factory="payload.Payload",
        parameters=("payload_bytes",),
        summary="bytes in, the same in reverse out",
    ),
    _task(
        name="sleep",
        factory="sleeping.Sleep",
        parameters=("task_ms",),
        summary="sleep, without a server or a core",
    ),
    _task(
        name="contended-counter",
        factory="contended.Counter",
        needs=("threads",),
        work="shared",
        summary="count one number up under a lock",
    ),
    _task(
        name="contended-lock",
        factory="contended.Lock",
        needs=("threads",),
        work="shared",
        summary="hold one lock for half of the work",
    ),
    _task(
        name="contended-list",
        factory="contended.List",
        needs=("threads",),
        work="shared",
        summary="append to and pop from one list",
    ),
    _task(
        name="contended-dict",
        factory="contended.Dict",
        needs=("threads",),
        work="shared",
        summary="add to and take from one dictionary",
    ),
    _task(
        name="noop",
        factory="base.Task",
        summary="return the number: what the scenario itself costs",
    ),
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
