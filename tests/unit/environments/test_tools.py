"""Programs that prepare environments: what they are given, what is said of a failure, and what is left of them."""

from __future__ import annotations

import re
import time

import pytest

from runoff.environments import tools
from runoff.environments.tools import ToolFailed
from tests.helpers.processes import alive


def shell(text: str, log, variables=None, limit_s=None) -> None:
    tools.run(["/bin/sh", "-c", text], variables or {}, log, limit_s)


def test_a_program_has_its_own_variables_before_those_of_all_tools(tmp_path):
    log = tmp_path / "log"
    shell("echo $PIP_CONFIG_FILE, $OWN", log, {"OWN": "1"})
    shell("echo $PIP_CONFIG_FILE, $OWN", log, {"PIP_CONFIG_FILE": "/mine"})
    said = [line for line in log.read_text().splitlines() if not line.startswith("$ ")]
    assert said == ["/dev/null, 1", "/mine,"]


def test_a_program_runs_in_the_folder_that_is_named(tmp_path):
    log = tmp_path / "log"
    (tmp_path / "there").mkdir()
    tools.run(["/bin/sh", "-c", "pwd"], {}, log, folder=tmp_path / "there")
    assert log.read_text().splitlines()[-1] == str(tmp_path / "there")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("echo starting; echo 'error: no wheel'; echo done", "error: no wheel"),
        (
            "echo 'ERROR: one'; echo 'Because six has no version, it fails'; echo ''",
            "Because six has no version, it fails",
        ),
        ("echo 'error: no wheel'; echo 'hint: an error: is named above'", "error: no wheel"),
        ("echo one; echo two; echo 'hint: ask'", "two"),
        ("true", "no output"),
        ("echo 'error: on stderr' >&2", "error: on stderr"),
    ],
)
def test_a_failure_is_told_by_the_last_line_that_says_why(tmp_path, said, reason):
    log = tmp_path / "log"
    shell("echo 'error: of an earlier run'", log)
    with pytest.raises(ToolFailed, match=rf"^sh failed: {re.escape(reason)} \(log: {re.escape(str(log))}\)$"):
        shell(f"{said}; exit 1", log)


@pytest.mark.parametrize("child", ["sleep 600", "(trap '' TERM; exec sleep 600)"], ids=["sleeps", "hears nothing"])
def test_a_program_that_does_not_end_is_ended_with_what_it_has_started(tmp_path, child):
    log = tmp_path / "log"
    with pytest.raises(ToolFailed, match="sh did not end within 1 s"):
        shell(f"{child} & echo child $!; wait", log, limit_s=1.0)
    (pid,) = re.findall(r"^child (\d+)$", log.read_text(), re.MULTILINE)
    until = time.monotonic() + 5
    while alive(int(pid)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(int(pid))
