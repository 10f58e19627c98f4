# Run by the interpreter under test (Python 2.7 upward).
"""The checks that one interpreter makes of a person's function, in order."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import clock, identity
from harness.own_function import children, process_state
from harness.own_function.failed_check import CheckFailed
from harness.own_function.first_calls import LATER_CALLS_NS, FirstCalls
from harness.own_function.gil_and_jit import Gil, check_jit
from harness.own_function.reply import Reply
from harness.own_function.second_calls import call_again
from harness.own_function.threaded_calls import call_from_threads
from scenarios.own_function import calling

FORKED_S = 60.0  # of a child that is forked before anybody knows how long a call is


class Checks(object):
    """The checks of one process; each adds a row to the reply at ``reply_path``."""

    def __init__(self, request, reply_path):
        self.reply = Reply(reply_path)
        self.calls = FirstCalls(request, self.reply)
        self._request = request
        self._gil = Gil()
        self._forked = None  # the reply of the forked child, or the error in its place

    def run(self, in_child, in_subinterpreter):
        """Run the checks; stop after the first that the others need.

        ``in_child`` and ``in_subinterpreter`` are what a child runs, with the request and a path for its reply.
        """
        check = self.reply.run_check
        before = process_state.observe()
        with_jit = identity.identity()["jit"]
        for module in self._request["modules"]:
            check("import " + module, self._gil.import_module, module)
        if not check("function", self.load):
            return
        answers_only = self._request["answers_only"]
        if not answers_only and self._may_be_sent() and "fork" in children.START_METHODS:
            self.fork(in_child)
        if not check("answers", self.calls.make) or answers_only:
            return
        check("second call", call_again, self.calls, self.reply)
        check("gil", self._gil.check_off, self.calls.function)
        check("jit", check_jit, with_jit)
        check("leaves nothing", check_left_behind, before)
        ways = self._list_ways(in_child, in_subinterpreter)
        self.reply.content["ways"] = [way[0] for way in ways]
        for way in ways:
            check(*way)

    def answer_parent(self):
        """Load and call the function in a child process, for the parent to compare."""
        if self.reply.run_check("function", self.load):
            self.reply.run_check("answers", self.calls.make, LATER_CALLS_NS)

    def load(self):
        """Load the function."""
        self.calls.function = self._gil.load_function(self._request["target"])

    def fork(self, in_child):
        """Let a forked child answer now, before any call: a pool of processes forks what is loaded and not yet used."""
        self.reply.content["now"] = "fork"  # a child may end this process
        self.reply.write()
        began = clock.now_ns()
        try:
            self._forked = children.ask("fork", in_child, self._request, self.reply.path + ".fork", FORKED_S)
        except Exception as error:
            self._forked = error
        self.reply.ahead_ns["fork"] = clock.now_ns() - began

    def compare_fork(self):
        """Compare the answers of the child that was forked before the first call."""
        if isinstance(self._forked, Exception):
            raise self._forked
        self.calls.compare_answers(self._forked["answers"])

    def compare_child(self, method, body):
        """Compare the answers of ``body`` in a child process begun by ``method``."""
        path = "{}.{}".format(self.reply.path, self.reply.content["now"])
        reply = children.ask(method, body, self._request, path, self.calls.compute_limit_s())
        self.calls.compare_answers(reply["answers"])

    def _may_be_sent(self):
        """Return whether the function may be sent to processes; each call of a program starts one of its own."""
        return self._request["target"].get("adapter") != "command"

    def _list_ways(self, in_child, in_subinterpreter):
        """Return the checks that a way to run the function needs, each with its body and the arguments of that."""
        ways = []
        if self._may_be_sent():
            for method in children.START_METHODS:
                asked = (method, self.compare_child, method, in_child)
                ways.append(("fork", self.compare_fork) if method == "fork" else asked)
            if children.has_subinterpreters():
                ways.append(("subinterpreter", self.compare_child, "spawn", in_subinterpreter))
        return ways + [("threads", call_from_threads, self.calls, self._request["threads_for_s"])]


def check_left_behind(before):
    """Compare threads, children, files and the process's settings with those before the import."""
    calling.close_loop()  # it is ours, and no file that the function left open
    left = process_state.describe_left(before, process_state.observe())
    if left:
        raise CheckFailed("; ".join(left) + "; let it end, close or put back what it leaves")
