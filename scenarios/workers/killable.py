# Run by the interpreter under test (Python 2.7 upward).
"""The worker processes of an opened scenario ``distributed``, to be killed and restarted under load.

Only the broker knows which worker holds a task. So over every wire the workers record the tasks that they begin, each
in its own file, and add their process id to the answer. The worker kind must be thread or async: a child process would
answer with its own id.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import os
import threading

from scenarios.tasks import base as task_base

#: A worker offers every task twice: as NAME, and as PREFIX + NAME, which records its begin (remote_tasks).
PREFIX = "recorded "
DEADLINE_S = 20.0

#: Environment variable of a worker: the folder of its record. No path arrives over the wire.
FOLDER = str("RUNOFF_WORKER_FOLDER")


def record_and_call(name, argument, settings, number):
    """Record ``number`` in this worker's file, run the task and return [process id, answer]."""
    path = os.path.join(os.environ[FOLDER], "{}.begun".format(os.getpid()))
    with io.open(path, "a", encoding="ascii") as record:
        record.write("{}\n".format(number))
    return [os.getpid(), task_base.receive(name, settings).call(argument)]


class Killable(object):
    """Workers by index. ``processes`` holds one WorkerProcess each; a restart replaces the killed one in it."""

    def __init__(self, session, task, folder, processes):
        self._session = session
        self._task = task
        self._folder = folder
        self._processes = processes
        self._records = {}  # {process id: (bytes read of its record, numbers in them)}
        self._numbers = {}  # {task id: number} of the submitted tasks
        self._resent = session.counts["resent"]
        self._starters = {}  # {index: thread that starts a worker there}

    def submit(self, number):
        """Queue a task; the next ``poll`` sends it."""
        (argument,) = self._task.inputs([number])
        arguments = [argument, self._task.settings, number]
        identity = self._session.submit(PREFIX + self._task.name, arguments, deadline_s=DEADLINE_S)
        self._numbers[identity] = number

    def poll(self, timeout_s):
        """Return [(number, process id, right)] of the ended tasks; wait up to ``timeout_s`` for the first.

        The process id is None for a task that ended in an error; ``right`` tells whether the answer was the right one.
        """
        ended = []
        for outcome in self._session.poll(timeout_s):
            number = self._numbers[outcome.id]
            worker, answer = (None, None) if outcome.error is not None else outcome.result
            ended.append((number, worker, [answer] == self._task.expected([number])))
        return ended

    def process_id(self, index):
        """Return the process id of the worker at ``index``."""
        return self._processes[index].pid

    def begun_by(self, index):
        """Return the numbers that the worker at ``index`` has begun so far, as a set."""
        worker = self.process_id(index)
        read, numbers = self._records.setdefault(worker, (0, set()))
        try:
            with io.open(os.path.join(self._folder, "{}.begun".format(worker)), "rb") as record:
                record.seek(read)
                new = record.read()
        except IOError:  # the worker has begun no task yet
            return numbers
        whole = new[: new.rfind(b"\n") + 1]
        numbers.update(int(line) for line in whole.split())
        self._records[worker] = (read + len(whole), numbers)
        return numbers

    def kill(self, index):
        """Send SIGKILL to the worker at ``index``."""
        self._processes[index].kill()

    def restart(self, index):
        """Begin to start a worker in place of the one killed at ``index``, in a thread, so that tasks go on."""

        def replace():
            self._processes[index] = self._processes[index].restart()

        self._starters[index] = threading.Thread(target=replace)
        self._starters[index].start()

    def restarted(self, index):
        """Return whether the new worker at ``index`` runs."""
        return not self._starters[index].is_alive()

    def close(self):
        """Wait for the workers that are being started, so that whoever stops all stops them as well."""
        for starter in self._starters.values():
            starter.join()

    def resent(self):
        """Return how many tasks the session has sent again since this object was made."""
        return self._session.counts["resent"] - self._resent
