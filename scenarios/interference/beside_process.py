# Run by the interpreter under test (Python 2.7 upward).
"""The probe in one process, the task over and over in another: what is left is the machine's, not the interpreter's."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios.interference import alone


def _over_and_over(task, inputs, answers):
    task.prepare()
    answers.put([task.attempt(each) for each in inputs])
    while True:
        for each in inputs:
            task.attempt(each)


class Model(alone.Model):
    def open(self):
        alone.Model.open(self)
        self.context = processes.context(self.parameters["start_method"])
        self.child = None

    def begin(self, inputs):
        answers = self.context.SimpleQueue()
        self.child = self.context.Process(target=_over_and_over, args=(self.task, inputs, answers))
        self.child.start()
        self.latest = answers.get()

    def close(self):
        if self.child:
            self.child.terminate()
            self.child.join()
