# Read by both halves: data only, imports nothing of ours. Must parse on 2.7.
"""The scenarios and the tasks by name.

``needs`` holds words of the probe; a scenario or task is skipped where one is missing, with that reason.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

Scenario = collections.namedtuple("Scenario", "name factory needs parameters summary")
Task = collections.namedtuple("Task", "name factory needs parameters work waits summary")


#: The task that is a person's own: only a run with --workload has it.
OWN_FUNCTION = "own-function"


def _scenario(name, factory, summary, needs=(), parameters=()):
    return Scenario(name, factory, needs, parameters, summary)


def _task(name, factory, summary, needs=(), parameters=(), work=None, waits=False):
    return Task(name, factory, needs, parameters, work, waits, summary)


#: ``factory`` is the module in scenarios/ and the class. ``parameters`` name the parameters of its cells; a cell has
#: those that its set gives. ``runoff/records/parameters.py`` says what each means.
SCENARIOS = [
    _scenario(
        name="serial",
        factory="serial.Serial",
        summary="one task after another",
    ),
    _scenario(
        name="threads",
        factory="threads.ThreadPerTask",
        needs=("threads",),
        summary="one thread per task",
    ),
    _scenario(
        name="thread-pool",
        factory="thread_pool.ThreadPool",
        needs=("threads",),
        parameters=("concurrency",),
        summary="a fixed pool of threads",
    ),
    _scenario(
        name="processes",
        factory="processes.ProcessPerTask",
        needs=("multiprocessing",),
        parameters=("start_method",),
        summary="one process per task, answers by a queue",
    ),
    _scenario(
        name="process-pool",
        factory="process_pool.ProcessPool",
        needs=("multiprocessing",),
        parameters=("concurrency", "start_method"),
        summary="a fixed pool of processes",
    ),
    _scenario(
        name="processes-of-threads",
        factory="processes_of_threads.ProcessesOfThreads",
        needs=("multiprocessing", "threads"),
        parameters=("concurrency", "workers", "start_method"),
        summary="a fixed pool of processes, each with a fixed pool of threads",
    ),
    _scenario(
        name="parallel-python",
        factory="parallel_python.ParallelPython",
        needs=("pp",),
        parameters=("concurrency",),
        summary="Parallel Python's pool of processes, tasks sent as source (pp; before Python 3.10 its fork ppft)",
    ),
    _scenario(
        name="interpreter-pool",
        factory="interpreter_pool.InterpreterPool",
        needs=("subinterpreters",),
        parameters=("concurrency",),
        summary="a fixed pool of threads, each with an interpreter of its own",
    ),
    _scenario(
        name="tornado",
        factory="event_loops.tornado_coroutines.TornadoCoroutines",
        needs=("tornado",),
        parameters=("concurrency",),
        summary="Tornado's loop, coroutines and HTTP client",
    ),
    _scenario(
        name="tornado+thread-pool",
        factory="event_loops.tornado_thread_pool.TornadoThreadPool",
        needs=("tornado", "threads"),
        parameters=("concurrency", "workers"),
        summary="Tornado waits, a pool of threads computes",
    ),
    _scenario(
        name="tornado+process-pool",
        factory="event_loops.tornado_process_pool.TornadoProcessPool",
        needs=("tornado", "process_executor"),
        parameters=("concurrency", "workers", "start_method"),
        summary="Tornado waits, a pool of processes computes",
    ),
    _scenario(
        name="asyncio-tornado",
        factory="event_loops.asyncio_tornado.AsyncioTornado",
        needs=("asyncio", "tornado"),
        parameters=("concurrency",),
        summary="async/await on asyncio's loop, with Tornado's HTTP client",
    ),
    _scenario(
        name="asyncio",
        factory="event_loops.asyncio_alone.Asyncio",
        needs=("asyncio",),
        parameters=("concurrency",),
        summary="async/await on asyncio's loop alone: a coroutine is awaited, another task computes on the loop",
    ),
    _scenario(
        name="asyncio-aiohttp",
        factory="event_loops.asyncio_aiohttp.AsyncioAiohttp",
        needs=("asyncio", "aiohttp"),
        parameters=("concurrency",),
        summary="async/await on asyncio's loop, with aiohttp's client",
    ),
    _scenario(
        name="asyncio-aiohttp+thread-pool",
        factory="event_loops.asyncio_thread_pool.AsyncioThreadPool",
        needs=("asyncio", "aiohttp", "threads"),
        parameters=("concurrency", "workers"),
        summary="asyncio waits, a pool of threads computes",
    ),
    _scenario(
        name="asyncio-aiohttp+process-pool",
        factory="event_loops.asyncio_process_pool.AsyncioProcessPool",
        needs=("asyncio", "aiohttp", "process_executor"),
        parameters=("concurrency", "workers", "start_method"),
        summary="asyncio waits, a pool of processes computes",
    ),
    _scenario(
        name="twisted",
        factory="event_loops.twisted_deferreds.TwistedDeferreds",
        needs=("twisted",),
        parameters=("concurrency",),
        summary="Twisted's reactor, Deferreds and HTTP Agent",
    ),
    _scenario(
        name="gevent",
        factory="event_loops.gevent_pool.GeventPool",
        needs=("gevent",),
        parameters=("concurrency",),
        summary="a pool of greenlets, blocking calls patched",
    ),
    _scenario(
        name="probe",
        factory="interference.alone.Probe",
        needs=("stdlib",),
        parameters=("period_ms",),
        summary="sleep, and measure how late the interpreter wakes up; nothing runs beside it",
    ),
    _scenario(
        name="probe+thread",
        factory="interference.beside_thread.ProbeBesideThread",
        needs=("threads",),
        parameters=("period_ms", "switch_ms"),
        summary="measure how late a sleeping thread wakes up while another one repeats the task",
    ),
    _scenario(
        name="probe+coroutine",
        factory="interference.beside_coroutine.ProbeBesideCoroutine",
        needs=("stdlib", "asyncio"),
        parameters=("period_ms",),
        summary="measure how late a sleeping coroutine wakes up while another one on its loop repeats the task",
    ),
    _scenario(
        name="probe+process",
        factory="interference.beside_process.ProbeBesideProcess",
        needs=("multiprocessing",),
        parameters=("period_ms", "start_method"),
        summary="measure how late a sleeping process wakes up while another one repeats the task",
    ),
    _scenario(
        name="distributed",
        factory="workers.distributed.Distributed",
        needs=("threads",),
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
        factory="workers.distributed_plain.DistributedPlain",
        needs=("zmq", "tornado", "multiprocessing"),
        parameters=("concurrency", "in_flight"),
        summary="the original study's pattern, one DEALER over several ROUTERs on Tornado's loop: no guarantees",
    ),
]

#: ``factory`` is the module in scenarios/tasks/ and the class. ``parameters`` name the parameters of its cells, besides
#: those of the scenario:
#: ``delay_ms``: how long the latency server waits before it answers;
#: ``cpu_share``: the share of computing in a task that waits and computes;
#: ``length_ms``: how long the task computes on the baseline;
#: ``task_ms``: how long it sleeps;
#: ``payload_bytes``: the size of its input and of its answer.
#: ``work`` names the amount of computing in one task (None: nothing to calibrate). ``waits`` is True for tasks that
#: send a request to the latency server.
TASKS = [
    _task(
        name="native-gil",
        factory="computing.NativeGil",
        needs=("native", "native_gil"),
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
        summary="the same through ctypes, GIL released",
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
        summary="burn CPU in Python code for a given time on the baseline",
    ),
    _task(
        name="io",
        factory="waiting.Io",
        needs=("stdlib", "requests"),
        parameters=("delay_ms",),
        waits=True,
        summary="GET a number from the latency server",
    ),
    _task(
        name="io-load",
        factory="waiting.IoLoad",
        needs=("stdlib", "requests"),
        parameters=("delay_ms",),
        waits=True,
        summary="GET a number, one of very many: failures are counted by kind",
    ),
    _task(
        name="mixed",
        factory="waiting.Mixed",
        needs=("stdlib", "requests"),
        parameters=("delay_ms", "cpu_share"),
        work="python",
        waits=True,
        summary="GET a number, then burn CPU in Python code",
    ),
    _task(
        name="payload",
        factory="payload.Payload",
        needs=("stdlib",),
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
        name=OWN_FUNCTION,
        factory="own_function.OwnFunction",
        needs=("stdlib",),
        summary="a person's own function, which --workload names",
    ),
    _task(
        name="noop",
        factory="base.Task",
        summary="return the number: the cost of the scenario itself",
    ),
]

#: {(scenario, task): why it cannot work}. The pair is skipped with this reason; the inside tests check that it fails.
REFUSED = {
    ("interpreter-pool", task): "{} loads in the main interpreter only".format(module)
    for task, module in [
        ("native-gil", "a module that SWIG made"),
        ("native-nogil", "a module that SWIG made"),
        ("native-cffi", "cffi"),
    ]
}
REFUSED.update(
    (("distributed-plain", row.name), "its workers return the number and run no task")
    for row in TASKS
    if row.name != "noop"
)
REFUSED["parallel-python", OWN_FUNCTION] = "its workers answer on their stdout, where the function may write"
REFUSED.update((("asyncio", row.name), "asyncio has no HTTP client") for row in TASKS if row.waits)


def by_name(table):
    """Return {name: row} for one of the tables above, in its order."""
    return collections.OrderedDict((row.name, row) for row in table)
