# Run by the interpreter under test (Python 2.7 upward), as a script: INTERPRETER gate.py REQUEST.json REPLY.json
"""Load a person's function unchanged, call it, and report what was seen, by the standard library alone.

The reply is written again after every check. Where the process ends early it names the check that ended it. Nothing of
ours but this file is imported, so that a module beside the function may have any name.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import inspect
import io
import json
import multiprocessing
import os
import sys
import threading
import time
import traceback
import warnings

#: The folder of this script; it stands in sys.path, where its modules would hide the person's.
HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 8
THREADS_FOR_S = 0.5  # how long the threads repeat the inputs: a race needs time to show
CHILD_S = 30.0
MOST_BYTES = 16 * 1024 * 1024  # of one answer, as JSON


class CheckFailed(Exception):
    """A check failed; the message is its reason."""


# --- load -------------------------------------------------------------------------------------------------------------


def load(target):
    """Return the callable that ``target`` names; set up a class once."""
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != HERE]
    sys.path.insert(0, str(target["folder"]))
    if target["file"] and "." not in target["module"]:
        module = _from_file(target["module"], target["file"])
    else:
        module = __import__(str(target["module"]), fromlist=[str("_")])
    try:
        found = getattr(module, target["name"])
    except AttributeError:
        raise CheckFailed("{} has no {!s}".format(target["file"] or target["module"], target["name"]))
    if inspect.isclass(found):
        found = found()
    if not callable(found):
        raise CheckFailed("{} is a {}, which cannot be called".format(target["name"], type(found).__name__))
    return found


def _from_file(name, path):
    """Import the file at ``path``; a name that is taken, as by the standard library, gets a prefix."""
    name = str("own_" + name if name in sys.modules else name)
    try:
        import importlib.util as tools
    except ImportError:  # Python 2
        import imp

        return imp.load_source(name, str(path))
    spec = tools.spec_from_file_location(name, path)
    module = sys.modules[name] = tools.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- call -------------------------------------------------------------------------------------------------------------


def call(function, value):
    """Call ``function`` with a list or object of arguments, wait where it is a coroutine, and return its answer."""
    answer = function(**value) if isinstance(value, dict) else function(*value)
    if hasattr(answer, "__await__"):
        import asyncio

        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(answer)
        finally:
            loop.close()
    return answer


def plain(value):
    """Return ``value`` as JSON; what JSON lacks is named as what it is."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else {"$float": repr(value)}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        if all(isinstance(key, (str, type(""))) for key in value):
            return dict((plain(key), plain(each)) for key, each in value.items())
        return {"$dict": sorted(([plain(key), plain(each)] for key, each in value.items()), key=_text)}
    if isinstance(value, type("")):
        return value
    if isinstance(value, (bytes, bytearray)):
        return _of_bytes(value)
    if isinstance(value, (set, frozenset)):
        return {"$set": sorted((plain(each) for each in value), key=_text)}
    if hasattr(value, "isoformat"):
        return {"$" + type(value).__name__: value.isoformat()}
    if hasattr(value, "bit_length"):  # Python 2's long
        return value
    return {"$" + type(value).__name__: "{!r}".format(value).split(" at 0x")[0]}


def _of_bytes(value):
    """Return bytes as their hexadecimal digits; Python 2's str is text where it is UTF-8."""
    if bytes is str and isinstance(value, str):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return {"$bytes": "".join("{:02x}".format(each) for each in bytearray(value))}


def _text(value):
    return json.dumps(value, sort_keys=True)


def shown(error):
    """Return ``error`` with the person's own traceback, without our frames."""
    trace = sys.exc_info()[2]
    ours = os.path.splitext(os.path.abspath(__file__))[0]
    while trace is not None and _file(trace) in (ours, "<frozen importlib"):
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace) if trace else []
    lines = [line if isinstance(line, type("")) else line.decode("utf-8", "replace") for line in lines]
    return {"error": "{}: {}".format(type(error).__name__, error), "traceback": "".join(lines)}


def _file(trace):
    name = trace.tb_frame.f_code.co_filename
    return "<frozen importlib" if name.startswith("<frozen importlib") else os.path.splitext(os.path.abspath(name))[0]


