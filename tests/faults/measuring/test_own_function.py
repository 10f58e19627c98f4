"""Functions with a trap in them, each given to harness/own_function/gate.py in a real interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.workload import target
from runoff.workload.inside import GATE, Inside


def ask(tmp_path, source, inputs=([1], [2]), name="orders.py", variables=None, threads_for_s=0.5, loops=0):
    """Return {check: row}, the reply and how the gate ended; with ``loops`` the source is a script of pyperf."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    benchmark = loops and target.of_benchmark("pyperf", str(path), None, (), loops)
    wanted = benchmark or target.parse(f"{path}:handle", None)
    request = {"target": wanted.as_request(), "inputs": list(inputs), "modules": [], "same_answers": True}
    request.update(answers_only=False, threads_for_s=threads_for_s)
    guard = Guard()
    try:
        reply, ended = Inside(guard).ask(GATE, [sys.executable], request, variables or {})
    finally:
        guard.close()
    return {row["check"]: row for row in reply.get("checks", [])}, reply, ended


ANSWERS = "def handle(x):\n    return x\n"
#: As a metric does in its library, and refuses to do twice.
REGISTERS = """
import logging
if hasattr(logging, "of_orders"):
    raise ValueError("Duplicated timeseries")
logging.of_orders = True
"""
#: As a client does that keeps a connection, or threads, which a child does not inherit.
CONNECTS = """
import os
connected = []
def handle(x):
    connected.append(os.getpid())
    if connected[0] != os.getpid():
        raise RuntimeError("connected before the fork")
    return x
"""


@pytest.mark.parametrize(
    ("source", "answers"),
    [
        (ANSWERS, [1, 2]),
        ("print('x' * 100000)\n" + ANSWERS, [1, 2]),
        ("import sys\ndef handle(x):\n    return sys.stdin.read()\n", ["", ""]),
        ("async def handle(x):\n    return x\n", [1, 2]),
        ("class handle:\n    def __call__(self, x):\n        return x\n", [1, 2]),
        (
            "def handle(x):\n    return {x}, b'\\xff', float('inf')\n",
            [[{"$set": [x]}, {"$bytes": "ff"}, {"$float": "inf"}] for x in (1, 2)],
        ),
        ("import os\ndef handle(x):\n    return os.path.basename(__file__)\n", ["orders.py"] * 2),
        ("import atexit, time\natexit.register(time.sleep, 1000)\n" + ANSWERS, [1, 2]),
        (ANSWERS + "if __name__ == '__main__':\n    raise SystemExit(handle(1))\n", [1, 2]),
        ("import os\ndef handle(x):\n    os.waitpid(os.fork() or os._exit(0), 0)\n    return x\n", [1, 2]),
        (REGISTERS + ANSWERS, [1, 2]),
        (CONNECTS, [1, 2]),
        ("def handle(x):\n    return __name__\n", ["orders"] * 2),
        ("def handle(x):\n    return 2 ** 20000\n", [{"$int": "1" + "0" * 5000}] * 2),
    ],
    ids=[
        *("plain", "prints", "stdin", "async", "class", "no JSON", "__file__", "atexit hangs", "main guard", "forks"),
        *("registers", "connects at its first call", "__name__", "a long integer"),
    ],
)
def test_what_is_no_fault_passes_every_check(tmp_path, source, answers):
    rows, reply, ended = ask(tmp_path, source)
    assert ended is None
    assert [row for row in rows.values() if not row["ok"]] == []
    assert reply["answers"] == answers
    assert {"function", "answers", "gil", "leaves nothing", "threads", "spawn"} <= set(rows)


