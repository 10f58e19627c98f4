# Run by the interpreter under test (Python 2.7 upward).
"""The first call of a person's function with each input; the answers of all later calls are compared with theirs."""

from __future__ import absolute_import, division, print_function, unicode_literals

import copy
import io
import json
import os

from compat import clock
from harness.own_function.failed_check import CheckFailed, describe_error
from scenarios.own_function import answers, calling

LATER_CALLS_NS = 1000 * 1000 * 1000  # all calls of a later check together, or of a child, unless one is longer
AT_LEAST_S = 30.0  # that calls may take; ten times as long as the longest first call took, where that is more
MOST_BYTES = 16 * 1024 * 1024  # of one answer, as JSON
FORKED = ".forked"  # behind the reply's path: the mark of a child that came back


class FirstCalls(object):
    """A person's function with its inputs, and what the first call with each returned and how long it took."""

    def __init__(self, request, reply):
        self.target = request["target"]
        self.inputs = request["inputs"]
        self.function = None  # until it is loaded
        self.times_ns = []
        self._same_answers = request["same_answers"]
        self._reply = reply
        self._process = os.getpid()

    def make(self, most_ns=None):
        """Call the function with every input, and keep the answers; begin no call after ``most_ns``."""
        began = clock.now_ns()
        for index in range(len(self.inputs)):
            self._make_one(index)
            if most_ns is not None and clock.now_ns() - began > most_ns:
                break
        if os.path.exists(self._reply.path + FORKED):
            raise CheckFailed("it forks, and its child returns from the call as well")

    def _make_one(self, index):
        """Call the function with the input at ``index``, and add to the reply what is seen of its answer."""
        content = self._reply.content
        given = copy.deepcopy(self.inputs[index])
        try:
            before = clock.now_ns()
            answer = calling.begin(self.function, given)
            if calling.is_awaited(answer):
                content["awaited"] = True
                answer = calling.complete(answer)
            self.times_ns.append(clock.now_ns() - before)
            self._end_forked()
            seen = answers.plain(answer)
        except Exception as error:
            failed = describe_error(error)
            raise CheckFailed("input {}: {}".format(index + 1, failed["error"]), failed["traceback"])
        size = len(json.dumps(seen))
        if size > MOST_BYTES:
            words = "input {}: an answer of {:.0f} MiB as JSON; at most {} MiB can be compared"
            raise CheckFailed(words.format(index + 1, size / 2.0**20, MOST_BYTES >> 20))
        content["answers"].append(seen)
        content["json"] = content["json"] and answers.is_json(answer)
        content["changes_input"] = content["changes_input"] or given != self.inputs[index]

    def compare(self, index):
        """Call the function again with the input at ``index``.

        Return how the answer differs from the first one, or None, and how long the call took.
        """
        given = copy.deepcopy(self.inputs[index])
        began = clock.now_ns()
        try:
            answer = calling.call(self.function, given)
            took_ns = clock.now_ns() - began
            self._end_forked()
            answer = answers.plain(answer)
        except BaseException as error:  # SystemExit would end this thread alone, and unseen
            return "input {}: {}".format(index + 1, describe_error(error)["error"]), clock.now_ns() - began
        if self._same_answers and not answers.same(self._reply.content["answers"][index], answer):
            return "input {}: another answer than at its first call".format(index + 1), took_ns
        return None, took_ns

    def compare_answers(self, others):
        """Raise CheckFailed where ``others``, a child's answers to the first inputs, differ from the first answers."""
        expected = self._reply.content["answers"][: len(others)]
        if self._same_answers and not answers.same(json.loads(json.dumps(expected)), others):
            raise CheckFailed("the child's answers differ")

    def compute_limit_s(self, at_once=1):
        """Return for how long to wait for a child, or for ``at_once`` threads."""
        return max(AT_LEAST_S, 10e-9 * at_once * max(self.times_ns))

    def _end_forked(self):
        """End this process where it is a child that the function forked, and that returned from the call as well."""
        if os.getpid() != self._process:
            io.open(self._reply.path + FORKED, "w").close()
            os._exit(0)
