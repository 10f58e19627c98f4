# Run by the interpreter under test (Python 2.7 upward), as a script: INTERPRETER gate.py REQUEST.json REPLY.json
"""Load a person's function unchanged, call it, and report what was seen, by the standard library alone.

The reply is written again after every check. Where the process ends early it names the check that ended it. Nothing is
imported that needs a package, so that the function runs with its own requirements alone.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import copy
import io
import json
import os
import sys
import threading
import warnings

#: This script's folder stands in sys.path, where its modules would hide the person's; ours are imported from the root.
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") not in (HERE, ROOT)]
sys.path.insert(0, ROOT)

from compat import atomic_file, clock, gil, identity  # noqa: E402
from harness.own_function import children, process_state, repeated_calls  # noqa: E402
from harness.own_function.failed_check import CheckFailed, shown  # noqa: E402
from scenarios.own_function import answers, calling, loader  # noqa: E402

sys.path.remove(ROOT)

THREADS, FEW_THREADS = 8, 2
LONG_S = 1.0  # a call from which on few threads are enough to wait for
SECOND_CALLS_NS = 1000 * 1000 * 1000  # all second calls together, and all of a child, unless one is longer
CHILD_S = 30.0  # at least; a child may take ten times as long as the longest first call took
FORKED_S = 60.0  # of a child that is forked before anybody knows how long a call is
MOST_BYTES = 16 * 1024 * 1024  # of one answer, as JSON


FORKED = ".forked"  # behind the reply's path: the mark of a child that came back


# --- checks -----------------------------------------------------------------------------------------------------------


class Gate(object):
    """The checks of one interpreter, in order; each adds a row to the reply."""

    def __init__(self, request, reply_path):
        self.request = request
        self.reply_path = reply_path
        self.reply = {"checks": [], "answers": [], "now": None, "json": True, "awaited": False, "changes_input": False}
        self.reply["ways"] = []  # checks that are asked last
        self.reply["cached"] = self.reply["loops"] = None
        self.function = None
        self.gil_by = None  # what turned the GIL on before the first call, in words
        self.first_ns = []
        self.forked = None  # the reply of the forked child, or the error in its place
        self.ahead_ns = {}  # {check: what of its work was done before}
        self.pid = os.getpid()

    def run(self):
        """Run the checks; stop after the first that the others need."""
        before = process_state.seen()
        with_gil, with_jit = gil.enabled(), identity.identity()["jit"]
        for module in self.request["modules"]:
            self.check("import " + module, self.imports, module)
        if not self.check("function", self.loads):
            return
        if not self.request["answers_only"] and self.in_processes() and "fork" in children.START_METHODS:
            self.fork()
        if not self.check("answers", self.answers) or self.request["answers_only"]:
            return
        self.check("second call", self.second_call)
        self.check("gil", self.gil_stays_off, with_gil)
        self.check("jit", self.jit_stays_on, with_jit)
        self.check("leaves nothing", self.leaves_nothing, before)
        ways = self.ways()
        self.reply["ways"] = [way[0] for way in ways]
        for way in ways:
            self.check(*way)

    def check(self, name, body, *arguments):
        """Run one check and write the reply; return whether it held."""
        self.reply["now"] = name
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
            seen = shown(error)
            row.update(ok=False, reason=seen["error"], traceback=seen["traceback"])
        row["seconds"] = (clock.now_ns() - began + self.ahead_ns.get(name, 0)) / 1e9
        self.reply["checks"].append(row)
        self.reply["now"] = None
        self.write()
        return row["ok"]

    def write(self):
        """Write the reply atomically."""
        atomic_file.write(self.reply_path, json.dumps(self.reply).encode("utf-8"))

    def in_processes(self):
        """Return whether the function may be sent to processes; each call of a program starts one of its own."""
        return self.request["target"].get("adapter") != "command"

    def ways(self):
        """Return the checks that a way to run the function needs, each with its body and the arguments of that."""
        found = []
        if self.in_processes():
            found += [(method, self.child, method, in_child) for method in children.START_METHODS]
            if children.has_subinterpreters():
                found.append(("subinterpreter", self.child, "spawn", in_subinterpreter))
        return found + [("threads", self.threads)]  # the last one: those that do not end go on as long as this process

    def fork(self):
        """Let a forked child answer now, before any call: a pool of processes forks what is loaded and not yet used."""
        began = clock.now_ns()
        try:
            self.forked = children.reply_of("fork", in_child, self.request, self.reply_path + ".fork", FORKED_S)
        except Exception as error:
            self.forked = error
        self.ahead_ns["fork"] = clock.now_ns() - began

    def imports(self, module):
        """Import one module of the requirements."""
        before = gil.enabled()
        __import__(module)
        if gil.enabled() and not before:
            self.gil_by = "it is on after the imports above"
            raise CheckFailed("its import turns the GIL on")

    def loads(self):
        """Load the function."""
        before = gil.enabled()
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter(str("always"))
            self.function = loader.load(self.request["target"])
        if gil.enabled() and not before:
            said = [
                "{}".format(each.message) for each in heard if "global interpreter lock" in "{}".format(each.message)
            ]
            self.gil_by = said[0] if said else "the import of the function turned it on"

    def answers(self, most_ns=None):
        """Call the function with every input, and keep the answers; begin no call after ``most_ns``."""
        began = clock.now_ns()
        for number, value in enumerate(self.request["inputs"], 1):
            given = copy.deepcopy(value)
            try:
                before = clock.now_ns()
                answer = calling.begin(self.function, given)
                if calling.is_awaited(answer):
                    self.reply["awaited"] = True
                    answer = calling.complete(answer)
                self.first_ns.append(clock.now_ns() - before)
                self.end_forked()
                seen = answers.plain(answer)
            except Exception as error:
                failed = shown(error)
                raise CheckFailed("input {}: {}".format(number, failed["error"]), failed["traceback"])
            size = len(json.dumps(seen))
            if size > MOST_BYTES:
                words = "input {}: an answer of {:.0f} MiB as JSON; at most {} MiB can be compared"
                raise CheckFailed(words.format(number, size / 2.0**20, MOST_BYTES >> 20))
            self.reply["answers"].append(seen)
            self.reply["json"] = self.reply["json"] and answers.is_json(answer)
            self.reply["changes_input"] = self.reply["changes_input"] or given != value
            if most_ns is not None and clock.now_ns() - began > most_ns:
                break
        if os.path.exists(self.reply_path + FORKED):
            raise CheckFailed("it forks, and its child returns from the call as well")

    def end_forked(self):
        """End this process where it is a child that the function forked, and that returned from the call as well."""
        if os.getpid() != self.pid:
            io.open(self.reply_path + FORKED, "w").close()
            os._exit(0)

    def second_call(self):
        """Call some inputs again: the answers stay the same. Tell where a cache makes these calls much faster.

        Tell as well where a script of pyperf times a part of its call alone.
        """
        kept = repeated_calls.cache_hits(self.function, self.request["target"])
        second_ns = {}
        for at in repeated_calls.order(self.request["inputs"]):
            difference, second_ns[at] = self.difference(at)
            if difference:
                raise CheckFailed(difference)
            if sum(second_ns.values()) > SECOND_CALLS_NS:
                break
        used = repeated_calls.cache_hits(self.function, self.request["target"]) - kept
        self.reply["cached"] = repeated_calls.in_words(self.first_ns, second_ns, used)
        return self.reply["cached"] or self.set_up(second_ns[at])

    def set_up(self, call_ns):
        """Tell how many loops a script of pyperf should make that sets much up in each call; None for any other."""
        own_s, loops = getattr(self.function, "own_s", None), self.request["target"].get("loops", 1)
        if not isinstance(own_s, float) or not 0 < own_s * 1e9 < call_ns:
            return None
        wanted = repeated_calls.loops_to_make(call_ns, own_s, loops)
        if wanted <= loops:
            return None
        self.reply["loops"] = wanted
        return repeated_calls.set_up_in_words(call_ns, own_s, wanted)

    def gil_stays_off(self, before):
        """Hold the GIL's state against the one before the first import."""
        if before:
            return "on, as this build has it"
        by_program = getattr(self.function, "gil_by", None)  # a command line's
        if by_program:
            raise CheckFailed(by_program)
        if gil.enabled():
            by = gil.enabled_by()
            raise CheckFailed(self.gil_by or "an import during a call turned it on" + (": " + by if by else ""))
        return "stays off"

    def jit_stays_on(self, before):
        """Hold the JIT compiler's state against the one before the first import."""
        if before is None:
            return "this build has none"
        if not before:
            return "off, as this interpreter was started"
        if not identity.identity()["jit"]:
            raise CheckFailed("it was on, and is off after the calls")
        if sys.gettrace() or sys.getprofile():
            raise CheckFailed("the function leaves a trace or profile function set, under which nothing is compiled")
        return "on"

    def leaves_nothing(self, before):
        """Compare threads, children, files and the process's settings with those before the import."""
        calling.close_loop()  # it is ours, and no file that the function left open
        left = process_state.left_behind(before, process_state.seen())
        if left:
            raise CheckFailed("; ".join(left))

    def threads(self):
        """Call the function from 8 threads at once (2 where a call is long); compare every answer with the first."""
        if self.request["target"].get("fresh"):
            return "not asked: --fresh empties what calls at the same time have kept"
        wrong = []
        count = THREADS if sum(self.first_ns) < LONG_S * 1e9 * len(self.first_ns) else FEW_THREADS
        end = clock.now_ns() + self.request["threads_for_s"] * 1e9
        inputs = self.request["inputs"]

        def work(first):
            at = first * len(inputs) // count
            while not wrong:
                difference, _ = self.difference(at % len(inputs))
                if difference:
                    wrong.append(difference)
                at += 1
                if clock.now_ns() > end:
                    return

        if hasattr(sys, "setswitchinterval"):  # for what is left of this process: this is the last check
            sys.setswitchinterval(1e-5)
        threads = [threading.Thread(target=work, args=(first,)) for first in range(count)]
        for thread in threads:
            thread.daemon = True
            thread.start()
        limit_s = max(CHILD_S, 10e-9 * count * max(self.first_ns))
        last = clock.now_ns() + limit_s * 1e9
        for thread in threads:
            thread.join(max(0.0, (last - clock.now_ns()) / 1e9))
        if wrong:
            raise CheckFailed(wrong[0])
        if any(thread.is_alive() for thread in threads):
            raise CheckFailed("{} threads at once did not end within {:.0f} s".format(count, limit_s))
        return None if count == THREADS else "{} at once, because a call is long".format(count)

    def difference(self, at):
        """Call the function again with the input at ``at``.

        Return how the answer differs from the first one, or None, and how long the call took.
        """
        given = copy.deepcopy(self.request["inputs"][at])
        began = clock.now_ns()
        try:
            answer = calling.call(self.function, given)
            took_ns = clock.now_ns() - began
            self.end_forked()
            answer = answers.plain(answer)
        except BaseException as error:  # SystemExit would end this thread alone, and unseen
            return "input {}: {}".format(at + 1, shown(error)["error"]), clock.now_ns() - began
        if self.request["same_answers"] and not answers.same(self.reply["answers"][at], answer):
            return "input {}: another answer than at its first call".format(at + 1), took_ns
        return None, took_ns

    def child(self, method, body):
        """Compare the answers of ``body`` in a child process begun by ``method``; a forked one has answered already."""
        reply = self.forked if method == "fork" else self.reply_of(method, body)
        if isinstance(reply, Exception):
            raise reply
        expected = self.reply["answers"][: len(reply["answers"])]
        if self.request["same_answers"] and not answers.same(json.loads(json.dumps(expected)), reply["answers"]):
            raise CheckFailed("the child's answers differ")

    def reply_of(self, method, body):
        """Return the reply of ``body`` in a child process begun by ``method``."""
        path = "{}.{}".format(self.reply_path, self.reply["now"])
        return children.reply_of(method, body, self.request, path, max(CHILD_S, 10e-9 * max(self.first_ns)))


def in_child(request, path):
    """Load and call the function in this child; write what was seen to ``path``."""
    gate = Gate(request, path)
    if gate.check("function", gate.loads):
        gate.check("answers", gate.answers, SECOND_CALLS_NS)
    os._exit(0)  # as in main


def in_subinterpreter(request, path):
    """Load and call the function in a subinterpreter of this child, since a package may end the process there."""
    from concurrent import interpreters

    code = (
        "import json, sys; sys.path[:0] = [{!r}]; from harness.own_function import gate; "
        "gate.in_child(json.loads({!r}), {!r})"
    )
    run = getattr(interpreters.create(), "exec")  # 2.7 takes the word for its statement
    run(code.format(ROOT, json.dumps(request), path))


def main(request_path, reply_path):
    with io.open(request_path, encoding="utf-8") as stream:
        request = json.load(stream)
    Gate(request, reply_path).run()
    sys.stdout.flush()
    os._exit(0)  # neither its threads nor its atexit hooks may keep this process


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
