# Run by the interpreter under test (Python 2.7 upward).
"""The probe in one process, the repeated task in another: what delays the probe is the machine alone."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios import who_answers
from scenarios.interference import alone


def _repeat(task, inputs, answers):
    task.prepare()
    answers.put([task.attempt(argument) for argument in inputs])
    while True:
        for argument in inputs:
            task.attempt(argument)


class ProbeBesideProcess(alone.Probe):
    def open(self):
        alone.Probe.open(self)
        self.context = processes.context(self.parameters["start_method"])
        self.child = None

    def begin_beside(self, inputs):
        answers = self.context.SimpleQueue()
        self.child = self.context.Process(target=_repeat, args=(self.task, inputs, answers))
        self.child.start()
        self.latest = answers.get()

    def others(self):
        return [who_answers.in_child(self.context)]

    def close(self):
        if self.child:
            self.child.terminate()
            self.child.join()
