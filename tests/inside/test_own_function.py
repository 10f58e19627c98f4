# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_own_function
"""A person's own function under this interpreter: through the gate, timed, and as a task in every kind of scenario."""

from __future__ import absolute_import, division, print_function, unicode_literals

import gc
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from compat import text
from harness import probe
from scenarios import base, catalog
from scenarios.own_function import loader
from scenarios.own_function.adapters import command_line
from scenarios.tasks import base as task_base
from scenarios.tasks import failures

try:
    import resource
except ImportError:  # Windows and Jython
    resource = None

SOURCE = """
import atexit, os, random, sys, threading, time, uuid
import tables_of_mine
SETUPS = []

def add(pair): return {"sum": pair["a"] + pair["b"]}
def no_arguments(): return "none"
def spread(a, b): return a - b
def noisy(value):
    print("x" * 100000)
    return value
def leaves(value): sys.exit(3)
def dies(value): os._exit(9)
def fails(value): return helper(value)
def helper(value): return value["no such key"]
def beside(value):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "data.txt")) as stream:
        return stream.read()
def in_its_folder(value):
    with open("data.txt") as stream:
        return stream.read()
def a_set(value): return {"set": set(value)}
def under_a_random_key(value): return {uuid.uuid4().hex: {"value": value}}
LOOKED_UP = {}
def looks_up(value):
    if value not in LOOKED_UP:
        LOOKED_UP[value] = [value]
    time.sleep(0.001)
    return LOOKED_UP[value]
def refers_to_itself(value):
    value.append({"a": value})
    return value
def nested(levels):
    value = levels
    for _ in range(levels):
        value = [value]
    return value
def random_bits(value): return random.getrandbits(value)
def summed(value): return {"sum": [0.1 + 0.2, value]}
def takes_away(value): return value.pop("a")
def leaves_a_thread(value):
    thread = threading.Thread(target=time.sleep, args=(600,))
    thread.start()
    return value
def never_ends(value):
    if not SETUPS:
        SETUPS.append(1)
        threading.Thread(target=time.sleep, args=(120,)).start()
        atexit.register(time.sleep, 120)
    return value
class SetUpOnce(object):
    def __init__(self):
        SETUPS.append(1)
        self.factor = 3
    def __call__(self, value): return [value * self.factor, len(SETUPS)]
at = [0]
def wrong_under_threads(value):
    at[0] = value
    time.sleep(0.001)
    return at[0]
def of_mine(value): return tables_of_mine.NAME
ANSWERS = {}
def keeps(value):
    sys.settrace(lambda *_: None)
    if value not in ANSWERS:
        time.sleep(0.1)
        ANSWERS[value] = value
    return ANSWERS[value]
class SetUpAndKeeps(object):
    answers = []
    def __init__(self): self.cached = {}
    def __call__(self, value):
        known = value in self.cached, value in self.answers
        self.cached[value] = 1
        self.answers.append(value)
        return known
"""
PROGRAM = """
import json, sys
asked = sys.argv[1] if len(sys.argv) > 1 else sys.stdin.read()
if asked == "gil":
    sys.stderr.write("x.py:1: RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'x'")
if asked == "bad":
    sys.exit("no such order")
print(json.dumps({"twice": json.loads(asked) * 2}) if asked.isdigit() else asked.upper())
"""
LATE = """
def at_a_call(value):
    from compat import NAME
    import harness, scenarios, transports
    return [NAME, harness.NAME, scenarios.NAME, transports.NAME]
class AtSetUp(object):
    def __init__(self):
        from compat import NAME
        self.name = NAME
    def __call__(self, value): return self.name
"""
#: A handler can be set on the main thread alone.
LISTENS = """
import signal, threading
signal.signal(signal.SIGALRM, lambda *_: None)
NAME = threading.current_thread().name
def main_thread(value): return NAME
"""
#: As a daemon does; its descriptors are closed, so that nobody waits for them.
LEAVES_AN_ORPHAN = """
import os
def fork_twice(begin):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    elif os.fork():
        os._exit(0)
    else:
        begin()
begun = []
def daemon():
    os.setsid()
    with open("pids", "a") as stream:
        stream.write("%d " % os.getpid())
    os.closerange(0, 100)
    os.execve("/bin/sleep", ["sleep", "600"], {})
def leaves(value):
    if not begun:
        begun.append(1)
        fork_twice(daemon)
    return value
def ends(value):
    reading, writing = os.pipe()
    fork_twice(lambda: os._exit(0))
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return value
"""
SETTINGS = """
import os, signal
try:
    import resource
except ImportError:
    resource = None
os.umask(os.umask(0) ^ 1)
if hasattr(signal, "getitimer"):
    signal.alarm(1000)
if resource:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (199 if soft == 200 else 200, hard))
os.close(0)
def own(value): return value
"""
REGISTERS = """
import logging
if hasattr(logging, "of_mine"):
    raise ValueError("Duplicated timeseries")
logging.of_mine = True
def own(value): return value
"""
AWAITED = """
import asyncio
async def later(value):
    await asyncio.sleep(0.001)
    return value + 1
"""
CAPABILITIES = probe.facts()["capabilities"]
FEW_S = 0.05  # for which threads repeat the inputs where the test is not about them
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Own(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("own.py", SOURCE)
        self.write("tables_of_mine.py", "NAME = 'mine'")
        self.write("data.txt", "data")
        self.reply_path = os.path.join(self.folder, "reply.json")

    def write(self, name, content):
        with io.open(os.path.join(self.folder, name), "w", encoding="utf-8") as stream:
            stream.write(content)

    def late(self):
        """Write a module that imports late what is named like our packages."""
        for name in ("compat", "harness", "scenarios", "transports"):
            self.write(name + ".py", "NAME = 'mine'\n")
        self.write("late.py", LATE)

    def target(self, name, module="own", **more):
        path = os.path.join(self.folder, module + ".py")
        return dict({"folder": self.folder, "module": module, "name": name, "file": path}, **more)


class Gate(Own):
    def ask(self, script, name, inputs, module="own", **more):
        request = os.path.join(self.folder, "request.json")
        target = self.target(name, module, **more.pop("target", {}))
        values = {"target": target, "inputs": inputs, "modules": [], "same_answers": True, "answers_only": False}
        text.write_json(request, dict(dict(values, threads_for_s=FEW_S), **more))
        with open(os.devnull, "wb") as nothing:
            command = [sys.executable, os.path.join(ROOT, "harness", "own_function", script), request, self.reply_path]
            # Its processes end without their exit handlers, which would remove their temporary folders.
            variables = dict(os.environ, TMPDIR=self.folder)
            return subprocess.call(command, stdout=nothing, stderr=nothing, cwd=self.folder, env=variables)

    def checks(self, name, inputs, **options):
        self.assertEqual(self.ask("gate.py", name, inputs, **options), 0)
        reply = text.read_json(self.reply_path)
        return dict((row["check"], row) for row in reply["checks"]), reply

    def answers(self, name, inputs, **options):
        rows, reply = self.checks(name, inputs, **options)
        self.assertEqual([row for row in rows.values() if not row["ok"]], [])
        return reply["answers"]

    def test_answers_every_input(self):
        rows, reply = self.checks("add", [[{"a": 1, "b": 2}], [{"a": 3, "b": 4}]], threads_for_s=0.5)
        self.assertEqual(reply["answers"], [{"sum": 3}, {"sum": 7}])
        self.assertEqual([row for row in rows.values() if not row["ok"]], [])
        self.assertEqual("subinterpreter" in rows, "subinterpreters" in CAPABILITIES)
        self.assertEqual(rows["jit"]["reason"] == "on", bool(probe.facts()["jit"]))
        self.assertEqual(self.answers("no_arguments", [[]]), ["none"])
        self.assertEqual(self.answers("spread", [[5, 2], {"b": 1, "a": 9}]), [3, 8])
        self.assertEqual(self.answers("beside", [[1]]), ["data"])
        self.assertEqual(self.answers("of_mine", [[1]]), ["mine"])

    def test_names_a_set_and_what_cannot_travel_as_json(self):
        _, reply = self.checks("a_set", [[[2, 1]]])
        self.assertEqual((reply["answers"], reply["json"]), ([{"set": {"$set": [1, 2]}}], False))

    def test_gives_each_call_its_own_input_where_the_function_changes_it(self):
        rows, reply = self.checks("takes_away", [[{"a": 7}]])
        self.assertEqual([name for name, row in rows.items() if not row["ok"]], [])
        self.assertTrue(reply["changes_input"])

    def test_may_be_named_like_a_module_of_the_standard_library_or_of_ours(self):
        for name in ("json", "harness", "scenarios", "gate"):
            self.write(name + ".py", "def own(value):\n    return [value, 'mine']\n")
            self.assertEqual(self.answers("own", [[1]], module=name), [[1, "mine"]])

    def test_a_module_beside_it_may_be_named_like_the_standard_librarys(self):
        self.write("json.py", "raise RuntimeError('not the right json')\n")
        self.assertEqual(self.answers("add", [[{"a": 1, "b": 2}]]), [{"sum": 3}])

    def test_a_module_beside_it_may_be_named_like_ours_and_imported_when_it_is_set_up_or_called(self):
        self.late()
        self.assertEqual(self.answers("at_a_call", [[1]], module="late"), [["mine"] * 4])
        self.assertEqual(self.answers("AtSetUp", [[1]], module="late"), ["mine"])

    def test_a_file_that_registers_itself_is_run_once_by_a_process_and_those_forked_from_it(self):
        self.write("registers.py", REGISTERS)
        self.assertEqual(self.answers("own", [[1]], module="registers"), [1])

    def test_reports_an_exception_with_the_persons_own_traceback(self):
        row = self.checks("fails", [[{}]])[0]["answers"]
        self.assertIn("KeyError: 'no such key'", row["reason"])
        self.assertNotIn("\n", row["reason"])
        self.assertIn("in helper", row["traceback"])
        self.assertNotIn("own_function", row["traceback"])

    def test_an_answer_that_refers_to_itself_is_told_from_one_that_is_deep(self):
        row = self.checks("refers_to_itself", [[[1]]])[0]["answers"]
        words = (
            "input 1: ValueError: the answer refers to itself, or is more than 100 levels deep; return a flatter one"
        )
        self.assertEqual((row["reason"], row["traceback"]), (words, ""))
        self.assertEqual(self.checks("nested", [[101]])[0]["answers"]["reason"], words)
        (answer,) = self.answers("nested", [[100]])
        for _ in range(100):
            answer = answer[0]
        self.assertEqual(answer, 100)

    def test_reports_what_ends_the_process_and_what_is_left_behind(self):
        self.assertEqual(self.checks("leaves", [[1]])[0]["answers"]["reason"], "SystemExit: 3")
        self.assertEqual(self.ask("gate.py", "dies", [[1]]), 9)
        self.assertEqual(text.read_json(self.reply_path)["now"], "answers")
        self.assertIn("thread", self.checks("leaves_a_thread", [[1]])[0]["leaves nothing"]["reason"])

    @unittest.skipUnless(sys.platform.startswith("linux"), "orphans are seen on Linux alone")
    def test_an_orphan_that_left_its_session_is_seen_and_ended_and_one_that_ended_is_no_fault(self):
        self.write("orphans.py", LEAVES_AN_ORPHAN)
        row = self.checks("leaves", [[1]], module="orphans")[0]["leaves nothing"]
        with io.open(os.path.join(self.folder, "pids"), encoding="utf-8") as stream:
            pids = stream.read().split()
        self.assertIn("child ", row["reason"] or "")
        self.assertTrue(pids)
        self.assertEqual([pid for pid in pids if os.path.exists("/proc/" + pid)], [])
        self.assertEqual(self.answers("ends", [[1], [2]], module="orphans"), [1, 2])

    def test_names_the_settings_of_the_process_that_are_changed(self):
        self.write("settings.py", SETTINGS)
        reason = self.checks("own", [[1]], module="settings")[0]["leaves nothing"]["reason"]
        changed, step = reason.rpartition("; ")[::2]
        self.assertEqual(step, "let it end, close or put back what it leaves")
        expected = {"umask"}
        if hasattr(os, "dup2"):  # Jython's descriptors are Java's streams, and these stay open
            expected.add("descriptor of stdin")
        if hasattr(signal, "getitimer"):
            expected.add("timer ITIMER_REAL")
        if resource:
            expected.add("limit RLIMIT_NOFILE")
        self.assertEqual(set(changed.split("; ")), set("changes the " + name for name in expected))

    def test_a_library_that_stays_open_is_not_left_behind_and_another_file_is(self):
        for name, left in (("libmine.so.8.5.0", False), ("mine.txt", os.path.isdir("/proc/self/fd"))):
            self.write(name, "")
            self.write(
                "keeps.py",
                "kept = []\ndef keep(name):\n    if not kept:\n        kept.append(open(name))\n    return name\n",
            )
            row = self.checks("keep", [[os.path.join(self.folder, name)]], module="keeps")[0]["leaves nothing"]
            self.assertEqual(row["ok"], not left, row["reason"])

    def test_notices_what_is_wrong_only_under_threads(self):
        row = self.checks("wrong_under_threads", [[1], [2]], threads_for_s=0.5)[0]["threads"]
        self.assertEqual(row["reason"].partition(": ")[2], "another answer than at its first call")

    def test_what_is_emptied_before_each_call_is_not_asked_from_several_threads(self):
        rows, _ = self.checks("looks_up", [[1], [2]], target={"fresh": True}, threads_for_s=0.5)
        self.assertEqual([row for row in rows.values() if not row["ok"]], [])
        self.assertIn("--fresh", rows["threads"]["reason"])

    def test_notices_kept_answers_and_a_trace_function(self):
        rows, reply = self.checks("keeps", [[1], [2], [3]])
        self.assertIn("--fresh clears them", reply["cached"])
        has_jit = bool(probe.facts()["jit"])
        self.assertEqual((rows["jit"]["ok"], rows["jit"]["reason"] == "on"), (not has_jit, False), rows["jit"])

    def test_names_what_is_there_instead_of_a_missing_function(self):
        reason = self.checks("ad", [[1]])[0]["function"]["reason"]
        self.assertTrue(reason.startswith("own.py has no ad; it has SetUpAndKeeps, SetUpOnce, a_set, add, "), reason)

    def test_times_calls_one_after_another_and_from_threads(self):
        more = {"changes_input": False, "threads": True}
        self.assertEqual(self.ask("call_times.py", "wrong_under_threads", [[1], [2]], **more), 0)
        reply = text.read_json(self.reply_path)
        per_call = [each["wall_ns"] / each["calls"] for each in reply["stretches"]]
        self.assertGreater(min(per_call), 1e6)
        self.assertGreater(reply["threads"], 2)


class Loaded(Own):
    def setUp(self):
        Own.setUp(self)
        before = sys.path[:]
        self.addCleanup(lambda: sys.path.__setitem__(slice(None), before))
        if hasattr(gc, "freeze"):
            self.addCleanup(gc.unfreeze)

    @unittest.skipUnless(hasattr(gc, "freeze"), "no gc.freeze")
    def test_leaves_what_was_imported_before_out_of_collections(self):
        """A collection visits what the function makes, and not the objects of thirty modules of ours."""
        visited = len(gc.get_objects())
        loader.load(self.target("add"))
        self.assertGreater(gc.get_freeze_count(), 0)
        self.assertLess(len(gc.get_objects()), visited / 2)

    def test_a_file_with_a_dot_in_its_name_is_loaded_by_another_one(self):
        self.write("orders.v2.py", "def handle(n):\n    return [n, __name__]\n")
        path = os.path.join(self.folder, "orders.v2.py")
        function = loader.load(self.target("handle", "orders_v2", file=path))
        self.assertEqual(function(1), [1, "orders_v2"])
        with self.assertRaises(loader.NoFunction) as caught:
            loader.load(self.target("cancel", "orders_v2", file=path))
        self.assertEqual("{}".format(caught.exception), "orders.v2.py has no cancel; it has handle")

    def test_what_was_kept_is_forgotten_before_each_call(self):
        for fresh in (False, True):
            function = loader.load(self.target("SetUpAndKeeps", fresh=fresh))
            self.assertEqual([function(1), function(1)], [(False, False), (not fresh, not fresh)])
            sys.modules.pop("own")
            sys.path.pop(0)

    def test_a_program_gets_its_input_as_an_argument_or_from_stdin(self):
        self.write("program.py", PROGRAM)
        for words in (["program.py", "{input}"], ["python", "program.py"]):
            function = loader.load(self.target(None, adapter="command", arguments=words))
            self.assertEqual([function("3"), function("a b"), function.gil_by], [{"twice": 6}, "A B", None])
            self.assertEqual(function("gil"), "GIL")
            self.assertIn("enabled to load module 'x'", function.gil_by)
            with self.assertRaises(command_line.CommandFailed) as caught:
                function("bad")
            self.assertIn("exit code 1; its last output: no such order", "{}".format(caught.exception))
        self.write("long.py", "print('7' * 5000)\n")  # newer Pythons read no integer of so many digits
        self.assertEqual(loader.load(self.target(None, adapter="command", arguments=["long.py"]))(1), "7" * 5000)
        self.write("prints.py", "import sys\nprint('sold out')\nsys.exit(2)\n")
        with self.assertRaises(command_line.CommandFailed) as caught:
            loader.load(self.target(None, adapter="command", arguments=["prints.py"]))("1")
        self.assertIn("exit code 2; its last output: sold out", "{}".format(caught.exception))
        with self.assertRaises(loader.NoFunction) as caught:
            loader.load(self.target(None, adapter="command", arguments=["sort"]))
        self.assertIn("sort would not run under this interpreter", "{}".format(caught.exception))


class AsATask(Own):
    def task(self, name, inputs, recorded, module="own", **marks):
        path = os.path.join(self.folder, "workload.json")
        content = {"target": self.target(name, module), "inputs": inputs, "answers": recorded}
        content.update({"varies": False, "awaited": False, "changes_input": False}, **marks)
        text.write_json(path, content)
        return task_base.make(catalog.OWN_FUNCTION, {"workload": path})

    def run_in_child(self, name, inputs, recorded, scenario, module="own", batch=5, **more):
        """Run two batches in a process of its own, since a task changes the folder and stdout of its process."""
        parameters, marks = more.get("parameters", {}), more.get("marks", {})
        task = self.task(name, inputs, recorded, module, **marks)
        request = os.path.join(self.folder, "request.json")
        measured = {
            "first_number": 0,
            "batch": batch,
            "min_iterations": 3,
            "max_iterations": 3,
            "max_ns": 0,
            "min_ns": 0,
            "soak_ns": 0,
        }
        asked = {"task": task.name, "settings": task.settings, "scenario": scenario, "parameters": parameters}
        text.write_json(request, dict(measured, first_number=0, batch=batch, seed=1, **asked))
        with open(os.devnull, "wb") as nothing:
            command = [sys.executable, "-m", "harness", request, self.reply_path]
            # It leaves without its exit handlers, which would remove its temporary folders.
            variables = dict(os.environ, TMPDIR=self.folder)
            subprocess.call(command, stdout=nothing, stderr=nothing, cwd=ROOT, env=variables)
        return text.read_json(self.reply_path)

    def right(self, *arguments, **more):
        reply = self.run_in_child(*arguments, **more)
        self.assertEqual((reply["status"], reply["reason"], reply["checked"]), ("ok", None, 15))

    def ways(self):
        """Generate (scenario, parameters) that run plain functions here."""
        yield "serial", {}
        if "threads" in CAPABILITIES:
            yield "thread-pool", {"concurrency": 2}
        if "multiprocessing" in CAPABILITIES:
            for method in probe.facts()["start_methods"]:
                yield "process-pool", {"concurrency": 2, "start_method": method}
        if "subinterpreters" in CAPABILITIES:
            yield "interpreter-pool", {"concurrency": 2}

    def test_inputs_are_cycled_and_answers_checked_in_every_way(self):
        inputs, recorded = [[{"a": 1, "b": 2}], [{"a": 3, "b": 4}]], [{"sum": 3}, {"sum": 7}]
        for scenario, parameters in self.ways():
            self.right("add", inputs, recorded, scenario, parameters=parameters)

    def test_processes_import_the_standard_library_before_what_is_named_like_it_beside_the_function(self):
        self.write("pickle.py", "raise RuntimeError('not the right pickle')\n")
        for scenario, parameters in self.ways():
            self.right("add", [[{"a": 1, "b": 2}]], [{"sum": 3}], scenario, parameters=parameters)

    def test_a_module_beside_it_may_be_named_like_ours_and_imported_at_a_call_in_every_way(self):
        self.late()
        for scenario, parameters in self.ways():
            self.right("at_a_call", [[1]], [["mine"] * 4], scenario, module="late", parameters=parameters)

    def test_a_wrong_answer_fails_the_cell(self):
        reply = self.run_in_child("add", [[{"a": 1, "b": 2}]], [{"sum": 4}], "serial")
        self.assertEqual(reply["status"], "failed")
        self.assertIn("WrongAnswer", reply["reason"])
        self.assertIn("WrongAnswer", self.run_in_child("a_set", [[[1]]], [{"set": []}], "serial")["reason"])
        self.assertIn("KeyError", self.run_in_child("fails", [[{}]], [1], "serial")["reason"])

    def test_a_float_may_differ_in_its_last_digits(self):
        self.right("summed", [[1]], [{"sum": [0.3, 1]}], "serial")
        reply = self.run_in_child("summed", [[1]], [{"sum": [0.3000001, 1]}], "serial")
        self.assertIn("WrongAnswer: asked for [{", reply["reason"])

    def test_answers_that_vary_are_held_against_their_structure(self):
        marks = {"varies": True}
        self.right("add", [[{"a": 1, "b": 2}]], [{"sum": 9}], "serial", marks=marks)
        reply = self.run_in_child("add", [[{"a": 1, "b": 2}]], [{"sum": "9"}], "serial", marks=marks)
        self.assertIn("WrongAnswer", reply["reason"])
        self.right("under_a_random_key", [[1]], [{"0f": {"value": 7}}], "serial", marks=marks)
        reply = self.run_in_child("under_a_random_key", [[1]], [{"0f": {"value": "7"}}], "serial", marks=marks)
        self.assertIn("WrongAnswer", reply["reason"])
        self.right("random_bits", [[8]], [7], "serial", marks=marks)  # a long on Python 2

    def test_a_class_is_set_up_once_per_process(self):
        self.right("SetUpOnce", [[2], [3]], [[6, 1], [9, 1]], "serial")

    def test_what_changes_its_input_gets_a_new_one(self):
        self.right("takes_away", [[{"a": 7}]], [7], "serial", marks={"changes_input": True})

    def test_what_prints_reads_files_and_has_modules_beside_it_runs(self):
        self.right("noisy", [[1]], [1], "serial")
        self.right("in_its_folder", [[1]], ["data"], "serial")
        self.right("of_mine", [[1]], ["mine"], "serial")
        self.right("no_arguments", [[]], ["none"], "serial")
        self.right("a_set", [[[2, 1]]], [{"set": {"$set": [1, 2]}}], "serial")

    def test_a_thread_and_an_exit_hook_that_never_end_keep_no_process(self):
        if "threads" not in CAPABILITIES:
            self.skipTest("no threads")
        for scenario, parameters in self.ways():
            began = time.time()
            self.right("never_ends", [[1]], [1], scenario, parameters=parameters)
            self.assertLess(time.time() - began, 60, (scenario, parameters))

    def test_a_coroutine_runs_on_a_loop_and_to_its_end_elsewhere(self):
        if "asyncio" not in CAPABILITIES:
            self.skipTest("no asyncio")
        self.write("waits.py", AWAITED)
        more = {"module": "waits", "marks": {"awaited": True}}
        self.right("later", [[1]], [2], "asyncio", parameters={"concurrency": 2}, **more)
        self.right("later", [[1]], [2], "thread-pool", parameters={"concurrency": 2}, **more)

    def test_workers_behind_a_transport_run_the_function_and_nothing_else(self):
        try:
            from compat import zeromq  # noqa: F401
        except ImportError:
            self.skipTest("no zmq")
        parameters = {"concurrency": 1, "transport": "zmq+tcp", "worker_kind": "thread"}
        self.right("noisy", [[1]], [1], "distributed", parameters=parameters)
        began = time.time()
        self.right("never_ends", [[1]], [1], "distributed", parameters=dict(parameters, concurrency=2))
        self.assertLess(time.time() - began, 60)
        self.write("listens.py", LISTENS)
        several = dict(parameters, worker_concurrency=2)
        self.right("main_thread", [[1]], ["MainThread"], "distributed", module="listens", parameters=several)
        self.write("refuses.py", "raise KeyError('no key')\n")
        refused = self.run_in_child("handle", [[1]], [1], "distributed", module="refuses", parameters=several)
        self.assertIn("KeyError: 'no key'", refused["reason"])
        self.late()
        self.right("at_a_call", [[1]], [["mine"] * 4], "distributed", module="late", parameters=parameters)
        task = self.task("spread", [[5, 2]], [3])
        scenario = base.make("distributed", task, parameters)
        scenario.open()
        try:
            self.assertEqual(scenario.run([[5, 2], [7, 1]]), [3, 6])
            scenario.task = task_base.make("noop", {})
            (refused,) = scenario.run([1])
            self.assertIsInstance(refused, failures.Failure)
            self.assertIn("E_UNKNOWN", refused.kind)
            scenario.task = task_base.make(catalog.OWN_FUNCTION, {"workload": "/no/such/file"})
            self.assertEqual(scenario.run([[5, 2]]), [3])  # a path from the wire names nothing
        finally:
            scenario.close()


if __name__ == "__main__":
    unittest.main()
