# Run by the interpreter under test (Python 2.7 upward).
"""A task with an answer as large as its input: the cost of moving data between a task and its caller."""

from __future__ import absolute_import, division, print_function, unicode_literals

from scenarios.tasks.base import Task


class Payload(Task):
    """Returns its input bytes in reverse order, so that every byte must be moved.

    One byte in sixteen is invalid in UTF-8. Otherwise Python 2 could send the bytes as text, a quarter shorter than
    binary.
    """

    def inputs(self, numbers):
        size = self.settings["payload_bytes"]
        payloads = []
        for number in numbers:
            mark = b"\xff" + "{:015d}".format(number).encode("ascii")
            payloads.append((mark * (size // len(mark) + 1))[:size])
        return payloads

    def expected(self, numbers):
        return [payload[::-1] for payload in self.inputs(numbers)]

    def work(self, payload):
        return payload[::-1]
