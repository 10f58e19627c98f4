"""One invocation of interpreters that crash, hang, chatter and lie: each becomes a record with its reason."""

from __future__ import annotations

import ast
import contextlib
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from runoff.common.guard import Guard, unbroken
from runoff.common.paths import ROOT
from runoff.driver import log_file
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.records import record
from tests.helpers import runs
from tests.helpers.environments import environment
from tests.helpers.processes import alive

FAKE = ROOT / "tests" / "fakes" / "interpreter.py"
SECRET = "qQzZ" * 20  # of letters that stand nowhere else


@pytest.fixture
def guard():
    with_guard = Guard()
    yield with_guard
    with_guard.close()


def run(how: str, folder: Path, guard: Guard, timeout_s: float = 30.0, **parameters) -> record.Record:
    fake = environment("fake-1", command=(sys.executable, str(FAKE), how))
    cell = PlannedCell("fake-1", "serial", "python", 4, tuple(parameters.items()))
    job = Job(cell, 0, fake, {"rounds": 10}, 3, 5, 0.0, timeout_s, hash_seed=7, padding_bytes=11)
    return invoke(job, folder, guard)


def test_an_honest_one_becomes_a_complete_record(tmp_path, guard):
    got = run("honest", tmp_path, guard)
    assert (got["status"], got["reason"], got["iterations_ns"], got["cold_ns"]) == ("ok", None, [1000] * 3, 1000)
    assert set(got) == set(record.FIELDS)
    assert 0 < got["startup_ns"] < 30e9
    assert got["first_answer_ns"] == got["startup_ns"] + 10 + 1000
    assert got["paces_ns"] == [500] * 4
    assert got["compiling_ns"] == [300] * 3
    assert got["cpu_s"] > 0
    assert got["peak_memory_bytes"] > 2**20
    assert got["context_switches"]["voluntary"] >= 0


@pytest.mark.parametrize(
    ("how", "status", "reason"),
    [
        ("crash", "crashed", "SIGSEGV"),
        ("exit", "crashed", "no reply; exit code 3 (log: invocations/"),
        ("half", "failed", "not JSON"),
        ("list", "failed", "does not have the harness's form"),
        ("few", "failed", "1 iterations, asked for 3 to 5"),
        ("negative", "failed", "nanoseconds"),
        ("floats", "failed", "nanoseconds"),
        ("no-paces", "failed", "paces are not one more than its iterations"),
        ("few-paces", "failed", "paces are not one more than its iterations"),
        ("timeless-paces", "failed", "whole nanoseconds above 0"),
        ("few-compiler-times", "failed", "times of the compiler are not as many as its iterations"),
        ("negative-compiler-times", "failed", "whole nanoseconds from 0 up"),
        ("unchecked", "failed", "1 answers were checked"),
        ("uncounted", "failed", "failures are not counted by kind"),
        ("too-many-failed", "failed", "answers were checked"),
        ("uneven", "failed", "busiest first"),
        ("too-many-answers", "failed", "13 answers to 12 tasks"),
        ("unasked", "failed", "kills that were not asked for"),
        ("no-status", "failed", "does not have the harness's form"),
        ("no-build", "failed", "does not say which build answered"),
        ("another-build", "failed", "its sys_version is '1.1 (a build)' and '1.0 (a build)' was planned"),
        ("another-flag", "failed", "its flags is {'optimize': 2} and {} was planned"),
        ("no-gil", "failed", "its gil is False and True was planned"),
        ("slow-clock", "failed", "its clocks disagree: 1.000 s by fake and 2.000 s by the wall clock"),
        ("no-start", "failed", "when the interpreter had started"),
        ("wrong", "failed", "WrongAnswer"),
        ("wrong-in-odd-words", "failed", "WrongAnswer"),
        ("nested", "failed", "the reply is not JSON: "),
        ("nested-gil", "failed", "the reply"),
        ("start-at-nan", "failed", "NaN is no number"),
        ("start-at-infinity", "failed", "Infinity is no number"),
        ("began-at-no-time", "failed", "cannot be put on record"),
        ("nan-in-the-clock", "failed", "NaN is no number"),
        ("clock-beyond-any-float", "failed", "cannot be put on record"),
        ("beyond-any-float", "failed", "cannot be put on record"),
        ("negative-open", "failed", "its field open_ns is '-1' and must be a whole number from 0 up"),
        ("gil-in-a-word", "failed", "its field gil is 'on' and must be an object"),
        ("centuries", "failed", "its field iterations_ns is"),
    ],
)
def test_every_failure_is_a_row_with_a_reason_and_without_times(tmp_path, guard, how, status, reason):
    got = run(how, tmp_path, guard)
    assert got["status"] == status
    assert reason in got["reason"]
    assert got.get("iterations_ns") is None
    assert read_again(got, tmp_path / "results") == got