# --- checks -----------------------------------------------------------------------------------------------------------


class Gate(object):
    """The checks of one interpreter, in order; each adds a row to the reply."""

    def __init__(self, request, reply_path):
        self.request = request
        self.reply_path = reply_path
        self.reply = {"checks": [], "answers": [], "calls_ns": [], "now": None}
        self.function = None

    def run(self):
        """Run the checks; stop after the first that the others need."""
        before = surroundings()
        with_gil = gil()
        for module in self.request["modules"]:
            self.check("import " + module, self.imports, module)
        if not self.check("function", self.loads):
            return
        if not self.check("answers", self.answers):
            return
        self.check("gil", self.gil_stays_off, with_gil)
        self.check("leaves nothing", self.leaves_nothing, before)
        self.check("threads", self.threads)
        for method in start_methods():
            self.check(method, self.child, method)

    def check(self, name, body, *arguments):
        """Run one check and write the reply; return whether it held."""
        self.reply["now"] = name
        self.write()
        row = {"check": name, "ok": True, "reason": None, "traceback": None}
        began = time.time()
        try:
            row["reason"] = body(*arguments)
        except CheckFailed as failure:
            row.update(ok=False, reason="{}".format(failure))
        except BaseException as error:  # sys.exit in the person's code is an answer as well
            seen = shown(error)
            row.update(ok=False, reason=seen["error"], traceback=seen["traceback"])
        row["seconds"] = time.time() - began
        self.reply["checks"].append(row)
        self.reply["now"] = None
        self.write()
        return row["ok"]

    def write(self):
        """Write the reply atomically."""
        with io.open(self.reply_path + ".partial", "wb") as stream:
            stream.write(json.dumps(self.reply).encode("utf-8"))
        os.rename(self.reply_path + ".partial", self.reply_path)

    def imports(self, module):
        """Import one module of the requirements."""
        before = gil()
        __import__(module)
        if gil() and not before:
            raise CheckFailed("its import turns the GIL on")

    def loads(self):
        """Load the function."""
        before = gil()
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter(str("always"))
            self.function = load(self.request["target"])
        if gil() and not before:
            said = [
                "{}".format(each.message) for each in heard if "global interpreter lock" in "{}".format(each.message)
            ]
            self.reply["gil_by"] = said[0] if said else "the import of the function turned it on"

    def answers(self):
        """Call the function with every input, and keep the answers."""
        for number, value in enumerate(self.request["inputs"], 1):
            began = time.time()
            try:
                answer = plain(call(self.function, value))
            except Exception as error:
                seen = shown(error)
                raise CheckFailed("input {}: {}\n{}".format(number, seen["error"], seen["traceback"]).strip())
            size = len(json.dumps(answer))
            if size > MOST_BYTES:
                words = "input {}: an answer of {:.0f} MiB as JSON; at most {} MiB can be compared"
                raise CheckFailed(words.format(number, size / 2.0**20, MOST_BYTES >> 20))
            self.reply["answers"].append(answer)
            self.reply["calls_ns"].append(int((time.time() - began) * 1e9))

    def gil_stays_off(self, before):
        """Hold the GIL's state against the one before the first import."""
        if before:
            return "on, as this build has it"
        if gil():
            raise CheckFailed(self.reply.get("gil_by", "it is on after the imports above"))
        return "stays off"

    def leaves_nothing(self, before):
        """Compare threads, children, files and the process's settings with those before the import."""
        after = surroundings()
        left = [
            "{} {}".format(name, ", ".join(sorted(after[name] - before[name])))
            for name in ("thread", "child", "open file")
            if after[name] - before[name]
        ]
        left += ["changes the " + name for name in sorted(before["settings"]) if _changed(name, before, after)]
        if left:
            raise CheckFailed("; ".join(left))

    def threads(self):
        """Call the function from 8 threads at once, and compare every answer with the one before."""
        wrong = []
        end = time.time() + THREADS_FOR_S

        def work():
            first = True
            while (first or time.time() < end) and not wrong:
                first = False
                wrong.extend(self.differences()[:1])

        switching = getattr(sys, "setswitchinterval", None)
        usual = sys.getswitchinterval() if switching else None
        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        if switching:
            switching(1e-5)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            if switching:
                switching(usual)
        if wrong:
            raise CheckFailed(wrong[0])

    def differences(self):
        """Call the function again with every input; return what differs from the first answers."""
        found = []
        for number, value in enumerate(self.request["inputs"], 1):
            try:
                answer = plain(call(self.function, value))
            except Exception as error:
                found.append("input {}: {}".format(number, shown(error)["error"]))
                continue
            if self.request["same_answers"] and answer != self.reply["answers"][number - 1]:
                found.append("input {}: another answer than from one thread".format(number))
        return found

    def child(self, method):
        """Answer every input in a child process begun by ``method``."""
        path = "{}.{}".format(self.reply_path, method)
        context = multiprocessing.get_context(method) if hasattr(multiprocessing, "get_context") else multiprocessing
        process = context.Process(target=in_child, args=(self.request, path))
        process.start()
        process.join(CHILD_S)
        if process.exitcode is None:
            process.terminate()
            process.join()
            raise CheckFailed("the child did not answer within {:.0f} s".format(CHILD_S))
        if not os.path.exists(path):
            raise CheckFailed("the child ended with exit code {}".format(process.exitcode))
        with io.open(path, encoding="utf-8") as stream:
            reply = json.load(stream)
        bad = [row for row in reply["checks"] if not row["ok"]]
        if bad:
            raise CheckFailed("in the child, {}: {}".format(bad[0]["check"], bad[0]["reason"]))
        if self.request["same_answers"] and reply["answers"] != json.loads(json.dumps(self.reply["answers"])):
            raise CheckFailed("the child's answers differ")


