# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_scenarios
"""Every scenario with every task that runs here gives right answers in order, and reports errors."""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from compat import clock, gil, text
from harness import generator, open_loop, probe
from scenarios import base, catalog
from scenarios.tasks import base as task_base
from scenarios.tasks import failures
from scenarios.workers import distributed
from tests.inside.request import REQUEST
from tests.inside.server import Server
from transports import catalog as wires

NUMBERS = [3, 1, 4, 15, 5, 9, 2, 6]  # all different, as in every batch
#: Importing one of these patches the whole interpreter, so PatchesAll starts a process for each.
PATCHES_ALL = ("gevent",)


CAPABILITIES = probe.facts()["capabilities"]


#: {word that a scenario or a task needs: the modules that it stands for}; any other word is a module's name.
MODULES = {
    "native": ["runoff_kernels"],
    "native_gil": ["_runoff_kernels"],
    "ctypes": ["ctypes", "runoff_library"],
    "cffi": ["cffi", "runoff_library"],
}


def lacking(row):
    """Return the words of ``row.needs`` that are missing here: capabilities of the probe, and modules."""
    return [word for word in row.needs if not is_here(word)]


def is_here(word):
    if word in dict(probe._CAPABILITIES):
        return word in CAPABILITIES
    return all(module["error"] is None for module in probe.import_each(MODULES.get(word, [word])).values())


def start_methods():
    try:
        import multiprocessing.synchronize
    except ImportError:
        return []
    return getattr(multiprocessing, "get_all_start_methods", lambda: ["fork"])()


def starts_processes(row, parameters):
    """Return whether each opening of the scenario starts processes, which takes long."""
    return "start_method" in parameters or row.name == "parallel-python"


#: The method for all tasks: fork where there is one, since starting an interpreter for each task is slow.
FIRST_METHOD = "fork" if "fork" in start_methods() else (start_methods() or [None])[0]


def transports():
    """Return the schemes that the distributed scenario can use here; none on Jython, which cannot wait for a pipe.

    amqp is among them where RUNOFF_TEST_AMQP names a broker (tests/faults/brokers/test_contract.py).
    """
    if not start_methods():
        return []
    schemes = [row.scheme for row in wires.WIRES if "broker" not in row.guarantees and not lacking(row)]
    urls = os.environ.get("RUNOFF_TEST_AMQP", "").split()
    if urls:
        os.environ[distributed.CLIENT_URL], os.environ[distributed.WORKER_URL] = [str(url) for url in urls]
        schemes.append("amqp")
    return schemes


def between_processes(scheme):
    """Return whether workers behind ``scheme`` are processes of their own."""
    return scheme is not None and "processes" in wires.by_scheme()[scheme].guarantees


