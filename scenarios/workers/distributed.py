# Run by the interpreter under test (Python 2.7 upward).
"""Workers behind a transport: separate processes over ZeroMQ and RabbitMQ, threads of this process over memory and
zmq+inproc.

``transport`` is the scheme of the URL, ``concurrency`` the number of workers, ``worker_kind`` what each runs its tasks
in, ``worker_concurrency`` how many at once, ``worker_interpreter`` whose they are; ``in_flight`` and ``credit`` limit
what is under way. The workers are started, and awaited, in ``open`` and gone after ``close``; a task's name, number and
settings travel.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import shutil
import subprocess
import sys
import tempfile
import threading

from compat import clock, text
from scenarios.base import Scenario
from scenarios.tasks import failures
from scenarios.workers import killable, remote_tasks
from transports import session, worker

START_S = 30.0
STOP_S = 5.0
#: Where the broker is: URLs with the passwords of the client's and the workers' user, so in no file and no argument.
CLIENT, WORKER = "RUNOFF_AMQP_CLIENT", "RUNOFF_AMQP_WORKER"
#: So long before a task is due its client sleeps no more but asks again and again, which is soon over: a wire waits for
#: whole milliseconds, rounded up (1 ms), and who slept is woken late (0.3 ms).
AWAKE_S = 0.0013


class Model(Scenario):
    def open(self):
        # The task is prepared where it runs: in the workers, by the first call.
        self.folder = tempfile.mkdtemp(prefix="runoff-")
        self.workers = []
        self.scheme = self.parameters["transport"]
        self._begun = {}  # {id: whom to tell}: what `submit` began
        try:
            if self.scheme == "amqp":
                self._open_on_a_queue()
            else:
                self._start_all()
                addresses = [self.folder] if self.scheme == "memory" else [each.address for each in self.workers]
                self._connect(self.scheme + ":" + ",".join(addresses))
                self.session.wait_for_workers(len(self.workers), START_S)
        except BaseException:
            self._stop()
            raise

    def _connect(self, url):
        self.session = session.connect(url).open()

    def _open_on_a_queue(self):
        """The client first, since it makes the queue. Who takes from that the broker does not tell: each worker has to
        answer once."""
        for name in (CLIENT, WORKER):
            if name not in os.environ:
                raise EnvironmentError("{} is not set: amqp://USER:PASSWORD@HOST:5672/VHOST?queue=NAME".format(name))
        self._connect(self._on_the_broker(CLIENT))
        self.session.wait_for_workers(1, START_S)
        self._start_all()
        heard = set()
        until = clock.now_ns() + int(START_S * 1e9)
        while len(heard) < len(self.workers):
            if clock.now_ns() > until:
                raise EnvironmentError(
                    "{} of {} workers answered within {:.0f} s".format(len(heard), len(self.workers), START_S)
                )
            outcomes = []
            for _ in self.workers:  # each in a frame of its own, which the broker deals out in turn
                self.session.submit("who")
                outcomes += self.session.poll(0.0)
            while self.session.pending():
                outcomes += self.session.poll(0.1)
            heard.update(outcome.result for outcome in outcomes)
        self.session.answers.clear()  # what is measured is still to come

    def _on_the_broker(self, variable):
        url = text.text_type(os.environ[variable])
        if self.parameters.get("durable", True):
            return url
        return url + ("&" if "?" in url else "?") + "durable=no"

    def _start_all(self):
        for number in range(self.parameters["concurrency"]):
            self.workers.append(self._start(number))

    def _start(self, number):
        kind = self.parameters["worker_kind"]
        limits = [
            (option, self.parameters[name])
            for name, option in (("worker_concurrency", "concurrency"), ("credit", "credit"))
            if name in self.parameters
        ]
        if self.scheme == "memory":
            return _Thread("memory:" + self.folder, kind, dict(limits))
        if self.scheme == "zmq+inproc":  # a name for each: one that was just given up may not be free yet
            name = "{}-{}".format(os.path.basename(self.folder), number)
            return _Thread("zmq+inproc:" + name, kind, dict(limits))
        url = {
            "zmq+ipc": "zmq+ipc:" + os.path.join(self.folder, "{}".format(number)),
            "zmq+tcp": "zmq+tcp:127.0.0.1:*",
            "amqp": "@" + WORKER,
        }[self.scheme]
        options = [part for option, value in limits for part in ("--" + option, "{}".format(value))]
        given = self.worker or {"command": [sys.executable], "variables": {}}
        variables = dict(given["variables"], **{remote_tasks.NUMBER: str(number), killable.FOLDER: str(self.folder)})
        if self.scheme == "amqp":
            variables[str(WORKER)] = str(self._on_the_broker(WORKER))
        return _Process(url, kind, options, given["command"], variables)

    def run(self, inputs):
        settings = self.task.settings
        arguments = [(argument, settings) for argument in inputs]
        outcomes = self.session.gather(self.task.name, arguments, self.parameters.get("in_flight", 1000))
        return [_answer(outcome) for outcome in outcomes]

    def submit(self, number, done):
        """Begin a task; it leaves, and its answer is heard, in ``wait``: a session belongs to one thread."""
        self._begun[self.session.submit(self.task.name, (number, self.task.settings))] = done

    def wait(self, seconds):
        for outcome in self.session.poll(max(0.0, seconds - AWAKE_S)):
            self._begun.pop(outcome.id)(lambda outcome=outcome: _result(outcome))

    def worker_answers(self):
        counts = sorted(self.session.answers.values(), reverse=True)
        return counts + [0] * (len(self.workers) - len(counts))

    def killable(self):
        return killable.Killable(self.session, self.task, self.folder, self.workers)

    def close(self):
        self.session.close()
        self._stop()

    def _stop(self):
        for each in self.workers:
            each.ask_to_stop()
        for each in self.workers:
            each.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _answer(outcome):
    """The result, or the Failure that took its place."""
    error = outcome.error
    if error is None:
        return outcome.result
    if error["code"] == "E_TASK":
        return failures.Failure(error["type"], error["message"])
    return failures.Failure(error["code"], "{code}: {message}".format(**error))


def _result(outcome):
    if outcome.error is not None:
        raise session.TaskFailed(outcome.error)
    return outcome.result


class _Process(object):
    """A worker as a child: ``interpreter`` is the command that starts its Python, ``variables`` what its environment
    has beyond ours. ``address`` is where it listens, without the scheme."""

    def __init__(self, url, kind, options, interpreter, variables):
        self._given = url, kind, options, interpreter, variables
        command = interpreter + [
            "-m",
            "transports.worker",
            url,
            "--kind",
            kind,
            "--tasks",
            "scenarios.workers.remote_tasks",
        ]
        environment = dict(os.environ, **variables)
        environment.pop(CLIENT, None)  # a worker has the rights of one
        self._process = subprocess.Popen(
            command + options, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        line = self._process.stdout.readline().decode("utf-8")
        if not line.startswith("ready: "):
            self._process.wait()
            raise RuntimeError("a worker did not start: {}".format(line.strip() or "see its complaint in the log"))
        self.address = line.split()[1].partition("://")[2]

    @property
    def pid(self):
        return self._process.pid

    def kill(self):
        """SIGKILL; returns at once."""
        self._process.kill()

    def again(self):
        """A worker in place of this one, which was killed: at the same address, where the client looks for it."""
        self.wait()
        return _Process(self._given[0].replace("127.0.0.1:*", self.address), *self._given[1:])

    def ask_to_stop(self):
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self):
        # 2.7 cannot wait with a time-out: a timer ends the worker that does not end itself.
        timer = threading.Timer(STOP_S, self._process.kill)
        timer.start()
        self._process.wait()
        timer.cancel()
        self._process.stdin.close()
        self._process.stdout.close()


class _Thread(object):
    """A worker as a thread of this process."""

    def __init__(self, url, kind, limits):
        self._worker = worker.Worker(url, kind, tasks="scenarios.workers.remote_tasks", **limits)
        self.address = url.partition(":")[2]
        self._thread = threading.Thread(target=self._worker.run)
        self._thread.start()

    def ask_to_stop(self):
        self._worker.stop()

    def wait(self):
        self._thread.join(STOP_S)
