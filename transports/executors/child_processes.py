# Run by the interpreter under test (Python 2.7 upward, POSIX).
"""The executor of a worker whose tasks compute: child processes, so that a deadline can kill the work.

The main thread keeps the wire (beats go out while the children compute) and moves tasks and results through pipes. A
child that ends by itself may have been at any of its tasks: each of them is run alone then, and the one that ends its
child alone costs an attempt.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import errno
import fcntl
import os
import signal
import subprocess

from compat import clock, this_interpreter
from transports import batching
from transports.errors import Refused, Unusable
from transports.executors import pipe_frames, run_job
from transports.messages import json_codec, strict_json, values

AHEAD_US = 1000.0  # of expected work that a child has behind its current task
LONGEST_NS = 30 * 24 * 3600 * 1000000000  # a deadline beyond a month is none
STARTS = 3  # a child that ends before it could take anything is started again so often
LOOK_NS = 250 * 1000000  # how often to look whether a child has ended, where its pipe does not tell
UNWANTED_NS = 100 * 1000000  # a child may be so long at a task that nobody wants: most end sooner than another starts
AHEAD_BYTES = 16 * 1024  # well below a pipe's size: neither side ever blocks on it


class _Child(object):
    def __init__(self, module, folder, environment):
        self.process = subprocess.Popen(
            this_interpreter.command() + ["-m", "transports.executors.child", module, "{}".format(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            close_fds=True,
            cwd=folder,
            env=environment,
        )
        self.ready = False
        self.inbox = self.process.stdin.fileno()
        self.outbox = self.process.stdout.fileno()
        for descriptor in (self.inbox, self.outbox):
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        self.jobs = collections.OrderedDict()  # {key: (Job, cost)}: given to it, in the order it runs them
        self.work_us = 0.0
        self.began = 0  # when it came to the first of them
        self.alone = False  # its one task is not to have another one behind it
        self.to_write = b""
        self.results = pipe_frames.Splitter(pipe_frames.RESULT)

    def current(self):
        """Return the Job that it runs, or None."""
        return next(iter(self.jobs.values()))[0] if self.jobs else None

    def kill(self):
        """Kill it, whatever it does, unless it is known to have ended."""
        if self.process.returncode is not None:
            return
        try:
            self.process.send_signal(signal.SIGKILL)
        except OSError:
            pass  # it has ended already
        self.process.wait()

    def end(self):
        """Kill it, and close its pipes."""
        self.kill()
        self.process.stdin.close()
        self.process.stdout.close()


class Children(object):
    """Child processes that run jobs. ``module``: where they load their tasks from.

    They begin where this process is now, with its present environment: a task that ran in this process may have changed
    its folder meanwhile, and no module would be found there.
    """

    def __init__(self, concurrency, module, now_ns=clock.now_ns):
        self.concurrency = concurrency
        self._module = module
        self._folder = os.getcwd()
        self._environment = dict(os.environ)
        self._now_ns = now_ns
        self._jobs = collections.deque()
        self._alone = set()  # Jobs of which one has ended a child
        self._costs = {}
        self._next_key = 0
        self._failed_starts = 0
        self._children = []
        self._looked = now_ns()

    def begin(self, service):
        self._service = service
        for _ in range(self.concurrency):
            self._start()

    def _start(self):
        try:
            child = _Child(self._module, self._folder, self._environment)
        except (IOError, OSError) as error:
            raise Unusable("no child process can be started: {}; permit more processes and open files".format(error))
        self._children.append(child)
        self._service.wire.watch(child.outbox)

    def put(self, jobs):
        self._jobs.extend(jobs)

    def eager(self):
        """Return whether there is something to write for which a pipe had no room."""
        return any(child.to_write for child in self._children)

    def work(self):
        for child in list(self._children):
            self._receive(child)
        self._find_ended()
        self._end_unwanted()
        self._hand_out()

    # --- to the children ---------------------------------------------------------------------------------------------

    def _hand_out(self):
        """Give waiting jobs to the children that have least to do; small ones also ahead of time."""
        jobs = self._jobs
        while jobs:
            job = jobs[0]
            if job.settled or job.cancelled:
                self._alone.discard(jobs.popleft())
                continue
            children = [child for child in self._children if child.ready and not child.alone]
            if not children:
                break
            cost_us = self._costs.get(job.name, batching.UNKNOWN_US)
            child = min(children, key=lambda child: (child.work_us, len(child.jobs)))
            if child.jobs and child.work_us > AHEAD_US - cost_us / 2:
                break
            if len(child.to_write) > AHEAD_BYTES or (child.jobs and job in self._alone):
                break
            jobs.popleft()
            self._give(child, job, cost_us)
        for child in self._children:
            self._write(child)

    def _give(self, child, job, cost_us):
        try:
            arguments = values.encoded([list(job.args), job.kwargs], strict_json.DEPTH)
        except Refused as refusal:  # another client's frame may be right and hold more than a value of ours
            self._service.finish(job, run_job.failed(job, refusal.code, refusal.text))
            return
        self._next_key += 1
        now = self._now_ns()
        if not child.jobs:
            child.began = now
        child.jobs[self._next_key] = (job, cost_us)
        child.alone = job in self._alone
        child.work_us += cost_us
        budget_ns = min(max(0, job.deadline - now), LONGEST_NS)
        head = [self._next_key, job.id, job.name, job.attempt, budget_ns, now - job.arrived, job.codec.NAME, job.trace]
        child.to_write += pipe_frames.framed(pipe_frames.TASK, values.dumps(head)[:-1] + b"," + arguments + b"]")

    def _write(self, child):
        if not child.to_write:
            return
        try:
            child.to_write = child.to_write[os.write(child.inbox, child.to_write) :]
        except (IOError, OSError) as error:
            if error.errno not in (errno.EAGAIN, errno.EPIPE):  # its pipe is full; or it has ended, which _receive sees
                raise

    # --- from the children -------------------------------------------------------------------------------------------

    def _receive(self, child):
        while True:
            try:
                received = os.read(child.outbox, 65536)
            except (IOError, OSError) as error:
                if error.errno == errno.EAGAIN:
                    return
                raise
            if not received:
                self._lose(child)
                return
            now = self._now_ns()
            for key, outcome, queue_us, run_us, result in child.results.feed(received):
                if key == pipe_frames.READY:
                    child.ready = True
                    continue
                if key not in child.jobs or outcome >= len(run_job.OUTCOMES):
                    self._lose(child, "sent a result that nobody had asked for")
                    return
                job, cost_us = child.jobs.pop(key)
                child.alone = False
                self._alone.discard(job)
                child.work_us = child.work_us - cost_us if child.jobs else 0.0
                child.began = now
                batching.learn(self._costs, job.name, max(0, run_us), 1)
                if not job.settled:
                    self._service.finish(job, (result, run_job.OUTCOMES[outcome], queue_us, run_us))

    def _find_ended(self):
        """Find children that have ended and whose pipes have not, since a process that a task left holds them open."""
        now = self._now_ns()
        if now - self._looked < LOOK_NS:
            return
        self._looked = now
        for child in list(self._children):
            if child.process.poll() is not None:
                self._receive(child)  # what it had still written
                if child in self._children:  # or its pipe told
                    self._lose(child)

    def _lose(self, child, how=None):
        """Find the task that ended ``child``, if it had but one; else see to it that each is run alone.

        ``how`` is what made it useless, where it has not ended by itself.
        """
        child.kill()
        jobs = [job for job, _ in child.jobs.values()]
        if len(jobs) > 1:
            self._alone.update(job for job in jobs if not job.settled and not job.cancelled)
        elif jobs:
            (job,) = jobs
            status = child.process.returncode
            if how is None:
                how = "ended (exit code {})".format(status) if status >= 0 else "was ended by signal {}".format(-status)
            lost = run_job.failed(job, "E_WORKER_LOST", "its process " + how, status=json_codec.RETRY)
            self._service.finish(job, lost)
            self._alone.discard(job)
            child.jobs.clear()
        self._replace(child)

    def _replace(self, child):
        """Put another child into the place of one that has ended or must end; it takes over what has no outcome."""
        self._children.remove(child)
        self._service.wire.unwatch(child.outbox)
        child.end()
        for job, _ in reversed(list(child.jobs.values())):
            if job.settled or job.cancelled:
                self._alone.discard(job)
            else:
                self._jobs.appendleft(job)
        self._failed_starts = 0 if child.ready else self._failed_starts + 1
        if self._failed_starts > STARTS:
            raise Unusable("children that are to run {} end at once: see above for why".format(self._module))
        self._start()

    def running(self):
        """Return no jobs: one that passes its deadline is killed, and need not be watched."""
        return []

    def pids(self):
        """Return the process ids of the children, in any thread."""
        return [child.process.pid for child in list(self._children)]

    def abandon(self, job):
        """Kill the child that runs ``job``, whose outcome is known."""
        for child in list(self._children):
            if child.current() is job:
                self._receive(child)
        for child in self._children:
            if child.current() is job:
                self._replace(child)
                return

    def _end_unwanted(self):
        """Kill a child that came to a task which had been cancelled, or was overdue, while it waited in the pipe."""
        now = self._now_ns()
        for child in list(self._children):
            job = child.current()
            if job is not None and job.cancelled and now - child.began >= UNWANTED_NS:
                self._replace(child)

    def close(self):
        for child in self._children:
            child.end()
        self._children = []
