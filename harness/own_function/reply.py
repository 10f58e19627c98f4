# Run by the interpreter under test (Python 2.7 upward).
"""The gate's reply: a row for each check, and what the checks learnt of the function."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json

from compat import atomic_file, clock
from harness.own_function.failed_check import CheckFailed, describe_error
from scenarios.own_function import loader


class Reply(object):
    """What the reply file holds. It is written before and after each check; ``now`` names the one that runs."""

    def __init__(self, path):
        self.path = path
        self.content = {
            "checks": [],
            "answers": [],
            "now": None,
            "json": True,
            "awaited": False,
            "changes_input": False,
        }
        self.content["ways"] = []  # checks that are asked last
        self.content["cached"] = self.content["loops"] = None
        self.ahead_ns = {}  # {check: what of its work was done before}

    def run_check(self, name, body, *arguments):
        """Run one check and write the reply; return whether it held.

        ``body(*arguments)`` returns what is to be said of a check that held, or None; it raises where one did not.
        """
        self.content["now"] = name
        self.write()
        row = {"check": name, "ok": True, "reason": None, "traceback": None}
        began = clock.now_ns()
        try:
            row["reason"] = body(*arguments)
        except CheckFailed as failure:
            row.update(ok=False, reason="{}".format(failure), traceback=failure.traceback)
        except loader.NoFunction as failure:
            row.update(ok=False, reason="{}".format(failure))
        except BaseException as error:  # sys.exit in the person's code is an answer as well
            seen = describe_error(error)
            row.update(ok=False, reason=seen["error"], traceback=seen["traceback"])
        row["seconds"] = (clock.now_ns() - began + self.ahead_ns.get(name, 0)) / 1e9
        self.content["checks"].append(row)
        self.content["now"] = None
        self.write()
        return row["ok"]

    def write(self):
        """Write the reply atomically."""
        atomic_file.write(self.path, json.dumps(self.content).encode("utf-8"))
