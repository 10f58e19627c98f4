# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m transports.worker URL [OPTIONS]
"""A worker: takes tasks at URL, runs them, answers.

URL may be @VARIABLE, the environment variable that holds it: everyone on the machine can read a command line, and a
password in it.

    --kind process|thread|async   child processes for computing; threads or a loop for waiting
    --concurrency N               so many tasks at once
    --tasks MODULE                the module whose table TASKS names the functions that may be called; where it has a
                                  function PREPARE, workers of kind thread and async call it on their main thread
    --status HOST:PORT            answer /healthz, /readyz and /metrics there, by HTTP
    --max-tasks N, --max-memory S drain after so many tasks, or when so much memory is in use (512MiB)

SIGTERM (or Ctrl-C) drains: nothing new is taken, and what is here is run until --drain-s is over; what is left then is
given back. A second one aborts.
Exit codes: 0 drained, 2 it could not start, 75 the drain deadline passed and work was given back, 143 aborted.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import logging
import os
import signal
import sys
import threading
import time

from transports import catalog, errors, ready, task_registry, task_service, url_argument
from transports.executors import inline
from transports.status import endpoint, meter, recycling
from transports.wires import base

DRAINED, FAILED, UNUSABLE, GAVE_BACK, ABORTED = 0, 1, 2, 75, 143
SIGNALS = (signal.SIGTERM, signal.SIGINT)
TURN_S = 0.1
MOST_DRAIN_S = 1000000  # libzmq counts a linger in milliseconds of 31 bits
LAST_REPLIES_S = 0.5  # for the last replies, where the drain's time is over
MOST_ISOLATED = 8  # child processes for tasks that may have ended a worker
NS = 1000000000

log = logging.getLogger("runoff.transports")


def executor(kind, concurrency, module):
    """Return the executor that runs the tasks; import what this kind needs alone."""
    if kind == "process":
        try:
            from transports.executors import child_processes
        except ImportError as error:
            raise errors.Unusable("--kind process cannot be had: {}; use --kind thread".format(error))
        return child_processes.Children(concurrency, module)
    if kind == "async":
        try:
            from transports.executors import asyncio_loop
        except ImportError as error:
            raise errors.Unusable("--kind async needs asyncio: {}; use --kind thread".format(error))
        return asyncio_loop.Loop(concurrency)
    if concurrency == 1:
        return inline.Inline()
    from transports.executors import threads

    return threads.Pool(concurrency)


def can_isolate():
    """Return whether tasks can run in child processes here; Jython has no pipes to them that do not block."""
    try:
        from transports.executors import child_processes  # noqa: F401
    except ImportError:
        return False
    return True


class Worker(object):
    """Service until told to stop. ``stop`` may be called from a signal handler or another thread.

    status: where it tells its status, "HOST:PORT"; ``endpoint`` is None without. limits: when it has done enough; a
    task that does not end by itself ends with the process then, as after a signal.
    """

    def __init__(
        self,
        url,
        kind="thread",
        concurrency=1,
        tasks="transports.sample_tasks",
        credit=None,
        drain_s=10.0,
        status=None,
        limits=None,
    ):
        self._functions = task_registry.load(tasks)
        self._tasks = tasks
        self._executor = executor(kind, concurrency, tasks)
        self._drain_ns = int(drain_s * NS)
        self._pid = os.getpid()
        self._stops = 0  # how often somebody told it to; that it has done enough does not count
        self._recycles = False
        self._takes_signals = False
        self._limits = limits
        self.wire = base.worker(url)
        self.wire.open()
        try:
            # Made now, before a task has run: it keeps where this process began.
            isolated = self._isolated() if kind != "process" and can_isolate() else None
            counting = None if status is None else meter.Meter(self._functions)
            self.service = task_service.Service(
                self.wire, self._functions, self._executor, credit, isolated=isolated, meter=counting
            )
            self.endpoint = None if status is None else self._tell(status, kind)
        except BaseException:
            self.wire.close()
            raise

    def _isolated(self):
        """Return the executor of tasks that may have ended a worker."""
        return executor("process", min(self._executor.concurrency, MOST_ISOLATED), self._tasks)

    def _tell(self, status, kind):
        """Begin to tell the status."""
        try:
            return endpoint.Endpoint(status, self.service, kind)
        except errors.Unusable:
            self.service.close()
            raise

    def stop(self, *signal_and_frame):
        """Drain; abort at the second call.

        As a signal's handler, end the process even from within a task that never ends: at once at the second signal,
        and when the drain's time is over at the first. A process that a task has forked has this handler as well; it
        ends by the signal, as any process does.
        """
        if signal_and_frame and os.getpid() != self._pid:
            signal.signal(signal_and_frame[0], signal.SIG_DFL)
            os.kill(os.getpid(), signal_and_frame[0])
            return
        self._stops += 1
        if signal_and_frame and self._stops > 1:
            self.wire.abort()
            os._exit(ABORTED)
        self._begin_drain(ends_process=bool(signal_and_frame))

    def _begin_drain(self, ends_process):
        """Ask for a drain. ends_process: also from within a task that never ends."""
        if ends_process:
            self.service.leave = self._leave
        self.service.drain(self._drain_ns)

    def take_signals(self):
        """Stop at a signal, on the main thread; ``run`` takes it back from a task that has set a handler of its own."""
        self._takes_signals = True
        for number in SIGNALS:
            if signal.getsignal(number) != self.stop:
                signal.signal(number, self.stop)

    def run(self, begin=lambda: None):
        """Call ``begin()``, serve until stopped, and close; return the exit code."""
        service = self.service
        try:
            begin()
            while not service.is_over():
                if self._takes_signals:
                    self.take_signals()
                if self._stops > 1:
                    return ABORTED
                service.turn(TURN_S / 10 if self._leaves() else TURN_S)
                if self._limits is not None and not self._leaves():
                    self._recycle()
            with service.lock:
                return self._drained()
        finally:
            if self.endpoint is not None:
                self.endpoint.close()
            with service.lock:
                self.service.close()
                self.wire.close()

    def _leaves(self):
        """Return whether a drain was asked for."""
        return self._stops > 0 or self._recycles

    def _recycle(self):
        """Drain where a limit is reached."""
        reached = self._limits.reached(self.service)
        if reached is not None:
            log.warning("drains to be started again: %s", reached)
            self._recycles = True
            self._begin_drain(ends_process=True)

    def _drained(self):
        """Let the last replies leave, in what is left of the drain's time; return the exit code."""
        self.wire.drain(max(LAST_REPLIES_S, self.service.drain_left_s()))
        return GAVE_BACK if self.service.gave_back else DRAINED

    def _leave(self):
        """End the process from another thread than the one that runs a task which does not end."""
        code = self._drained()
        self.wire.close()
        self.wire.leave()
        os._exit(code)