class Scenarios(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.missing = {}  # {scenario or task: the words that it needs and that are missing here}
        cls.server = Server()
        cls.settings = {"rounds": 100, "server": cls.server.url, "payload_bytes": 5000, "length_ms": 1, "task_ms": 1}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        for name, words in sorted(cls.missing.items()):
            if words:
                print("not tried here: {}, without {}".format(name, ", ".join(words)), file=sys.stderr)

    def runnable(self, methods=None):
        """Generate (row, parameters) for every scenario that can be imported here, with each start method.

        methods: the start methods, where not all; what comes back does not depend on them.
        """
        for row in catalog.SCENARIOS:
            if row.name in PATCHES_ALL or self.misses(row):
                continue
            importlib.import_module("scenarios." + row.factory.rpartition(".")[0])
            sizes = {"concurrency": 2, "workers": 2, "period_ms": 1, "switch_ms": 0}
            parameters = {name: size for name, size in sizes.items() if name in row.parameters}
            if "transport" in row.parameters:
                for transport in transports():
                    yield row, dict(parameters, transport=transport, worker_kind="thread")
                continue
            if "start_method" not in row.parameters:
                yield row, parameters
                continue
            for method in start_methods() if methods is None else methods:
                yield row, dict(parameters, start_method=method)

    def misses(self, row):
        """Return the words that ``row`` needs and that are missing here, and remember that it was not tried."""
        if row.name not in self.missing:
            self.missing[row.name] = lacking(row)
        return self.missing[row.name]

    def answers(self, row, parameters, task, numbers, times=2):
        scenario = base.make(row.name, task, parameters)
        scenario.open()
        try:
            return [scenario.run(numbers) for _ in range(times)]
        finally:
            scenario.close()

    def test_every_task_gives_its_numbers_back_in_order_and_again(self):
        ran = []
        for row, parameters in self.runnable():
            first = parameters.get("start_method") in (None, FIRST_METHOD)
            # A process for each task is slow, and slowest where it starts an interpreter.
            numbers = NUMBERS[: 3 if first else 2] if starts_processes(row, parameters) else NUMBERS
            first = first and parameters.get("transport", "memory") == "memory"
            # With a process for each task, try the tasks that differ in what travels.
            some = (
                ["io", "payload", "python"]
                if starts_processes(row, parameters)
                else sorted(catalog.by_name(catalog.TASKS))
            )
            for name in some if first else ["python"]:
                if name == catalog.OWN_FUNCTION:
                    continue  # tests/inside/test_own_function.py
                if self.misses(catalog.by_name(catalog.TASKS)[name]):
                    continue
                task_base.make(name, self.settings).prepare()
                task = task_base.make(name, self.settings)
                if (row.name, name) in catalog.REFUSED:
                    with self.assertRaises(Exception):
                        self.answers(row, parameters, task, numbers)
                    continue
                got = self.answers(row, parameters, task, task.inputs(numbers))
                expected = task.expected(numbers)
                self.assertEqual(got, [expected, expected], "{} {} {}".format(row.name, parameters, name))
                ran.append((row.name, name))
        self.assertIn(("serial", "noop"), ran)
        self.assertIn(("threads", "python"), ran)
        self.assertIn(("thread-pool", "io"), ran)

    def test_a_task_that_raises_is_reported(self):
        for row, parameters in self.runnable([FIRST_METHOD]):
            if (row.name, "python") in catalog.REFUSED:
                continue
            numbers = NUMBERS[: 1 if starts_processes(row, parameters) else 2]
            for answer in self.answers(row, parameters, task_base.make("python", {}), numbers)[1]:
                self.assertIsInstance(answer, failures.Failure, row.name)
                self.assertEqual(answer.text.replace("u'", "'"), "KeyError: 'rounds'", row.name)

    @unittest.skipIf(gil.enabled(), "a GIL is on")
    def test_without_a_gil_no_process_of_a_scenario_has_one(self):
        for row, parameters in self.runnable():
            if (row.name, "contended-dict") in catalog.REFUSED:
                continue
            scenario = base.make(row.name, task_base.make("contended-dict", {"rounds": 100}), parameters)
            scenario.open()
            try:
                self.assertEqual(scenario.run(NUMBERS[:2]), NUMBERS[:2], row.name)
                others = scenario.others()
            finally:
                scenario.close()
            apart = "start_method" in parameters or between_processes(parameters.get("transport"))
            self.assertTrue(others or not apart, row.name)
            self.assertEqual(
                [(each["gil"], each["gil_enabled_by"]) for _, each in others], [(False, None)] * len(others)
            )
        self.assertEqual((gil.enabled(), gil.enabled_by()), (False, None))

    def test_a_wrong_answer_is_given_back_as_it_is(self):
        """The harness judges answers; a scenario must not repair or hide them."""
        liar = Server(lie=lambda number: "7")
        try:
            for row, parameters in self.runnable([FIRST_METHOD]):
                if (row.name, "io") in catalog.REFUSED:
                    continue
                times = 1 if starts_processes(row, parameters) else 2
                got = self.answers(row, parameters, task_base.make("io", {"server": liar.url}), [1, 2], times)
                self.assertEqual(got, [[7, 7]] * times, row.name)
        finally:
            liar.stop()

    def test_waiting_tasks_overlap_where_the_scenario_says_so(self):
        """16 waits of 0.25 s take 4 s one after another, and far less at once."""
        for row, parameters in self.runnable():
            if row.name == "serial" or starts_processes(row, parameters) or (row.name, "io") in catalog.REFUSED:
                continue
            if parameters.get("transport", "memory") != "memory":
                continue  # 16 processes would test no more than 16 threads
            if "concurrency" in parameters:
                parameters["concurrency"] = 16
            task = task_base.make("io", {"server": self.server.url.replace("/5", "/250")})
            scenario = base.make(row.name, task, parameters)
            scenario.open()
            try:
                scenario.run(list(range(16)))
                begun = clock.now_ns()
                scenario.run(list(range(16)))
                self.assertLess((clock.now_ns() - begun) / 1e9, 3, row.name)
            finally:
                scenario.close()

    def test_over_every_transport_what_is_limited_large_empty_or_driven_comes_back_right(self):
        """The cases share one opening, since it starts a process over most transports."""
        ways = [(transport, {}) for transport in transports()]
        ways += [(transport, {"durable": False}) for transport in transports() if transport == "amqp"]
        for transport, more in ways:
            parameters = {"transport": transport, "concurrency": 1, "worker_kind": "thread"}
            parameters.update({"worker_concurrency": 3, "in_flight": 7, "credit": 2}, **more)
            scenario = base.make("distributed", task_base.make("noop", {}), parameters)
            scenario.open()
            try:
                numbers = list(range(40))
                self.assertEqual(scenario.run(numbers), numbers, transport)
                own = generator.OwnThread(sleep=scenario.wait)
                found = open_loop.drive(scenario.submit, 100, 200, 0.5, 1, clock.now_ns, own, scenario.wait)
                self.assertEqual(len(found["latencies_ns"]), found["sent"], transport)
                self.assertGreater(min(found["latencies_ns"]), 0, transport)
                for size in (0, 1048576):  # the largest of the curve
                    scenario.task = task_base.make("payload", {"payload_bytes": size})
                    expected = scenario.task.expected([1, 2])
                    self.assertEqual(scenario.run(scenario.task.inputs([1, 2])), expected, transport)
            finally:
                scenario.close()

    def test_workers_can_be_another_interpreters(self):
        """The worker's command and variables are used: it starts only where its variable is set."""
        command = [sys.executable, "-c", BESIDE]
        for transport in transports():
            if not between_processes(transport):
                continue
            parameters = {"transport": transport, "concurrency": 2, "worker_kind": "thread"}
            worker = {"command": command, "variables": {"RUNOFF_BESIDE": "yes"}}
            scenario = base.make("distributed", task_base.make("noop", {}), parameters, worker)
            scenario.open()
            try:
                self.assertEqual(scenario.run([5, 6]), [5, 6])
            finally:
                scenario.close()
            with self.assertRaises(RuntimeError):
                base.make("distributed", task_base.make("noop", {}), parameters, dict(worker, variables={})).open()


#: A worker that starts only where RUNOFF_BESIDE is set; its arguments are those of an interpreter (-m ...).
BESIDE = """
import os, runpy, sys
if os.environ.get("RUNOFF_BESIDE"):
    sys.argv = sys.argv[2:]
    sys.path.insert(0, os.getcwd())
    runpy.run_module("transports.worker", run_name="__main__")
"""


class PatchesAll(unittest.TestCase):
    """Scenarios that patch the whole interpreter, each in its own process, as the driver starts it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = Server()
        self.addCleanup(self.server.stop)

    def reply(self, **changes):
        request = os.path.join(self.folder, "request.json")
        answer = os.path.join(self.folder, "reply.json")
        text.write_json(request, dict(REQUEST, **changes))
        subprocess.check_call([sys.executable, "-m", "harness", request, answer])
        return text.read_json(answer)

    def test_tasks_give_their_numbers_back(self):
        for scenario in PATCHES_ALL:
            for task, settings in [
                ("noop", {}),
                ("python", {"rounds": 10}),
                ("io", {"server": self.server.url}),
                ("mixed", {"server": self.server.url, "rounds": 10}),
            ]:
                reply = self.reply(scenario=scenario, task=task, settings=settings, parameters={"concurrency": 4})
                if "No module named" in (reply["reason"] or ""):
                    self.skipTest(reply["reason"])
                self.assertEqual((reply["status"], reply["reason"], reply["checked"]), ("ok", None, 12))

    def test_waits_overlap(self):
        """An iteration of 16 waits of 0.25 s would take 4 s one after another."""
        for scenario in PATCHES_ALL:
            reply = self.reply(
                scenario=scenario,
                task="io",
                batch=16,
                settings={"server": self.server.url.replace("/5", "/250")},
                parameters={"concurrency": 16},
            )
            if "No module named" in (reply["reason"] or ""):
                self.skipTest(reply["reason"])
            self.assertLess(min(reply["iterations_ns"]) / 1e9, 3)


if __name__ == "__main__":
    unittest.main()
