# Run by MicroPython, and by tests under CPython, as a script: INTERPRETER probe.py REPLY.json [MODULE ...]
"""Facts and capabilities of an interpreter without most of the standard library, in the words of harness/probe.py."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import sys

sys.path.append(__file__.rpartition("/")[0] + "/../..")

from compat import atomic_file  # noqa: E402
from harness.small import identity  # noqa: E402
from scenarios import small  # noqa: E402


def facts():
    """Describe this build as plain data."""
    python = list(sys.version_info)[:3]
    return dict(
        identity.identity(),
        python="{}.{}".format(python[0], python[1]),
        version_info=python,
        python_full=identity.version(python),
        free_threaded=False,
        build={"compiler": None, "pgo": None, "lto": None, "assertions": None, "debug": None},
        executable=sys.executable,
        environment_of=None,
        configure=None,
        java_home=None,
        compiler=None,
        platform=sys.platform,
        machine=None,
        start_methods=[],
        capabilities=["asyncio"] if import_each(["asyncio"])["asyncio"]["error"] is None else [],
        modules={},
    )


def import_each(names):
    """Import each of ``names`` in turn; return {name: {"version", "error", "gil"}}."""
    modules = {}
    for name in names:
        try:
            own = getattr(__import__(name), "__version__", None)
            modules[name] = {"version": str(own) if own else None, "error": None, "gil": identity.GIL}
        except Exception as error:
            modules[name] = {"version": None, "error": small.describe(error), "gil": identity.GIL}
    return modules


def main(reply_path, names):
    answer = facts()
    answer["modules"] = import_each(names)
    atomic_file.write(reply_path, json.dumps(answer).encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
