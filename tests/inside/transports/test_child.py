# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.transports.test_child
"""What a task in a child process starts ends by a signal, and the child itself does not."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import os
import signal
import subprocess
import unittest

from compat import this_interpreter
from transports import worker
from transports.executors import pipe_frames
from transports.messages import values

MODULE = "tests.inside.remote_tasks"


def result_of(name, *args):
    """Return the result of a task that a child process runs before it ends by itself."""
    child = subprocess.Popen(
        this_interpreter.command() + ["-m", "transports.executors.child", MODULE, "{}".format(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    task = values.dumps([1, "a", name, 1, 60 * 10**9, 0, "json", None, [list(args), {}]])
    written, _ = child.communicate(pipe_frames.framed(pipe_frames.TASK, task))
    frames = pipe_frames.Splitter(pipe_frames.RESULT).feed(written)
    return json.loads(frames[-1][-1].decode("utf-8")).get("result"), child.returncode


@unittest.skipUnless(worker.can_isolate(), "no child processes here")
class Signals(unittest.TestCase):
    def test_a_program_that_a_task_starts_ends_by_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(result_of("ends_a_program", int(number)), (-number, 0))

    def test_a_process_that_a_task_forks_ends_by_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(result_of("ends_a_fork", int(number)), (number, 0))

    def test_a_child_outlives_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(result_of("signal_itself", int(number)), (number, 0))


if __name__ == "__main__":
    unittest.main()
