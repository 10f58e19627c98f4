# Run by the interpreter under test (Python 2.7 upward).
"""A person's own function as a task: called as it is, from where it lies, over its inputs."""

from __future__ import absolute_import, division, print_function, unicode_literals

import copy
import os
import sys

from compat import text
from scenarios.own_function import answers, calling, loader, printing
from scenarios.tasks import failures
from scenarios.tasks.base import Task


class OwnFunction(Task):
    """Calls the function that the file ``settings["workload"]`` describes.

    The file holds ``target`` (for the loader), ``inputs`` (the list of arguments of each call, cycled by number),
    ``answers`` (of this interpreter, which the gate has held against the baseline's), and three marks: ``varies``
    (answers differ from start to start: only their structure is checked), ``awaited``, ``changes_input``.
    """

    numbered = False

    def __init__(self, name, settings):
        Task.__init__(self, name, settings)
        self._workload = None
        self._recorded = None

    @property
    def workload(self):
        """The content of the file."""
        if self._workload is None:
            self._workload = text.read_json(self.settings["workload"])
        return self._workload

    def prepare(self):
        """Load the function where it lies, once per process; discard what it prints."""
        target = self.workload["target"]
        printing.discard()
        function = loader.load(target)
        _change_folder(target["folder"])
        begin, awaited = calling.begin, self.workload["awaited"]

        def attempt(value):
            try:
                if awaited:
                    return calling.call(function, value)
                return function(**value) if value.__class__ is dict else function(*value)
            except Exception as error:
                return failures.of(error)

        self.attempt = attempt  # one call deep: a function may take a microsecond
        self.call = lambda value: calling.call(function, value)
        self.work = lambda value: begin(function, value)

    def inputs(self, numbers):
        """Return the arguments of the calls; copies where the function changes them."""
        inputs = self.workload["inputs"]
        chosen = [inputs[number % len(inputs)] for number in numbers]
        return [copy.deepcopy(value) for value in chosen] if self.workload["changes_input"] else chosen

    def expected(self, numbers):
        """Return the recorded answers, which equal those of their structure where they vary."""
        if self._recorded is None:
            right = answers.same_shape if self.workload["varies"] else answers.same
            self._recorded = [answers.Recorded(answer, right) for answer in self.workload["answers"]]
        return [self._recorded[number % len(self._recorded)] for number in numbers]

    def comparable(self, outcomes):
        """Return ``outcomes`` as the recorded answers are written; failures stay."""
        return [each if isinstance(each, failures.Failure) else answers.plain(each) for each in outcomes]

    @property
    def awaited(self):
        """Whether the function is a coroutine."""
        return self.workload["awaited"]

    @property
    def consumes_inputs(self):
        """Whether each batch needs new inputs."""
        return self.workload["changes_input"]


def _change_folder(folder):
    """Make ``folder`` the current one; what is imported from the folder before can be imported afterwards as well.

    Python 2 has an empty name for it in sys.path, and not every interpreter reads PYTHONPATH.
    """
    before = os.getcwd()
    sys.path[:] = [name or before for name in sys.path]
    os.chdir(folder)
