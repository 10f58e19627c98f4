# Run by the interpreter under test (Python 2.7 upward).
"""A task whose answer is as large as its question: what moving data between tasks and their caller costs."""

from __future__ import absolute_import, division, print_function, unicode_literals

from scenarios.tasks.base import Task


class Payload(Task):
    """Bytes in, the same bytes in reverse out: every byte is moved, and none of them could have been guessed.

    One in sixteen is part of no UTF-8: what is text could travel as text on Python 2, a quarter shorter than binary.
    """

    def inputs(self, numbers):
        size = self.settings["payload_bytes"]
        made = []
        for number in numbers:
            mark = b"\xff" + "{:015d}".format(number).encode("ascii")
            made.append((mark * (size // len(mark) + 1))[:size])
        return made

    def expected(self, numbers):
        return [each[::-1] for each in self.inputs(numbers)]

    def work(self, payload):
        return payload[::-1]