def _changed(name, before, after):
    return before["settings"][name] != after["settings"][name]


def in_child(request, path):
    """Load and call the function in this child; write what was seen to ``path``."""
    gate = Gate(request, path)
    if gate.check("function", gate.loads):
        gate.check("answers", gate.answers)
    os._exit(0)  # as in main


def gil():
    """Return whether the GIL is on."""
    return not sys.platform.startswith("java") and bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def start_methods():
    """Return the start methods of multiprocessing here."""
    if hasattr(multiprocessing, "get_all_start_methods"):
        return multiprocessing.get_all_start_methods()
    return ["spawn"] if sys.platform == "win32" else ["fork"]


def surroundings():
    """Return what a function may leave behind: threads, children, files, and the settings of the process."""
    import locale
    import signal

    settings = {
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "recursion limit": sys.getrecursionlimit() if hasattr(sys, "getrecursionlimit") else None,
        "locale": locale.setlocale(locale.LC_ALL),
        "handler of SIGINT": signal.getsignal(signal.SIGINT),
        "handler of SIGTERM": signal.getsignal(signal.SIGTERM),
    }
    return {
        "thread": set(thread.name for thread in threading.enumerate()),
        "child": _children(),
        "open file": _open_files(),
        "settings": settings,
    }


def _children():
    """Return the ids of this process's children, where /proc tells."""
    found = set()
    try:
        for task in os.listdir("/proc/self/task"):
            with io.open("/proc/self/task/{}/children".format(task)) as stream:
                found.update(stream.read().split())
    except (IOError, OSError):
        pass
    return found


def _open_files():
    """Return what this process has open, where /proc tells; files of the interpreter itself do not count."""
    found = set()
    try:
        descriptors = os.listdir("/proc/self/fd")
    except OSError:
        return found
    for descriptor in descriptors:
        try:
            name = os.readlink("/proc/self/fd/" + descriptor)
        except OSError:  # the listing's own descriptor
            continue
        if not name.startswith(("/proc/", "/dev/")):
            found.add(name)
    return found


def main(request_path, reply_path):
    with io.open(request_path, encoding="utf-8") as stream:
        request = json.load(stream)
    Gate(request, reply_path).run()
    sys.stdout.flush()
    os._exit(0)  # neither its threads nor its atexit hooks may keep this process


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
