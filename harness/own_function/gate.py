# Run by the interpreter under test (Python 2.7 upward), as a script: INTERPRETER gate.py REQUEST.json REPLY.json
"""Load a person's function unchanged, call it, and report what was seen, by the standard library alone.

The reply is written again after every check. Where the process ends early it names the check that ended it. Nothing is
imported that needs a package, so that the function runs with its own requirements alone.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import json
import os
import sys

#: This script's folder stands in sys.path, where its modules would hide the person's; ours are imported from the root.
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") not in (HERE, ROOT)]
sys.path.insert(0, ROOT)

from harness.own_function import orphans  # noqa: E402
from harness.own_function.checks import Checks  # noqa: E402

sys.path.remove(ROOT)


def answer_in_child(request, path):
    """Load and call the function in this child; write what was seen to ``path``.

    This script has it, not a module: a child imports it again from here, where a person's module may be named harness.
    """
    Checks(request, path).answer_parent()
    os._exit(0)  # as in main


def answer_in_subinterpreter(request, path):
    """Load and call the function in a subinterpreter of this child, since a package may end the process there."""
    from concurrent import interpreters

    code = (
        "import json, sys; sys.path[:0] = [{!r}]; from harness.own_function import gate; "
        "gate.answer_in_child(json.loads({!r}), {!r})"
    )
    run = getattr(interpreters.create(), "exec")  # 2.7 takes the word for its statement
    run(code.format(ROOT, json.dumps(request), path))


def main(request_path, reply_path):
    with io.open(request_path, encoding="utf-8") as stream:
        request = json.load(stream)
    with orphans.adopted():
        Checks(request, reply_path).run(answer_in_child, answer_in_subinterpreter)
    sys.stdout.flush()
    os._exit(0)  # neither its threads nor its atexit hooks may keep this process


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