def read_again(got: record.Record, folder: Path) -> record.Record:
    """Return ``got`` as the report reads it, from the files of a run."""
    record.write_header(folder, runs.run(folder, ["fake-1"], [runs.cell("fake-1", "serial", "python", 4)], ()).header)
    file = record.RecordFile(folder / record.RECORDS)
    file.append(got)
    file.close()
    (found,) = record.read(folder).records
    return found


def test_a_wall_clock_that_is_set_while_it_runs_makes_no_invocation_shorter(tmp_path, guard, monkeypatch):
    monkeypatch.setattr("runoff.driver.invoke.time.time", itertools.count(time.time(), -3600).__next__)
    got = run("honest", tmp_path, guard)
    assert got["status"] == "ok"
    assert 0 < got["wall_s"] < 30
    assert read_again(got, tmp_path / "results") == got


def test_a_reply_that_an_earlier_invocation_left_in_the_folder_is_not_believed(tmp_path, guard):
    assert run("honest", tmp_path, guard)["status"] == "ok"
    got = run("exit", tmp_path, guard)
    assert (got["status"], got["iterations_ns"]) == ("crashed", None)
    assert got["reason"].startswith("no reply; exit code 3")


def test_a_cell_with_loads_has_their_latencies(tmp_path, guard):
    got = run("honest", tmp_path, guard, loads=[50], seconds=1)
    assert (got["status"], got["reason"]) == ("failed", "the reply's latencies are not a list of loads")


def test_chatter_goes_to_the_log_which_keeps_its_beginning_and_its_end(tmp_path, guard):
    assert run("chatter", tmp_path, guard)["status"] == "ok"
    log = (tmp_path / "log.txt").read_text()
    beginning, left_out, end = re.split(r"\n\.\.\. (\d+) bytes are left out here \.\.\.\n", log)
    assert len(beginning) == len(end) == log_file.KEPT_BYTES
    command, _, said = beginning.partition("\n")
    assert command.startswith("$ cd ")
    assert {*said, *end} == {"x", "y", "\n"}
    assert int(left_out) == len(command) + 1 + 2 * 5_000_001 - 2 * log_file.KEPT_BYTES


def test_what_prints_without_an_end_is_ended_before_it_fills_the_disk(tmp_path, guard, monkeypatch):
    monkeypatch.setattr(log_file, "MOST_BYTES", 2**21)
    begun = time.monotonic()
    got = run("flood", tmp_path, guard)
    assert (got["status"], got["reason"]) == ("failed", "killed after it had printed 2 MiB: let it print or log less")
    assert time.monotonic() - begun < 10
    assert (tmp_path / "log.txt").stat().st_size < 2 * log_file.KEPT_BYTES + 100
    assert read_again(got, tmp_path / "results") == got


def test_a_password_where_a_long_log_is_cut_is_hidden_as_well(tmp_path, guard, monkeypatch):
    monkeypatch.setattr(log_file, "KEPT_BYTES", 3000)
    fake = environment("fake-1", command=(sys.executable, str(FAKE), "environment"))
    for name in (f"RUNOFF_TEST_{at:04}" for at in range(500)):
        monkeypatch.setenv(name, SECRET)
    cell = PlannedCell("fake-1", "serial", "python", 4, ())
    passed_on = {name: SECRET for name in os.environ if name.startswith("RUNOFF_TEST_")}
    urls = {"RUNOFF_AMQP_CLIENT": ("amqp://127.0.0.1", "a broker's")}
    job = Job(cell, 0, fake, {}, 3, 5, 0.0, 30.0, 7, 11, secrets=urls, passed_on=passed_on)
    assert invoke(job, tmp_path, guard)["status"] == "ok"
    log = (tmp_path / "log.txt").read_text()
    assert "bytes are left out here" in log
    assert SECRET[:4] not in log
    assert SECRET[-4:] not in log