@pytest.mark.parametrize(
    ("source", "check", "reason"),
    [
        ("import sys\ndef handle(x):\n    sys.exit(3)\n", "answers", "SystemExit: 3"),
        ("def handle(x):\n    return 1 // (2 - x)\n", "answers", "input 2: ZeroDivisionError"),
        ("import os\ndef handle(x):\n    os.fork() and os.wait()\n    return x\n", "answers", "its child returns"),
        ("import no_such_module\n" + ANSWERS, "function", "no_such_module"),
        ("other = 1\n", "function", "has no handle"),
        ("handle = 1\n", "function", "cannot be called"),
        ("def handle(x):\n    return 'x' * (17 * 2**20)\n", "answers", "at most 16 MiB"),
        ("import os\nos.chdir('/')\n" + ANSWERS, "leaves nothing", "changes the folder"),
        ("import os\nos.environ['A_B'] = '1'\n" + ANSWERS, "leaves nothing", "changes the environment"),
        ("import sys\nsys.setrecursionlimit(5000)\n" + ANSWERS, "leaves nothing", "changes the recursion limit"),
        (
            "import locale\nlocale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')\n" + ANSWERS,
            "leaves nothing",
            "changes the locale",
        ),
        (
            "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + ANSWERS,
            "leaves nothing",
            "changes the handler of SIGTERM",
        ),
        (
            "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n" + ANSWERS,
            "leaves nothing",
            "changes the handler of SIGCHLD",
        ),
        ("kept = open(__file__)\n" + ANSWERS, "leaves nothing", "open file "),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), name='forever').start()\n"
            + ANSWERS,
            "leaves nothing",
            "thread forever",
        ),
        (
            "import subprocess\nkept = subprocess.Popen(['sleep', '1000'])\n" + ANSWERS,
            "leaves nothing",
            "child ",
        ),
        (
            "import time\nat = [0]\ndef handle(x):\n    at[0] = x\n    time.sleep(0.001)\n    return at[0]\n",
            "threads",
            "another answer than at its first call",
        ),
        ("at = [0]\ndef handle(x):\n    at[0] += 1\n    return at[0]\n", "second call", "another answer than at its"),
        (
            "import multiprocessing\nif multiprocessing.current_process().name != 'MainProcess':\n"
            "    raise RuntimeError('no child')\n" + ANSWERS,
            "spawn",
            "RuntimeError: no child",
        ),
    ],
)
def test_a_trap_fails_its_check_with_its_reason(tmp_path, source, check, reason):
    rows, _, ended = ask(tmp_path, source, threads_for_s=0.5 if check == "threads" else 0.05)
    assert ended is None
    assert not rows[check]["ok"]
    assert reason in rows[check]["reason"]


#: As a batcher does: what it made at its first call belongs to that call's loop.
BATCHES = """
import asyncio

class handle:
    def __init__(self):
        self.task = None

    async def __call__(self, x):
        if self.task is None:
            self.queue = asyncio.Queue()
            self.task = asyncio.ensure_future(self.answer())
        asked = asyncio.get_running_loop().create_future()
        await self.queue.put((asked, x))
        return await asyncio.wait_for(asked, 1)

    async def answer(self):
        while True:
            asked, x = await self.queue.get()
            asked.set_result(x + 1)
"""


def test_what_belongs_to_a_loop_is_there_at_the_next_call(tmp_path):
    rows, reply, ended = ask(tmp_path, BATCHES)
    assert (reply["answers"], ended) == ([2, 3], None)
    assert {name for name, row in rows.items() if not row["ok"]} == {"threads"}  # each has a loop of its own


#: Only what runs in a child is slow, and fails at its second call.
SLOW_IN_CHILDREN = """
import multiprocessing, time
def handle(x):
    if multiprocessing.parent_process() is not None:
        if x == 2:
            raise ValueError("a second call")
        time.sleep(1.1)
    return x
"""


def test_a_child_answers_what_a_second_holds(tmp_path):
    rows, reply, ended = ask(tmp_path, SLOW_IN_CHILDREN)
    assert (reply["answers"], ended) == ([1, 2], None)
    assert [row for row in rows.values() if not row["ok"]] == []


