"""The main job as the README has it, through nox, on two families, in the smoke profile."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runoff.common.paths import ROOT
from runoff.records import cell_keys, record
from tests.helpers.expected import need


def nox(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "nox", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_the_main_job_measures_two_families_interleaved_and_ends_with_the_table(found, tmp_path):
    labels = [need(found, "cpython-3.13t").label, need(found, "pypy-3.11").label]
    sessions = [f"bench-{label}" for label in labels]
    done = nox("-s", *sessions, "--", "--profile", "smoke", "--results", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (header,) = tmp_path.glob(f"*/*/{record.HEADER}")
    run = record.read(header.parent)
    assert {each["status"] for each in run.records} <= {"ok", "skipped"}, [r for r in run.records if r["reason"]]
    assert {cell_keys.cell_key(each) for each in run.records} == {
        cell_keys.cell_key(each) for each in run.header["cells"]
    }
    # Where other tests disturb an invocation it is run again at once, up to twice: that is no turn.
    order = [each["interpreter"] for each in run.records if each["status"] == "ok" and not each["attempt"]]
    assert set(order) == set(labels)
    assert sum(one != other for one, other in zip(order, order[1:])) > len(order) / 5, "interleaved"
    assert {each["scenario"] for each in run.records} == {cell["scenario"] for cell in run.header["cells"]}
    assert f"nox -s {' '.join(sessions)} -- --profile smoke" in run.header["command"]
    matrix = done.stdout.partition("Times the speed of ")[2].partition("Cells: ")[0].split()
    assert {"native-nogil", "io", *labels} <= set(matrix)
    for expected in ("Page: ", "Records: "):
        assert expected in done.stdout
    free = [each["gil"] for each in run.records if each["interpreter"] == "cpython-3.13t" and each["status"] == "ok"]
    assert {(gil["at_start"], gil["at_end"]) for gil in free} == {(False, False)}


def test_the_list_of_sessions_names_every_interpreter_and_each_session_says_what_it_does(found):
    listed = nox("-l").stdout
    for each in found.interpreters:
        assert f"- bench-{each.label} -> " in listed
    for name in ("bench-cpython", "bench-pypy", "bench-jython", "tests", "lint", "report", "interpreters"):
        line = next(line for line in listed.splitlines() if line[2:].startswith(f"{name} -> "))
        assert len(line.split("->")[1]) > 20


@pytest.mark.parametrize("typo", [["--task", "nop"], ["--profile", "rigourous"]])
def test_a_typo_ends_nox_with_exit_code_2(found, typo):
    label = found.interpreters[0].label
    done = nox("-s", f"bench-{label}", "--", *typo)
    assert done.returncode == 2
    assert "did you mean" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_the_report_of_a_file_that_is_no_run_is_a_clear_error(tmp_path):
    done = nox("-s", "report", "--", str(tmp_path))
    assert done.returncode == 2
    assert "holds no run" in done.stderr + done.stdout
