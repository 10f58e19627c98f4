"""compare: verdicts and exit codes over two runs on disk, and what it refuses to compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runoff.cli import __main__
from runoff.records import record
from tests.helpers.exact_runs import cell, header, measured
from tests.helpers.runs import OWN_FUNCTION

MACHINE = {"cores": 2, "cpu": "a processor", "system": "Linux", "kernel": "6", "machine": "x86_64"}


@pytest.fixture
def write(tmp_path):
    """write("a", {scenario: seconds}) -> the folder of a run whose invocations took so long."""

    def run(
        name: str,
        cells: dict[str, list[float]],
        clock: str = "perf_counter_ns",
        pace: float | None = None,
        compiling_ns: list[int] | None = None,
        **changes,
    ) -> str:
        """pace: how long the work beside each iteration took, on average, in ms; nobody knows by default."""
        planned = [cell(scenario=scenario) for scenario in cells]
        folder = tmp_path / name
        told = {"code": "c0de", "work": {"python": 10}, "machine": MACHINE, "schema": record.SCHEMA, **changes}
        record.write_header(folder, header(planned, **told))
        lines = [
            json.dumps({**each, "schema": record.SCHEMA, "clock": {"name": clock}, **paced(each, pace)})
            for one, seconds in zip(planned, cells.values())
            for each in measured(one, *seconds, compiling_ns=compiling_ns)
        ]
        (folder / record.RECORDS).write_text("\n".join(lines) + "\n")
        return str(folder)

    return run


def paced(record_of: dict, pace_ms: float | None) -> dict:
    """The fields of an invocation beside which the work took so long."""
    times = [int(pace_ms * 1e6)] * (len(record_of["iterations_ns"]) + 1) if pace_ms else None
    return {"paces_ns": times, "started_at": float(record_of["block"])}


def call(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["runoff", "compare", *arguments])
    return __main__.main()


STEADY = [1.0, 1.001, 0.999, 1.0, 1.002]
SLOW = [each * 1.2 for each in STEADY]
SLIGHTLY = [each * 1.02 for each in STEADY]
NOISY = [0.7, 1.6, 1.0, 0.8, 1.3]


@pytest.mark.parametrize(
    ("after", "options", "code", "told"),
    [
        (STEADY, ["--gate", "5%"], 0, "equivalent"),
        (SLIGHTLY, ["--gate", "5%"], 0, "equivalent"),
        (SLIGHTLY, ["--gate", "1%"], 1, "slower"),
        (SLOW, ["--gate", "5%"], 1, "slower"),
        (SLOW, [], 0, "slower"),
        ([each / 1.2 for each in STEADY], ["--gate", "0.05", "--strict"], 0, "faster"),
        (NOISY, ["--gate", "5%"], 0, "cannot tell"),
        (NOISY, ["--gate", "5%", "--strict"], 3, "cannot tell"),
    ],
)
def test_the_gate_decides_the_exit_code(write, monkeypatch, capsys, after, options, code, told):
    runs = write("a", {"serial": STEADY}), write("b", {"serial": after})
    assert call(monkeypatch, *runs, *options) == code
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("after", "options", "said"),
    [
        (STEADY, ["--gate", "5%"], "gate: kept, no cell is slower"),
        (SLOW, ["--gate", "5%"], "gate: broken, 1 cell slower (exit code 1)"),
        (
            NOISY,
            ["--gate", "5%"],
            "gate: kept, no cell is known to be slower, but 1 cell cannot be told (with --strict: exit code 3)",
        ),
        (
            NOISY,
            ["--gate", "5%", "--strict"],
            "gate: undecided, no cell is known to be slower, but 1 cell cannot be told (exit code 3)",
        ),
    ],
)
def test_the_last_line_says_what_the_gate_decided(write, monkeypatch, capsys, after, options, said):
    runs = write("a", {"serial": STEADY}), write("b", {"serial": after})
    call(monkeypatch, *runs, *options)
    assert capsys.readouterr().out.splitlines()[-1] == said


@pytest.mark.parametrize(
    ("pace", "told"),
    [(1.05, "slower"), (1.25, "below the A/A floor of 25.0 %"), (0.8, "below the A/A floor of 25.0 %")],
)
def test_what_the_machines_pace_differed_by_is_not_claimed(write, monkeypatch, capsys, pace, told):
    runs = write("a", {"serial": STEADY}, pace=1.0), write("b", {"serial": SLOW}, pace=pace)
    call(monkeypatch, *runs)
    assert told in " ".join(capsys.readouterr().out.split())


def test_what_either_run_differs_from_itself_by_is_not_claimed(write, monkeypatch, capsys):
    """Odd and even invocations of B are 13 % apart, and B is 11 % slower than A."""
    swings = [1.06, 1.2, 1.06, 1.2, 1.06]
    call(monkeypatch, write("a", {"serial": STEADY}), write("b", {"serial": swings}))
    assert "below the A/A floor of 13.2 %" in " ".join(capsys.readouterr().out.split())


def test_two_runs_of_code_that_neither_names_are_refused(write, monkeypatch, capsys):
    assert call(monkeypatch, *(write(name, {"serial": STEADY}, code=None) for name in "ab")) == 2
    assert "different scenario code" in capsys.readouterr().err


def test_a_cell_that_only_one_run_completed_is_named_and_fails_a_strict_gate(write, monkeypatch, capsys):
    runs = write("a", {"serial": STEADY, "threads": STEADY}), write("b", {"serial": STEADY})
    assert call(monkeypatch, *runs, "--gate", "5%") == 0
    assert "no comparison: cpython-3.13/threads/python/batch=10 (B: not in this run)" in capsys.readouterr().out
    assert call(monkeypatch, *runs, "--gate", "5%", "--strict") == 3


def test_many_cells_of_one_interpreter_that_one_run_lacks_are_counted(write, monkeypatch, capsys):
    scenarios = dict.fromkeys(("threads", "thread-pool", "process-pool", "processes"), STEADY)
    runs = write("a", {"serial": STEADY, **scenarios}), write("b", {"serial": STEADY})
    assert call(monkeypatch, *runs, "--gate", "5%") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "comparison:" in line] == [
        "no comparison: 4 cells of cpython-3.13 (B: not in this run)"
    ]
    assert lines[-1].startswith("gate: kept, no cell is known to be slower, but 4 cells cannot be compared")


def test_a_run_that_does_not_say_how_much_work_a_task_was_is_refused(write, monkeypatch, capsys):
    runs = write("a", {"serial": STEADY}), write("b", {"serial": STEADY})
    path = Path(runs[1]) / record.HEADER
    told = json.loads(path.read_text())
    del told["work"]
    path.write_text(json.dumps(told))
    assert call(monkeypatch, *runs) == 2
    assert "different work in a task (rounds: {'python': 10} and None)" in capsys.readouterr().err


def test_a_run_of_other_tasks_besides_is_compared_at_those_that_both_have(write, monkeypatch):
    runs = write("a", {"serial": STEADY}), write("b", {"serial": STEADY}, work={"python": 10, "native": 7})
    assert call(monkeypatch, *runs) == 0


def test_what_was_still_warming_up_is_marked_as_a_lower_bound(write, monkeypatch, capsys):
    jit = {"pilot_s": 1e-9, "interpreters": {"cpython-3.13": {"described": "one", "jit": True}}}
    runs = write("a", {"serial": STEADY}, compiling_ns=[10**9] * 7, **jit), write("b", {"serial": STEADY})
    assert call(monkeypatch, *runs) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "serial/python" in line]
    assert [row.count("~") for row in rows] == [1]


@pytest.mark.parametrize(
    ("warming", "after", "code", "said"),
    [
        ("a", 2.0, 1, "gate: broken, 1 cell slower (exit code 1)"),
        ("a", 0.5, 3, "gate: undecided, no cell is known to be slower, but 1 cell cannot be told (exit code 3)"),
        ("b", 2.0, 3, "gate: undecided, no cell is known to be slower, but 1 cell cannot be told (exit code 3)"),
        ("b", 0.5, 0, "gate: kept, no cell is slower"),
    ],
)
def test_a_bound_breaks_the_gate_where_it_proves_a_loss(write, monkeypatch, capsys, warming, after, code, said):
    """What is slower than an A that was still warming up is slower still than a warm one."""
    jit = {"pilot_s": 1e-9, "interpreters": {"cpython-3.13": {"described": "one", "jit": True}}}
    busy = {"compiling_ns": [10**9] * 7, **jit}
    seconds = {"a": STEADY, "b": [each * after for each in STEADY]}
    runs = [write(name, {"serial": seconds[name]}, **(busy if name == warming else {})) for name in seconds]
    assert call(monkeypatch, *runs, "--gate", "5%", "--strict") == code
    assert capsys.readouterr().out.splitlines()[-1] == said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"machine": {**MACHINE, "cpu": "another"}}, "different machines (cpu: a processor and another)"),
        ({"code": "other"}, "different scenario code (digest: c0de and other)"),
        ({"code": None}, "different scenario code"),
        ({"work": {"python": 11}}, "different work in a task (rounds of python: 10 and 11)"),
        (
            OWN_FUNCTION,
            "different functions (the sample tasks and a.py:f on 3 inputs)",
        ),
        ({"clock": "time.time"}, "different clocks on cpython-3.13 (perf_counter_ns and time.time)"),
    ],
)
def test_what_does_not_measure_the_same_is_refused_or_marked(write, monkeypatch, capsys, changes, reason):
    runs = write("a", {"serial": STEADY}), write("b", {"serial": STEADY}, **changes)
    assert call(monkeypatch, *runs) == 2
    assert reason in capsys.readouterr().err
    assert call(monkeypatch, *runs, "--anyway") == 0
    assert f"! {reason}"[:30] in capsys.readouterr().out


def test_markdown_and_the_summary_of_github_actions(write, monkeypatch, tmp_path):
    runs = write("a", {"serial": STEADY}), write("b", {"serial": SLOW})
    summary = tmp_path / "summary"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert call(monkeypatch, *runs, "--markdown", str(tmp_path / "x.md"), "--github") == 0
    text = (tmp_path / "x.md").read_text()
    assert "| cpython-3.13/serial/python/batch=10 | 10 [9.98, 10] |" in text
    assert "| slower |" in text
    assert summary.read_text() == "before\n" + text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--gate", "five"], "share between 0 and 100 %"),
        (["--interpreters", "cpython-3.31,pypy-3.11"], "did you mean 'cpython-3.13'"),
        (["--interpreters", "cpython-3.13"], "takes two names: --interpreters"),
        (["--github"], "GITHUB_STEP_SUMMARY"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(write, monkeypatch, capsys, arguments, complaint):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    runs = write("a", {"serial": STEADY}), write("b", {"serial": STEADY})
    assert call(monkeypatch, *runs, *arguments) == 2
    assert complaint in capsys.readouterr().err


def test_an_interpreter_is_not_compared_with_itself(write, monkeypatch, capsys):
    run = write("a", {"serial": STEADY})
    assert call(monkeypatch, run, "--interpreters", "cpython-3.13, cpython-3.13") == 2
    assert "cpython-3.13 is named twice: name two interpreters of the run" in capsys.readouterr().err


def test_two_interpreters_of_one_run(tmp_path, monkeypatch, capsys):
    planned = [cell(), cell("pypy-3.11")]
    record.write_header(tmp_path, header(planned))
    records = [*measured(planned[0], *STEADY), *measured(planned[1], *SLOW)]
    text = "\n".join(
        json.dumps({**each, "schema": record.SCHEMA, "clock": {"name": each["interpreter"]}}) for each in records
    )
    (tmp_path / record.RECORDS).write_text(text + "\n")
    assert call(monkeypatch, str(tmp_path), "--interpreters", "cpython-3.13,pypy-3.11", "--gate", "5%") == 1
    assert "0.833" in capsys.readouterr().out
