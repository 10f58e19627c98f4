# Run by the interpreter under test (Python 2.7 upward), MicroPython included: imports nothing.
"""Comparing answers with the right ones."""

from __future__ import absolute_import, division, print_function, unicode_literals


class WrongAnswer(Exception):
    """Raised when an answer differs from the right one."""


class TaskFailed(Exception):
    """Raised when a task failed whose failures do not count as a result."""


class Check(object):
    """A callable that compares answers with ``expected``; it counts right answers, and failures by kind.

    ``failure`` is the type of what stands for the answer of a failed task.
    """

    def __init__(self, expected, failure, comparable=None, counts_failures=False):
        self.expected = expected
        self.failure = failure
        self.comparable = comparable
        self.counts_failures = counts_failures
        self.right = 0
        self.failures = {}

    def __call__(self, answers):
        if self.comparable:
            answers = self.comparable(answers)
        if answers == self.expected:
            self.right += len(answers)
            return
        failed = [answer for answer in answers if isinstance(answer, self.failure)]
        if failed and not self.counts_failures:
            raise TaskFailed("{} of {} tasks failed; first: {}".format(len(failed), len(answers), failed[0].text))
        pairs = [(e, a) for e, a in zip(self.expected, answers) if not isinstance(a, self.failure)]
        if len(answers) != len(self.expected) or any(right != answer for right, answer in pairs):
            raise WrongAnswer("asked for {}, answered {}".format(_few(self.expected), _few(answers)))
        if not pairs:
            raise TaskFailed("all {} tasks failed; first: {}".format(len(failed), failed[0].text))
        self.right += len(pairs)
        for failure in failed:
            self.failures[failure.kind] = self.failures.get(failure.kind, 0) + 1


def _few(numbers):
    return "{}{}".format("{}".format(numbers[:5])[:200], " ..." if len(numbers) > 5 else "")
