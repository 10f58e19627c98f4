# Run by the interpreter under test (Python 2.7 upward).
"""What a person's imports and calls may turn: the GIL on, or the JIT compiler off."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys
import warnings

from compat import gil, identity
from harness.own_function.failed_check import CheckFailed
from scenarios.own_function import loader


class Gil(object):
    """The GIL's state before the first import, and what turned it on before the first call."""

    def __init__(self):
        self._at_start = gil.enabled()
        self._turned_on_by = None  # in words

    def import_module(self, name):
        """Import one module of the requirements."""
        before = gil.enabled()
        __import__(name)
        if gil.enabled() and not before:
            self._turned_on_by = "it is on after the imports above"
            raise CheckFailed("its import turns the GIL on")

    def load_function(self, target):
        """Load the function of ``target`` and return it."""
        before = gil.enabled()
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter(str("always"))
            function = loader.load(target)
        if gil.enabled() and not before:
            messages = ["{}".format(warning.message) for warning in heard]
            said = [message for message in messages if "global interpreter lock" in message]
            self._turned_on_by = said[0] if said else "the import of the function turned it on"
        return function

    def check_off(self, function):
        """Check that the GIL is as it was before the first import."""
        if self._at_start:
            return "on, as this build has it"
        by_program = getattr(function, "gil_by", None)  # a command line's
        if by_program:
            raise CheckFailed(by_program)
        if gil.enabled():
            by = gil.enabled_by()
            raise CheckFailed(self._turned_on_by or "an import during a call turned it on" + (": " + by if by else ""))
        return "stays off"


def check_jit(before):
    """Check that the JIT compiler is as it was ``before`` the first import."""
    if before is None:
        return "this build has none"
    if not before:
        return "off, as this interpreter was started"
    if not identity.identity()["jit"]:
        raise CheckFailed("it was on, and is off after the calls")
    if sys.gettrace() or sys.getprofile():
        raise CheckFailed("the function leaves a trace or profile function set, under which nothing is compiled")
    return "on"
