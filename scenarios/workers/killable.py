# Run by the interpreter under test (Python 2.7 upward).
"""The workers of an opened scenario ``distributed`` as things that die: who holds a task, kill it, start it again.

Behind a broker nobody but the broker knows who holds a task, so over every wire the workers themselves write down what
they begin (a line in a file of their own) and answer with who they are. ``worker`` is a process id, so their kind is
thread or async: a child process would answer with its own.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import os
import threading

from scenarios.tasks import base as task_base

#: What a worker calls the task NAME when it is to tell; scenarios.workers.remote_tasks offers both.
PREFIX = "told "
DEADLINE_S = 20.0


#: In a worker's environment: the folder of its diary. What comes off the wire names no file.
FOLDER = str("RUNOFF_WORKER_FOLDER")


def told(name, argument, settings, number):
    """In the worker: [its id, the answer], having written ``number`` down."""
    path = os.path.join(os.environ[FOLDER], "{}.begun".format(os.getpid()))
    with io.open(path, "a", encoding="ascii") as diary:
        diary.write("{}\n".format(number))
    return [os.getpid(), task_base.receive(name, settings).call(argument)]


class Killable(object):
    """``processes``: of distributed, one per worker; this replaces those that it kills."""

    def __init__(self, session, task, folder, processes):
        self._session = session
        self._task = task
        self._folder = folder
        self._processes = processes
        self._begun = {}  # {worker: [how far its diary has been read, numbers in it]}
        self._numbers = {}  # {id: number}, of those under way
        self._resent = session.counts["resent"]
        self._starters = {}  # {at: thread that starts a worker there}

    def begin(self, number):
        """A task leaves with the next ``ended``."""
        (argument,) = self._task.inputs([number])
        arguments = [argument, self._task.settings, number]
        identity = self._session.submit(PREFIX + self._task.name, arguments, deadline_s=DEADLINE_S)
        self._numbers[identity] = number

    def ended(self, timeout_s):
        """[(number, worker, was the answer right?)]; waits so long for the first. worker: None where there is no
        answer."""
        found = []
        for outcome in self._session.poll(timeout_s):
            number = self._numbers[outcome.id]
            worker, answer = (None, None) if outcome.error is not None else outcome.result
            found.append((number, worker, [answer] == self._task.expected([number])))
        return found

    def worker(self, at):
        return self._processes[at].pid

    def begun(self, at):
        """The numbers that the worker at ``at`` has begun so far."""
        worker = self.worker(at)
        read, numbers = self._begun.setdefault(worker, (0, set()))
        try:
            with io.open(os.path.join(self._folder, "{}.begun".format(worker)), "rb") as diary:
                diary.seek(read)
                new = diary.read()
        except IOError:  # it has begun nothing yet
            return numbers
        whole = new[: new.rfind(b"\n") + 1]
        numbers.update(int(line) for line in whole.split())
        self._begun[worker] = (read + len(whole), numbers)
        return numbers

    def kill(self, at):
        self._processes[at].kill()

    def start(self, at):
        """Begin to start a worker in place of the one killed at ``at``, in a thread: tasks go on meanwhile."""

        def starting():
            self._processes[at] = self._processes[at].again()

        self._starters[at] = threading.Thread(target=starting)
        self._starters[at].start()

    def started(self, at):
        return not self._starters[at].is_alive()

    def resent(self):
        """How many tasks the session has sent again since the first ``begin``."""
        return self._session.counts["resent"] - self._resent
