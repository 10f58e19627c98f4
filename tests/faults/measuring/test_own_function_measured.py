"""A person's function through `try`, as a person runs it: gated, measured, decided; and ended in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from runoff.common.guard import Guard
from runoff.common.paths import ROOT, workload_file
from runoff.records import record
from runoff.workload import target
from runoff.workload.inside import GATE, Inside
from tests.helpers.expected import need

#: It prints, reads a file of its folder, imports a module named like one of ours, changes its input, needs a variable.
TRAPS = """
import os
import compat
KEY = os.environ["SHOP_KEY"]
class Handle(object):
    def __init__(self):
        self.rate = compat.RATE
    def __call__(self, order):
        print("x" * 10000)
        with open("data.txt") as stream:
            return [order.pop("price") * self.rate, stream.read(), len(KEY)]
"""
SECRET = "never-to-be-stored"


def command(folder, *options, session=("try",)):
    return [sys.executable, "-m", "runoff.cli", *session, *options, "--results", str(folder / "results")]


def run(folder, *options, session=("try",)):
    words = command(folder, *options, session=session)
    variables = {**os.environ, "NO_COLOR": "1", "SHOP_KEY": SECRET}
    return subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=280, check=False)


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "orders.py").write_text(TRAPS)
    (folder / "compat.py").write_text("RATE = 3\n")
    (folder / "data.txt").write_text("data")
    (folder / "orders.jsonl").write_text('{"price": 1}\n{"price": 2}\n')
    return folder


def test_a_function_is_gated_measured_and_decided_and_its_folder_stays_as_it_was(found, tmp_path, shop):
    labels = [need(found, name).label for name in ("cpython-3.13", "pypy-3.11")]
    before = sorted(shop.iterdir())
    own = [f"{shop}/orders.py:Handle", "--inputs", f"{shop}/orders.jsonl", "--env", "SHOP_KEY"]
    quick = ["--profile", "smoke", "--scenario", "serial,process-pool", "--today", f"{labels[0]}/serial"]
    done = run(tmp_path, *own, *quick, "--interpreter", ",".join(labels), "--concurrency", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    (header,) = tmp_path.glob(f"results/*/*/{record.HEADER}")
    made = record.read(header.parent)
    assert {each["status"] for each in made.records} == {"ok"}, [each["reason"] for each in made.records]
    assert {(each["interpreter"], each["scenario"]) for each in made.records} == {
        (label, scenario) for label in labels for scenario in ("serial", "process-pool")
    }
    assert [row["passed"] for row in made.header["gate"]] == [True, True]
    assert made.header["today"] == {"interpreter": labels[0], "scenario": "serial"}
    assert sorted(shop.iterdir()) == before
    everything = [*header.parent.rglob("*"), workload_file(made.header["workload"]["digest"], labels[0])]
    assert not [path for path in everything if path.is_file() and SECRET.encode() in path.read_bytes()]
    told = " ".join(done.stdout.split())  # a long path breaks lines elsewhere
    for expected in ("Plan (", "one call after another", "run there?", "Times the calls/s of today's", "Page: "):
        assert expected in told
    assert " passed" not in told.partition("Page: ")[2]


def test_what_fails_on_one_interpreter_does_not_say_the_value_that_it_quotes(found, tmp_path, shop):
    labels = [need(found, name).label for name in ("cpython-3.13", "pypy-3.11")]
    (shop / "parses.py").write_text(
        "import os, sys\n"
        "def handle(order):\n"
        "    if 'PyPy' in sys.version:\n"
        "        raise ValueError('cannot parse %r' % os.environ['SHOP_KEY'])\n"
        "    return order\n"
    )
    own = [f"{shop}/parses.py:handle", "--inputs", f"{shop}/orders.jsonl", "--env", "SHOP_KEY"]
    done = run(tmp_path, *own, "--profile", "smoke", "--scenario", "serial", "--interpreter", ",".join(labels))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ValueError: cannot parse '**'" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    (header,) = tmp_path.glob(f"results/*/*/{record.HEADER}")
    assert "cannot parse '**'" in header.read_text()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_what_runs_nowhere_is_one_sentence_that_names_what_is_there(found, tmp_path, shop):
    label = need(found, "cpython-3.13").label
    own = [f"{shop}/orders.py:handle", "--inputs", f"{shop}/orders.jsonl", "--env", "SHOP_KEY", "--interpreter", label]
    done = run(tmp_path, *own)
    assert done.returncode == 2
    assert "orders.py has no handle; it has Handle" in (done.stdout + done.stderr).replace("\n", " ")
    assert "Traceback" not in done.stderr
    required = run(tmp_path, *own, "--gate-only", "--require", label)
    assert required.returncode == 3
    assert f"{label}: failed function: " in required.stdout
    assert not list(tmp_path.glob(f"results/*/*/{record.HEADER}"))


def test_chosen_sessions_measure_a_function_too(found, tmp_path, shop):
    labels = [need(found, name).label for name in ("cpython-3.13", "pypy-3.11")]
    (tmp_path / "enlisted").write_text("\n".join(labels))
    own = ["--workload", f"{shop}/orders.py:Handle", "--inputs", f"{shop}/orders.jsonl", "--env", "SHOP_KEY"]
    quick = ["--profile", "smoke", "--scenario", "serial", "--baseline", labels[0]]
    enlisted = ["measure", "--enlisted", str(tmp_path / "enlisted")]
    gated = run(tmp_path, *own, "--gate-only", session=enlisted)
    assert gated.returncode == 0, gated.stdout + gated.stderr
    assert not list(tmp_path.glob(f"results/*/*/{record.HEADER}"))
    done = run(tmp_path, *own, *quick, session=enlisted)
    assert done.returncode == 0, done.stdout + done.stderr
    (header,) = tmp_path.glob(f"results/*/*/{record.HEADER}")
    made = record.read(header.parent)
    assert {(each["interpreter"], each["status"]) for each in made.records} == {(label, "ok") for label in labels}


def alive(mark):
    """The processes that carry ``mark`` on their command line."""
    found = []
    for each in psutil.process_iter():
        try:
            if mark in " ".join(each.cmdline()) and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each.pid)
        except psutil.Error:
            continue
    return found


def gone(mark, within_s=15.0):
    until = time.monotonic() + within_s
    while alive(mark) and time.monotonic() < until:
        time.sleep(0.1)
    return not alive(mark)


def test_a_child_in_a_session_of_its_own_does_not_outlive_the_gate(tmp_path):
    length = f"9{os.getpid()}"  # of a sleep, by which it is found
    (tmp_path / "orders.py").write_text(
        f"import subprocess\nkept = subprocess.Popen(['sleep', '{length}'], start_new_session=True)\n"
        "def handle(x):\n    return x\n"
    )
    request = {"target": target.parse(f"{tmp_path}/orders.py:handle", None).as_request(), "inputs": [[1]]}
    guard = Guard()
    try:
        more = {"modules": [], "same_answers": True, "answers_only": True}
        reply, ended = Inside(guard).ask(GATE, [sys.executable], {**request, **more}, {})
    finally:
        guard.close()
    assert (reply["answers"], ended) == ([1], None)
    assert gone(f"sleep {length}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_driver_that_is_ended_during_the_gate_leaves_nothing(found, tmp_path, number):
    label = need(found, "cpython-3.13").label
    mark = f"runoff-mark-{os.getpid()}-{number}"
    began = tmp_path / "began"
    (tmp_path / f"{mark}.py").write_text(
        "import subprocess, sys, time\n"
        f"kept = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'])\n"
        f"def handle():\n    open({str(began)!r}, 'w').close()\n    time.sleep(600)\n"
    )
    driver = subprocess.Popen(
        command(tmp_path, f"{tmp_path}/{mark}.py:handle", "--interpreter", label),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 90
        while not began.exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert alive(mark)
        driver.send_signal(number)
        driver.wait(30)
        assert gone(mark)
    finally:
        driver.kill()
        driver.wait()