def test_a_password_is_in_no_file_even_of_an_interpreter_that_prints_its_environment(tmp_path, guard):
    fake = environment("fake-1", command=(sys.executable, str(FAKE), "environment"))
    secret = "pa55word%21"
    urls = {f"RUNOFF_AMQP_{role}": (f"amqp://u:{secret}@127.0.0.1/v", "a broker's") for role in ("CLIENT", "WORKER")}
    cell = PlannedCell("fake-1", "serial", "python", 4, ())
    got = invoke(Job(cell, 0, fake, {"rounds": 10}, 3, 5, 0.0, 30.0, 7, 11, secrets=urls), tmp_path, guard)
    assert (got["status"], got["clock"]["name"]) == ("ok", "amqp://u:**@127.0.0.1/v")
    for path in tmp_path.iterdir():
        assert secret not in path.read_text(), path.name
    command, _, said = (tmp_path / "log.txt").read_text().partition("\n")
    assert "amqp://u:**@127.0.0.1/v" in said

    by_hand = subprocess.run(["sh", "-c", command.removeprefix("$ ")], capture_output=True, text=True)
    assert by_hand.returncode != 0
    assert "RUNOFF_AMQP_CLIENT: a broker's" in by_hand.stderr
    known = {**os.environ, **{name: value for name, (value, _) in urls.items()}}
    again = subprocess.run(["sh", "-c", command.removeprefix("$ ")], capture_output=True, env=known)
    assert again.returncode == 0


