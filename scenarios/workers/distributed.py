# Run by the interpreter under test (Python 2.7 upward).
"""Workers behind a transport.

Over ZeroMQ and RabbitMQ they are separate processes; over memory and zmq+inproc they are threads of this process.
``open`` starts the workers and waits for them; ``close`` ends them. A task travels as its name, its input and its
settings.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import shutil
import tempfile

from compat import clock, text, this_interpreter
from scenarios.base import Scenario
from scenarios.tasks import failures
from scenarios.workers import killable, remote_tasks, worker_process
from transports import session

START_S = 30.0
#: Schemes of transports whose workers are threads of this process.
IN_PROCESS = ("memory", "zmq+inproc")
#: Environment variables with the broker's URL for the client's and for the workers' user. The URLs hold passwords, so
#: they are in no file and no argument.
CLIENT_URL, WORKER_URL = "RUNOFF_AMQP_CLIENT", "RUNOFF_AMQP_WORKER"
#: How often all workers are asked who they are, at most: which of them takes a task is not the client's to say.
ROUNDS = 5
#: The client polls without sleeping for this long before a task is due. A wire waits for whole milliseconds, rounded up
#: (1 ms), and a sleeper wakes up late (0.3 ms).
BUSY_POLL_S = 0.0013


class Distributed(Scenario):
    _killable = None

    def open(self):
        # The workers prepare the task; this process does not run it.
        self.folder = tempfile.mkdtemp(prefix="runoff-")
        self.workers = []
        self.scheme = self.parameters["transport"]
        self._callbacks = {}  # {task id: callback of submit()}
        try:
            if self.scheme == "amqp":
                self._open_on_a_queue()
            else:
                self._start_all()
                addresses = [self.folder] if self.scheme == "memory" else [worker.address for worker in self.workers]
                self._connect(self.scheme + ":" + ",".join(addresses))
                self.session.wait_for_workers(len(self.workers), START_S)
        except BaseException:
            self._stop()
            raise

    def _connect(self, url):
        self.session = session.connect(url).open()

    def _open_on_a_queue(self):
        """Open the client first, since it declares the queue; then start the workers and wait until each has answered.

        A broker does not report who consumes a queue, so the client sends tasks until every worker has named itself.
        """
        for name in (CLIENT_URL, WORKER_URL):
            if name not in os.environ:
                raise EnvironmentError(
                    "{} is not set; set it to amqp://USER:PASSWORD@HOST:5672/VHOST?queue=NAME".format(name)
                )
        self._connect(self._broker_url(CLIENT_URL))
        self.session.wait_for_workers(1, START_S)
        self._start_all()
        answered = set()
        deadline = clock.now_ns() + int(START_S * 1e9)
        while len(answered) < len(self.workers):
            if clock.now_ns() > deadline:
                raise EnvironmentError(
                    "{} of {} workers answered within {:.0f} s".format(len(answered), len(self.workers), START_S)
                )
            outcomes = self._submit_for_each_worker("who", deadline_s=max(0.1, (deadline - clock.now_ns()) / 1e9))
            answered.update(outcome.result for outcome in outcomes if outcome.error is None)
        self.session.answers.clear()  # worker_answers() counts the measured tasks alone

    def _submit_for_each_worker(self, name, **more):
        """Submit the task ``name`` as often as there are workers; return the outcomes once nothing is pending."""
        asked, outcomes = set(), []
        for _ in self.workers:  # poll after each, so that each travels in its own frame: the broker takes turns
            asked.add(self.session.submit(name, **more))
            outcomes += self.session.poll(0.0)
        while self.session.pending():
            outcomes += self.session.poll(0.1)
        return [outcome for outcome in outcomes if outcome.id in asked]

    def _broker_url(self, variable):
        url = text.text_type(os.environ[variable])
        if self.parameters.get("durable", True):
            return url
        return url + ("&" if "?" in url else "?") + "durable=no"

    def _start_all(self):
        for number in range(self.parameters["concurrency"]):
            self.workers.append(self._start(number))
        for worker in self.workers:
            worker.wait_until_ready()

    def _start(self, number):
        """Start the worker ``number``: a thread of this process, or a process."""
        kind = self.parameters["worker_kind"]
        limits = [
            (option, self.parameters[name])
            for name, option in (("worker_concurrency", "concurrency"), ("credit", "credit"))
            if name in self.parameters
        ]
        if self.scheme == "memory":
            return worker_process.WorkerThread("memory:" + self.folder, kind, dict(limits))
        if self.scheme == "zmq+inproc":  # a new name each time: one just released may not be free yet
            name = "{}-{}".format(os.path.basename(self.folder), number)
            return worker_process.WorkerThread("zmq+inproc:" + name, kind, dict(limits))
        url = {
            "zmq+ipc": "zmq+ipc:" + os.path.join(self.folder, "{}".format(number)),
            "zmq+tcp": "zmq+tcp:127.0.0.1:*",
            "amqp": "@" + WORKER_URL,
        }[self.scheme]
        options = [part for option, value in limits for part in ("--" + option, "{}".format(value))]
        interpreter = self.worker or {"command": this_interpreter.command(), "variables": {}}
        environment = self._worker_environment(interpreter, number)
        return worker_process.WorkerProcess(url, kind, options, interpreter["command"], environment)

    def _worker_environment(self, interpreter, number):
        """Return the environment variables of the worker ``number``, a process of ``interpreter``."""
        environment = dict(os.environ)
        # Without the variables that started this process, where the workers are of another interpreter.
        for name in interpreter.get("not_theirs", ()):
            environment.pop(name, None)
        environment.update(interpreter["variables"])
        environment.update({remote_tasks.NUMBER: str(number), killable.FOLDER: str(self.folder)})
        if "workload" in self.task.settings:
            environment[remote_tasks.WORKLOAD] = str(self.task.settings["workload"])
            # A worker changes into the function's folder, and may start a child there.
            paths = [os.getcwd()] + environment.get("PYTHONPATH", "").split(os.pathsep)
            environment["PYTHONPATH"] = str(os.pathsep.join(path for path in paths if path))
        environment.pop(CLIENT_URL, None)  # a worker has the rights of the workers' user alone
        if self.scheme == "amqp":
            environment[str(WORKER_URL)] = str(self._broker_url(WORKER_URL))
        return environment

    def run(self, inputs):
        settings = self.task.settings
        arguments = [(argument, settings) for argument in inputs]
        outcomes = self.session.gather(self.task.name, arguments, self.parameters.get("in_flight", 1000))
        return [_result_or_failure(outcome) for outcome in outcomes]

    def submit(self, number, done):
        """Queue a task; ``wait`` sends it and receives its answer, since a session belongs to one thread."""
        self._callbacks[self.session.submit(self.task.name, (number, self.task.settings))] = done

    def wait(self, seconds):
        """Send and receive for up to ``seconds``, and call the callbacks of the tasks that have ended."""
        for outcome in self.session.poll(max(0.0, seconds - BUSY_POLL_S)):
            self._callbacks.pop(outcome.id)(lambda outcome=outcome: _result(outcome))

    def worker_answers(self):
        counts = sorted(self.session.answers.values(), reverse=True)
        return counts + [0] * (len(self.workers) - len(counts))

    def others(self):
        if self.scheme in IN_PROCESS:
            return []
        found = {}
        for _ in range(ROUNDS):
            found.update(_result(outcome) for outcome in self._submit_for_each_worker("identity"))
            if len(found) >= len(self.workers):
                break
        return list(found.items())

    def killable(self):
        """Return the workers as processes that harness.kill_workers can kill and restart."""
        self._killable = killable.Killable(self.session, self.task, self.folder, self.workers)
        return self._killable

    def close(self):
        if self._killable is not None:
            self._killable.close()
        self.session.close()
        self._stop()

    def _stop(self):
        for worker in self.workers:
            worker.ask_to_stop()
        for worker in self.workers:
            worker.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _result_or_failure(outcome):
    """Return the result, or a Failure in its place."""
    error = outcome.error
    if error is None:
        return outcome.result
    if error["code"] == "E_TASK":
        return failures.Failure(error.get("type") or error["code"], error["message"])
    return failures.Failure(error["code"], "{code}: {message}".format(**error))


def _result(outcome):
    """Return the result, or raise TaskFailed."""
    if outcome.error is not None:
        raise session.TaskFailed(outcome.error)
    return outcome.result