def test_threads_that_do_not_end_fail_their_check_and_end_with_the_process(tmp_path):
    (tmp_path / "orders.py").write_text(
        "import threading\ndef handle(x):\n"
        "    while threading.current_thread() is not threading.main_thread():\n        pass\n    return x\n"
    )
    wanted = target.parse(f"{tmp_path / 'orders.py'}:handle", None).as_request()
    request = {"target": wanted, "inputs": [[1]], "modules": [], "same_answers": True, "answers_only": False}
    request["threads_for_s"] = 0.5
    (tmp_path / "request.json").write_text(json.dumps(request))
    code = (
        "import sys; sys.path.insert(0, 'harness/own_function'); import gate; "
        "from harness.own_function import first_calls; first_calls.AT_LEAST_S = 2.0; gate.main(*sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "request.json"), str(tmp_path / "reply.json")]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    reply = json.loads((tmp_path / "reply.json").read_text())
    assert reply["checks"][-1]["check"] == "threads"
    assert reply["checks"][-1]["reason"] == "8 threads at once did not end within 2 s"


def test_a_function_that_ends_the_process_is_named(tmp_path):
    rows, reply, ended = ask(tmp_path, "import os\ndef handle(x):\n    os._exit(7)\n")
    assert reply["now"] == "answers"
    assert "exit code 7" in ended
    assert rows["function"]["ok"]


def test_the_traceback_is_the_persons_own(tmp_path):
    rows, _, _ = ask(tmp_path, "def handle(x):\n    return helper(x)\ndef helper(x):\n    return x.none\n")
    assert "orders.py" in rows["answers"]["traceback"]
    assert "own_function" not in rows["answers"]["traceback"]


@pytest.mark.parametrize("name", ["json.py", "harness.py", "gate.py", "measure.py"])
def test_the_file_may_be_named_like_one_of_the_standard_library_or_of_ours(tmp_path, name):
    rows, reply, _ = ask(tmp_path, ANSWERS, name=name)
    assert reply["answers"] == [1, 2]
    assert rows["function"]["ok"]


def test_a_module_beside_it_may_be_named_like_one_of_ours(tmp_path):
    (tmp_path / "measure.py").write_text("VALUE = 41\n")
    _, reply, _ = ask(tmp_path, "import measure\ndef handle(x):\n    return measure.VALUE + x\n")
    assert reply["answers"] == [42, 43]


def test_relative_imports_and_data_files_are_found(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "rates.py").write_text("RATE = 3\n")
    source = "from .rates import RATE\ndef handle(x):\n    return RATE * x\n"
    _, reply, _ = ask(tmp_path, source, name="shop/orders.py")
    assert reply["answers"] == [3, 6]


def test_a_variable_that_was_passed_on_is_seen(tmp_path):
    source = "import os\nKEY = os.environ['SHOP_KEY']\ndef handle(x):\n    return len(KEY)\n"
    assert not ask(tmp_path, source)[0]["function"]["ok"]
    assert ask(tmp_path, source, variables={"SHOP_KEY": "abc"})[1]["answers"] == [3, 3]


def test_one_input_of_a_thousand_may_fail(tmp_path):
    source = "def handle(x):\n    return 1 // (700 - x)\n"
    rows, _, _ = ask(tmp_path, source, inputs=[[number] for number in range(1000)])
    assert rows["answers"]["reason"].startswith("input 701: ZeroDivisionError")


def test_a_list_or_an_object_is_spread_over_the_arguments(tmp_path):
    _, reply, _ = ask(tmp_path, "def handle(a, b=0):\n    return a - b\n", inputs=([5, 2], {"b": 1, "a": 9}))
    assert reply["answers"] == [3, 8]


SETS_UP = """
import time, pyperf

def timed(loops):
    time.sleep(0.1)
    begin = pyperf.perf_counter()
    for _ in range(loops):
        time.sleep(0.01)
    return pyperf.perf_counter() - begin

pyperf.Runner().bench_time_func("timed", timed)
"""


def test_a_script_of_pyperf_that_sets_much_up_in_each_call_is_told_how_many_loops_to_make(tmp_path):
    rows, reply, _ = ask(tmp_path, SETS_UP, inputs=[[]], loops=1)
    assert 500 < reply["loops"] < 1200
    assert f"--loops {reply['loops']} leaves 1% for what it sets up" in rows["second call"]["reason"]
    assert [row for row in rows.values() if not row["ok"]] == []


@pytest.mark.parametrize("own", ["10.0", "0.0", "-1.0", "None", "'soon'", "float('nan')", "float('inf')"])
def test_a_script_that_times_all_of_its_call_or_tells_no_time_is_told_nothing(tmp_path, own):
    source = f"import pyperf\npyperf.Runner().bench_time_func('timed', lambda loops: {own})\n"
    rows, reply, _ = ask(tmp_path, source, inputs=[[]], loops=1)
    assert rows["second call"]["ok"]
    assert "--loops" not in (rows["second call"]["reason"] or "")  # a busy machine may make the first call a slow one
    assert reply["loops"] is None
