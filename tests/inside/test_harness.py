# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_harness
"""One invocation as the driver starts it: a request file in, a reply file out."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import shutil
import tempfile
import unittest

from compat import compiler, text, this_interpreter
from harness import __main__ as harness
from scenarios import compilers
from tests.inside.request import REQUEST
from tests.inside.server import Server


class Harness(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def reply(self, **changes):
        request = os.path.join(self.folder, "request.json")
        answer = os.path.join(self.folder, "reply.json")
        text.write_json(request, dict(REQUEST, **changes))
        harness.main(request, answer)
        return text.read_json(answer)

    def test_a_reply_holds_what_a_record_needs(self):
        reply = self.reply()
        self.assertEqual((reply["status"], reply["reason"], reply["checked"]), ("ok", None, 12))
        self.assertEqual(len(reply["iterations_ns"]), 3)
        self.assertTrue(all(time_ns > 0 for time_ns in reply["iterations_ns"]))
        self.assertEqual(sorted(reply["gil"]), ["after_imports", "at_end", "at_start", "enabled_by"])
        self.assertGreater(reply["clock"]["resolution_ns"], 0)
        self.assertGreater(reply["open_ns"], 0)

    def test_processes_that_run_tasks_tell_how_long_their_compilers_worked(self):
        if "fork" not in this_interpreter.start_methods():
            self.skipTest("no processes here")
        os.environ[compilers.FOLDER] = str(self.folder)
        self.addCleanup(os.environ.pop, compilers.FOLDER)
        parameters = {"concurrency": 2, "start_method": "fork"}
        self.folder, told = tempfile.mkdtemp(), self.folder  # another one for the request and the reply
        self.addCleanup(shutil.rmtree, self.folder)
        reply = self.reply(scenario="process-pool", parameters=parameters, max_iterations=5000, min_ns=300000000)
        self.assertEqual((reply["status"], reply["reason"]), ("ok", None))
        tells = compiler.clock_ns() is not None
        self.assertEqual(reply["compiling_ns"] is not None, tells)
        self.assertEqual(0 < len(os.listdir(told)) <= 2, tells)

    def test_a_wrong_answer_has_a_reason_and_no_times(self):
        liar = Server(lie=lambda number: "7")
        try:
            reply = self.reply(task="io", settings={"server": liar.url})
        finally:
            liar.stop()
        self.assertEqual((reply["status"], reply["iterations_ns"]), ("failed", []))
        self.assertIn("WrongAnswer", reply["reason"])

    def test_a_failing_task_has_its_error_as_reason(self):
        reply = self.reply(settings={})
        self.assertEqual((reply["status"], reply["iterations_ns"]), ("failed", []))
        self.assertIn("rounds", reply["reason"])

    def test_what_fails_after_its_iterations_has_no_times(self):
        measured, harness.measure_latencies = harness.measure_latencies, lambda *_: 1 // 0
        try:
            reply = self.reply(parameters={"seconds": 1})
        finally:
            harness.measure_latencies = measured
        self.assertEqual((reply["status"], reply["iterations_ns"], reply["checked"]), ("failed", [], 12))
        self.assertIn("ZeroDivisionError", reply["reason"])

    def test_failures_are_counted_by_kind_where_the_task_counts_them(self):
        """Four numbers, three iterations; the server spoils the odd ones."""
        half = Server(lie=lambda number: number if int(number) % 2 == 0 else "spoilt")
        try:
            counted = self.reply(task="io-load", settings={"server": half.url})
            strict = self.reply(task="io", settings={"server": half.url})
        finally:
            half.stop()
        self.assertEqual((counted["status"], counted["checked"]), ("ok", 6))
        self.assertEqual(list(counted["failures"].values()), [6])
        self.assertIn("ValueError", list(counted["failures"])[0])
        self.assertEqual((strict["status"], strict["iterations_ns"]), ("failed", []))
        self.assertIn("2 of 4 tasks failed", strict["reason"])

    def test_a_load_of_which_nothing_is_answered_has_no_times(self):
        broken = Server(lie=lambda number: "spoilt")
        try:
            reply = self.reply(task="io-load", settings={"server": broken.url})
        finally:
            broken.stop()
        self.assertEqual((reply["status"], reply["iterations_ns"]), ("failed", []))
        self.assertIn("all 4 tasks failed", reply["reason"])

    def test_a_wrong_answer_among_counted_failures_is_still_wrong(self):
        liar = Server(lie=lambda number: {"1000": "7", "1001": "spoilt"}.get(number, number))
        try:
            reply = self.reply(task="io-load", settings={"server": liar.url})
        finally:
            liar.stop()
        self.assertIn("WrongAnswer", reply["reason"])

    def test_workers_that_answered_are_counted_and_those_killed_are_timed(self):
        try:
            from compat import zeromq  # noqa: F401
        except ImportError:
            self.skipTest("no zmq here")
        parameters = {"transport": "zmq+tcp", "concurrency": 2, "worker_kind": "thread", "task_ms": 4, "kills": 1}
        more = {"scenario": "distributed", "task": "sleep", "settings": {"task_ms": 4}, "batch": 20}
        reply = self.reply(parameters=parameters, **more)
        self.assertEqual((reply["status"], reply["reason"]), ("ok", None))
        self.assertEqual((len(reply["worker_answers"]), sum(reply["worker_answers"])), (2, 60))
        kills = reply["kills"]
        self.assertEqual((kills["killed"], kills["lost"], kills["twice"]), (1, 0, 0))
        self.assertGreater(kills["gaps_ns"][0], 4e6)  # the task was done again
        self.assertGreater(kills["resent"], 0)
        self.assertGreater(sum(kills["timeline"][0]), 0)

    def test_nothing_is_said_of_workers_where_there_are_none(self):
        reply = self.reply()
        self.assertEqual((reply["worker_answers"], reply.get("kills")), (None, None))

    def test_an_unknown_scenario_is_a_failed_reply_and_not_a_silence(self):
        self.assertEqual(self.reply(scenario="no-such")["status"], "failed")


class Scenario(object):
    """A scenario that answers right and notes what is done with it."""

    def __init__(self, error=None):
        self.error = error
        self.closed = 0

    def open(self):
        """Set up nothing."""

    def run(self, inputs):
        if self.error is not None:
            raise self.error
        return list(inputs)

    def worker_answers(self):
        return None

    def killable(self):
        return self

    def others(self):
        return [(7, {"gil": True}), (8, {"gil": True}), (7, {"gil": True}), (9, {"gil": False})]

    def close(self):
        self.closed += 1


class Parts(unittest.TestCase):
    """What one invocation is made of, with a scenario of the test's own."""

    def run_with(self, scenario, **changes):
        made, harness.base.make = harness.base.make, lambda *_: scenario
        try:
            reply = {"gil": {}, "answered_by": {"others": []}}
            harness.run(dict(REQUEST, **changes), reply)
            return reply
        finally:
            harness.base.make = made

    def test_a_scenario_is_closed_whether_or_not_its_tasks_end_well(self):
        for error in (None, ValueError("x")):
            scenario = Scenario(error)
            if error is None:
                self.run_with(scenario)
            else:
                self.assertRaises(ValueError, self.run_with, scenario)
            self.assertEqual(scenario.closed, 1)

    def test_processes_that_are_alike_are_counted_together_and_each_of_them_once(self):
        others = self.run_with(Scenario())["answered_by"]["others"]
        self.assertEqual(others, [{"gil": True, "processes": 2}, {"gil": False, "processes": 1}])

    def test_the_capacity_is_that_of_the_last_half_of_the_iterations_that_follow_the_first(self):
        for times, late in (([900, 100], 100), ([900, 500, 100], 100), ([900, 800, 800, 100, 300, 200], 200)):
            self.assertEqual(harness.compute_capacity({"batch": 10}, times), 10 * 1e9 / late)

    def test_tasks_of_the_kills_are_none_of_the_closed_loop(self):
        given = []
        measured = harness.kill_workers.at_half_load
        harness.kill_workers.at_half_load = lambda *arguments: given.append(arguments) or {}
        try:
            self.run_with(Scenario(), parameters={"kills": 3})
        finally:
            harness.kill_workers.at_half_load = measured
        _, first_number, _, kills, _, _ = given[0]
        self.assertEqual((first_number, kills), (REQUEST["first_number"] + REQUEST["batch"], 3))


if __name__ == "__main__":
    unittest.main()