def test_no_other_librarys_pool_of_threads_takes_cores_that_are_not_accounted_for(tmp_path, guard, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    fake = environment("fake-1", command=(sys.executable, str(FAKE), "environment"), variables={"OWN": "1"})
    secrets = {"RUNOFF_AMQP_CLIENT": ("amqp://127.0.0.1", "a broker's")}
    job = Job(PlannedCell("fake-1", "serial", "python", 4, ()), 0, fake, {}, 3, 5, 0.0, 30.0, 7, 11, secrets=secrets)
    assert invoke(job, tmp_path, guard)["status"] == "ok"
    seen = ast.literal_eval((tmp_path / "log.txt").read_text().splitlines()[1])
    assert {name: value for name, value in seen.items() if name.endswith("_NUM_THREADS")} == {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NUMEXPR_NUM_THREADS": "1",
    }
    assert (seen["OWN"], seen["PYTHONHASHSEED"], seen["RUNOFF_PADDING"]) == ("1", "7", "x" * 11)


def test_the_logs_first_line_is_a_command_that_repeats_the_invocation(tmp_path, guard):
    run("honest", tmp_path, guard)
    (tmp_path / "reply.json").unlink()
    command = (tmp_path / "log.txt").read_text().splitlines()[0]
    assert command.startswith("$ ")
    subprocess.run(command[2:], shell=True, check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "reply.json").exists()


def children_of(session: int) -> list[int]:
    """Processes in the session (and group) that the invocation with this leader began."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_hang_is_killed_with_all_its_children(tmp_path, guard, monkeypatch):
    watched = []
    monkeypatch.setattr(guard, "watch", watched.append)
    monkeypatch.setattr(guard, "release", lambda pid: None)
    begun = time.monotonic()
    got = run("hang", tmp_path, guard, timeout_s=1.0)
    assert (got["status"], got["reason"]) == ("timeout", "killed after 1 s")
    assert time.monotonic() - begun < 5
    until = time.monotonic() + 2  # what was killed takes its moment to end
    while children_of(watched[0]) and time.monotonic() < until:
        time.sleep(0.01)
    assert children_of(watched[0]) == []


def test_what_an_interpreter_leaves_running_is_ended(tmp_path, guard):
    assert run("orphan", tmp_path, guard)["status"] == "ok"
    pid = int(re.search(r"orphan (\d+)", (tmp_path / "log.txt").read_text()).group(1))
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(pid)


def test_what_a_killed_interpreter_leaves_in_its_folder_for_temporary_files_is_removed(tmp_path, guard, monkeypatch):
    base = tmp_path / ("very-long-" * 8)
    base.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    assert run("litter", tmp_path / "folder", guard)["reason"].startswith("ended by SIGKILL")
    litter = Path(re.search(r"^litter (.+)$", (tmp_path / "folder" / "log.txt").read_text(), re.MULTILINE).group(1))
    assert not litter.exists()
    assert not litter.parent.exists()
    assert len(str(litter.parent)) < 60, "short enough for a socket's path"


def test_without_a_pidfd_the_end_is_found_and_accounted_all_the_same(tmp_path, guard, monkeypatch):
    monkeypatch.delattr("os.pidfd_open")
    assert run("honest", tmp_path / "honest", guard)["cpu_s"] > 0
    assert run("crash", tmp_path / "crash", guard)["reason"].startswith("ended by SIGSEGV")
    assert run("hang", tmp_path / "hang", guard, timeout_s=0.5)["status"] == "timeout"


def test_memory_is_that_of_the_tree_seen_from_outside(tmp_path, guard):
    plain = run("honest", tmp_path / "plain", guard)["peak_memory_bytes"]
    fat = run("memory", tmp_path / "fat", guard)["peak_memory_bytes"]
    assert fat - plain > 50 * 2**20


def test_an_open_loop_is_looked_at_less_often(tmp_path, guard, monkeypatch):
    monkeypatch.setattr("runoff.driver.watched_process.SAMPLE_EVERY_S", 0.005)
    fake = environment("fake-1", command=(sys.executable, str(FAKE), "memory"))
    samples = []
    for name, parameters in (("closed", ()), ("open", (("seconds", 1),))):
        job = Job(PlannedCell("fake-1", "serial", "python", 4, parameters), 0, fake, {}, 3, 5, 0.0, 30.0, 7, 11)
        samples.append(invoke(job, tmp_path / name, guard)["memory_samples"])
    assert samples[0] > samples[1] > 0


@pytest.mark.parametrize(
    ("transport", "ours", "known"), [("amqp", (), False), ("amqp", (os.getpid(),), True), ("zmq+tcp", (), True)]
)
def test_what_a_broker_of_others_uses_is_taken_for_no_disturbance(tmp_path, guard, transport, ours, known):
    fake = environment("fake-1", command=(sys.executable, str(FAKE), "honest"))
    cell = PlannedCell("fake-1", "distributed", "python", 4, (("transport", transport),))
    got = invoke(Job(cell, 0, fake, {}, 3, 5, 0.0, 30.0, 7, 11, broker=ours), tmp_path, guard)
    assert (got["foreign_cpu_s"] is not None) is known


def test_an_executable_that_vanished_is_bad_luck_for_one_cell_only(tmp_path, guard):
    gone = environment("gone", command=(str(tmp_path / "gone"),))
    cell = PlannedCell("gone", "serial", "python", 4, ())
    got = invoke(Job(cell, 0, gone, {}, 3, 5, 0.0, 5.0, 1, 1), tmp_path / "x", guard)
    assert (got["status"], got["exit_code"]) == ("crashed", None)
    assert "No such file" in got["reason"]


def test_a_killed_drivers_invocations_are_killed_by_the_guard():
    driver = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, time\n"
            "from runoff.common.guard import Guard\n"
            "guard = Guard()\n"
            "left = subprocess.Popen(['sleep', '600'], start_new_session=True); guard.watch(left.pid)\n"
            "ended = subprocess.Popen(['sleep', '0'], start_new_session=True); guard.watch(ended.pid)\n"
            "ended.wait(); guard.release(ended.pid)\n"
            "print(left.pid, guard._process.pid, flush=True)\n"
            "time.sleep(600)\n",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=FAKE.parent.parent.parent,
    )
    left, its_guard = map(int, driver.stdout.readline().split())
    assert alive(left)
    driver.kill()
    driver.wait()
    driver.stdout.close()
    deadline = time.monotonic() + 5
    while (alive(left) or alive(its_guard)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(left)
    assert not alive(its_guard), "the guard itself goes too"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_between_a_processs_start_and_its_being_watched_waits(number):
    heard, done = [], []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("term"))
    try:
        ends = pytest.raises(KeyboardInterrupt) if number == signal.SIGINT else contextlib.nullcontext()
        with ends, unbroken():
            signal.raise_signal(number)
            assert not heard
            done.append("watched")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert done == ["watched"]
    assert heard == (["term"] if number == signal.SIGTERM else [])


def test_what_ignores_interrupts_goes_on_doing_so_in_what_it_starts():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with unbroken():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
