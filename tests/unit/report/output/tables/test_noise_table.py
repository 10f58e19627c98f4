"""The table of noises."""

from __future__ import annotations

from runoff.analysis.cells.start_noise import StartNoise
from runoff.report.output.tables import noise_table
from tests.helpers.exact_runs import cell, measured, run_of, shown


def test_the_report_has_it_the_noisiest_first(tmp_path, monkeypatch):
    of_it = cell("cpython-3.13", "serial", "python")
    run = run_of(tmp_path, [of_it], measured(of_it, 1.0, 1.0))
    assert "Noise of a start" not in shown(run)  # it knows nothing of the pace
    found = {
        ("serial", "native-gil"): StartNoise(3, 21, 0.0204, 0.02),
        ("serial", "python"): StartNoise(2, 20, 0.2, 0.0149),
    }
    monkeypatch.setattr(noise_table, "by_kind", lambda _cells: found)
    lines = shown(run).splitlines()
    at = next(number for number, line in enumerate(lines) if "Noise of a start" in line)
    assert [line.split() for line in lines[at + 4 : at + 6]] == [
        ["serial", "python", "2", "20", "20.0", "%", "1.5", "%"],
        ["serial", "native-gil", "3", "21", "2.0", "%", "2.0", "%"],
    ]