def end_within(wait_s, code):
    """End this process with ``code`` after ``wait_s`` at the latest.

    Python waits at its end for threads and processes that tasks or their module have left behind, which may never end.
    """

    sleep, warn, leave = time.sleep, log.warning, os._exit  # Python 2 empties its modules while this thread still runs

    def end():
        sleep(wait_s)
        warn("ended with threads or processes that tasks have left behind")
        leave(code)

    thread = threading.Thread(target=end)
    thread.daemon = True
    thread.start()


def parsed(arguments):
    """Return the options of a command line; end the process with a sentence and code 2 where one cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m transports.worker", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument(
        "url", type=url_argument.url, help="SCHEME:ADDRESS, or @VARIABLE: the environment variable that holds it"
    )
    parser.add_argument("--kind", choices=sorted(catalog.KIND_NEEDS), default="process", help="where tasks run")
    parser.add_argument("--concurrency", type=int, default=1, help="tasks to run at once")
    parser.add_argument(
        "--tasks", default="transports.sample_tasks", metavar="MODULE", help="module with the table TASKS"
    )
    parser.add_argument(
        "--credit",
        type=int,
        metavar="N",
        help="tasks of one client that may be here without a result, 4950 at most (over a broker: frames, any number); "
        "None: by rate and delay",
    )
    parser.add_argument("--drain-s", type=float, default=10.0, help="seconds that a drain may take")
    parser.add_argument("--max-tasks", type=int, metavar="N", help="drain after this many tasks")
    parser.add_argument(
        "--max-memory",
        type=recycling.parse_bytes,
        metavar="SIZE",
        help="drain when the process uses more memory than this, as in 512MiB",
    )
    parser.add_argument(
        "--status", metavar="HOST:PORT", help="serve /healthz, /readyz and /metrics here; port 0: a free one"
    )
    given = parser.parse_args(arguments)
    counts = (given.concurrency, given.credit, given.max_tasks)
    if any(count is not None and count < 1 for count in counts):
        parser.error("--concurrency, --credit and --max-tasks are whole numbers from 1")
    if not 0 <= given.drain_s <= MOST_DRAIN_S:
        parser.error("--drain-s is a number of seconds from 0 to {}".format(MOST_DRAIN_S))
    return given


def main(arguments):
    """Work until the drain is over; return the exit code."""
    ready.fill_descriptors()
    given = parsed(arguments)
    logging.basicConfig(format="%(asctime)s worker %(process)d: %(message)s")
    try:
        limits = recycling.Limits(given.max_tasks, given.max_memory)
        worker = Worker(
            given.url, given.kind, given.concurrency, given.tasks, given.credit, given.drain_s, given.status, limits
        )
    except errors.Unusable as problem:
        print("error: {}".format(problem), file=sys.stderr)
        end_within(LAST_REPLIES_S, UNUSABLE)
        return UNUSABLE
    worker.take_signals()
    address = getattr(worker.wire, "address", given.url)
    status_address = worker.endpoint.address if worker.endpoint else None
    output = ready.own_stdout()

    def begin():
        if given.kind != "process":  # whose tasks run on the main threads of its children
            task_registry.prepare(given.tasks)
        try:
            ready.say_ready("{} {} x {}".format(address, given.kind, given.concurrency), status_address, output)
        except (IOError, OSError) as error:
            raise errors.Unusable("stdout does not take the line that says ready: {}; give it another".format(error))

    code = FAILED
    try:
        code = worker.run(begin)
    except errors.Unusable as problem:
        print("error: {}".format(problem), file=sys.stderr)
        code = UNUSABLE
    finally:
        worker.wire.leave()
        end_within(max(LAST_REPLIES_S, worker.service.drain_left_s()), code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
