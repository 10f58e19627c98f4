"""The driver as a person runs it: killed, interrupted, resumed, given nonsense, and out of disk."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from runoff.analysis.cells import gathering
from runoff.common.paths import ROOT
from runoff.records import record
from tests.helpers.driver_process import measured_once

CELLS = ["--scenario", "serial,threads", "--task", "noop,python"]
#: Eleven cells, once each: long enough to be interrupted in, short enough to be finished afterwards.
SMOKE = ["--profile", "smoke", "--scenario", "serial,threads,thread-pool,tornado", "--task", "noop,python,native-gil"]


def test_a_killed_driver_leaves_nothing_behind_and_resume_repeats_nothing(driver):
    assert driver.enlist().returncode == 0
    process = driver.start(*SMOKE, "--seed", "5")
    before = driver.wait_for_records(3)
    process.kill()
    process.wait()
    process.stdout.close()
    assert driver.left_over() == []

    folder = driver.run_folder()
    assert record.read_header(folder)["finished_at"] is None
    before = (folder / record.RECORDS).read_bytes()
    with (folder / record.RECORDS).open("ab") as stream:
        stream.write(b'{"schema": 1, "interp')  # as if it had been killed while writing
    done = driver.measure("--resume")
    assert done.returncode == 0, done.stdout + done.stderr
    after = (folder / record.RECORDS).read_bytes()
    assert after.startswith(before), "what was measured is kept as it was"
    assert (folder / "records.jsonl.cut").read_bytes() == b'{"schema": 1, "interp\n'
    once = measured_once(folder)
    assert set(once.values()) == {1}
    assert len({(cell, block) for cell, block, _ in once}) == len(record.read_header(folder)["cells"]) == 11
    assert record.read_header(folder)["finished_at"] is not None
    assert "Cells: 11 ok" in done.stdout

    nothing = driver.measure("--resume")
    assert (nothing.returncode, nothing.stderr.count("no unfinished run")) == (2, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_nothing_behind_and_says_how_to_go_on(driver, number):
    assert driver.enlist().returncode == 0
    kept = signal.signal(number, signal.SIG_DFL)  # these tests may run below nohup, which ignores SIGHUP
    process = driver.start(*SMOKE)
    signal.signal(number, kept)
    driver.wait_for_records(2)
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130, output
    assert "the answer so far is above" in output
    assert "index.html" in output
    assert output.rstrip().endswith("--resume")
    assert "Traceback" not in output
    assert driver.left_over() == []
    assert set(measured_once(driver.run_folder()).values()) == {1}


def test_a_resumed_run_is_the_run_that_was_planned(driver):
    assert driver.enlist().returncode == 0
    process = driver.start(*SMOKE)
    driver.wait_for_records(1)
    process.kill()
    process.communicate()
    other = driver.measure("--resume", "--task", "io")
    assert (other.returncode, "started with other options (tasks differ)" in other.stderr) == (2, True)
    folder = driver.run_folder()
    header = record.read_header(folder)
    del header["schema"]
    planned = header["interpreters"][driver.label]
    for changes, sentence in (
        ({"code": "another"}, "the code that interpreters run has changed since"),
        ({"interpreters": {driver.label: {**planned, "sys_version": "another"}}}, "has changed since"),
        ({"interpreters": {driver.label: {**planned, "packages": ["six==1.0"]}}}, "has other packages than when"),
    ):
        record.write_header(folder, {**header, **changes})
        changed = driver.measure("--resume")
        assert (changed.returncode, sentence in changed.stderr) == (2, True), changed.stderr


def test_a_resumed_run_starts_its_variants_as_it_began_with_them(driver):
    path = str(ROOT / "tests")
    options = [
        "--variant",
        "O",
        "--variant",
        f"own=RUNOFF_OF_THE_TEST={path}",
        "--scenario",
        "serial",
        "--task",
        "noop",
    ]
    assert driver.enlist(*options).returncode == 0
    process = driver.start(*options, "--profile", "smoke")
    driver.wait_for_records(1)
    process.kill()
    process.communicate()
    done = driver.measure("--resume")
    assert "Cells: 3 ok" in done.stdout, done.stdout + done.stderr
    run = record.read(driver.run_folder())
    optimized = {each["interpreter"]: each["answered_by"]["flags"].get("optimize", 0) for each in run.records}
    assert optimized == {driver.label: 0, f"{driver.label}+O": 1, f"{driver.label}+own": 0}
    logs = [log.read_text() for log in driver.run_folder().glob("invocations/*own*/log.txt")]
    assert logs
    assert all(f"RUNOFF_OF_THE_TEST={path} " in log for log in logs)


def test_a_budget_is_kept_to_and_what_did_not_fit_is_said(driver):
    assert driver.enlist().returncode == 0
    begun = time.monotonic()
    done = driver.measure(*CELLS, "--budget", "3")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begun < 60  # the programs around it start and write a page, on a busy machine
    spent = sum(each["wall_s"] or 0 for each in record.read(driver.run_folder()).records)
    assert spent < 3 + 4  # what begins in time may end late: a pilot lasts 2 s, on a busy machine longer
    # What is open says so, and how to go on; a quick machine may have decided before.
    assert re.search(
        r"the budget of 3 s is spent; \d+ comparisons? cannot be decided yet|every decision is made", done.stdout
    )


def test_a_run_without_budget_stops_by_itself_when_all_is_decided_and_says_so(driver):
    assert driver.enlist().returncode == 0
    done = driver.measure("--scenario", "serial", "--task", "native-nogil", "--until-decided", "--allow-eol")
    assert done.returncode == 0, done.stderr
    assert re.search(r"every decision is made, after \d+ s", done.stdout)
    header = record.read_header(driver.run_folder())
    assert (header["finished_at"] is not None, header["allow_eol"]) == (True, True)
    page = json.loads((driver.run_folder() / "report" / "numbers.json").read_text())
    assert page["decision"]["given"]["defaults"]["only_supported"] == 0
    refused = driver.measure("--profile", "rigorous", "--until-decided")
    assert (refused.returncode, "use --until-decided with a racing profile" in refused.stderr) == (2, True)


def test_two_interrupts_end_at_once_and_lose_nothing(driver):
    assert driver.enlist().returncode == 0
    process = driver.start(*SMOKE)
    driver.wait_for_records(2)
    process.send_signal(signal.SIGINT)
    folder = driver.run_folder()
    deadline = time.monotonic() + 20
    while "noise_after" not in record.read_header(folder) and time.monotonic() < deadline:
        time.sleep(0.01)  # the answer is being made
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=3)
    assert process.returncode == 130, output
    assert "ended without an answer" in output
    assert output.rstrip().endswith("--resume")
    assert "Traceback" not in output
    assert driver.left_over() == []
    assert set(measured_once(folder).values()) == {1}


def test_too_small_a_budget_leaves_cells_out_with_that_reason(driver):
    assert driver.enlist().returncode == 0
    done = driver.measure(*CELLS, "--scenario", "processes", "--budget", "1", "--profile", "quick")
    assert done.returncode == 0, done.stderr
    reasons = {each.reason for each in gathering.gather(record.read(driver.run_folder())) if each.status == "skipped"}
    assert reasons == {"over the budget of 1 s: raise --budget or choose fewer cells"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "native-nogli"], "did you mean 'native-nogil'"),
        (["--scenario", "treads"], "did you mean 'threads'"),
        (["--profile", "quik"], "did you mean 'quick'"),
        (["--interpreter", "cpython-3.99"], "no interpreter is called 'cpython-3.99'; did you mean 'cpython-3."),
        (["--interpreter", "/etc/passwd"], "/etc/passwd is no interpreter that can be measured: cannot be run"),
        (
            ["--interpreter", "/no/such/python"],
            "/no/such/python is no interpreter that can be measured: there is no such",
        ),
        (
            ["--interpreter", "/bin/true"],
            "/bin/true is no interpreter that can be measured: exit code 0: no output",
        ),
        (["--concurrency", "two"], "whole numbers from 1"),
        (["--concurrency", "0"], "whole numbers from 1"),
        (["--budget", "-5"], "-5"),
        (["--taks", "io"], "Did you mean"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_nonsense_is_refused_before_anything_is_prepared(driver, options, message):
    done = driver.enlist(*options)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not driver.enlisted.exists()
    assert list(driver.results.glob("*/*")) == []


def test_results_that_cannot_be_written_are_refused_before_anything_is_prepared(driver):
    driver.results.write_text("a file stands there")
    done = driver.enlist()
    assert (done.returncode, "--results" in done.stderr) == (2, True), done.stderr
    driver.results.unlink()


def test_a_port_in_use_is_named_and_loses_nothing(driver):
    assert driver.enlist().returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        done = driver.measure(*SMOKE, "--server-port", port)
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr
    assert "--server-port" in done.stderr
    assert driver.measure("--resume").returncode == 0
    assert set(measured_once(driver.run_folder()).values()) == {1}


def test_a_full_disk_ends_the_run_clearly_and_it_can_be_resumed(driver, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk to fill")
    disk = tmp_path / "results"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(disk)], check=False)
    if mount.returncode:
        pytest.skip("this system mounts no tmpfs")
    try:
        assert driver.enlist().returncode == 0
        done = driver.measure(*SMOKE)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "No space left on device" in done.stderr
        assert "--resume" in done.stderr
        assert "Traceback" not in done.stderr
        folder = driver.run_folder()
        kept = (folder / record.RECORDS).read_bytes()
        assert kept.count(b"\n") >= 1
        assert {each["status"] for each in record.read(folder).records} == {"ok"}, "the interpreter is not to blame"
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        resumed = driver.measure("--resume")
        assert resumed.returncode == 0, resumed.stdout + resumed.stderr
        assert (folder / record.RECORDS).read_bytes().startswith(kept)
        assert set(measured_once(folder).values()) == {1}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_records_are_json_lines_that_anyone_can_read(driver):
    assert driver.enlist().returncode == 0
    assert driver.measure(*CELLS, "--profile", "smoke").returncode == 0
    for line in (driver.run_folder() / record.RECORDS).read_text().splitlines():
        assert tuple(json.loads(line)) == record.FIELDS


def test_nothing_written_names_the_home_folder(driver):
    assert driver.enlist().returncode == 0
    assert driver.measure("--profile", "smoke", "--task", "noop").returncode == 0
    folder = driver.run_folder()
    for name in (record.HEADER, record.RECORDS):
        assert str(Path.home()) + "/" not in (folder / name).read_text(), name
