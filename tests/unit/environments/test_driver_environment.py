"""The driver's environment where it cannot be made: one sentence, with what to do."""

from __future__ import annotations

import sys

import pytest

from runoff.common.errors import BadInput
from runoff.environments import driver_environment


def test_without_an_index_it_says_to_check_the_network_in_a_folder_of_any_name(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with pytest.raises(BadInput) as raised:
        driver_environment.python(["no-such-package-for-runoff"], tmp_path / "a [é x]" / "driver")
    said = str(raised.value)
    assert said.startswith("the driver's environment cannot be made: ERROR: No matching distribution found")
    assert said.endswith(driver_environment.OF_PACKAGES)
    assert "\n" not in said


@pytest.mark.parametrize("reason", ["No space left on device", "Read-only file system", "Permission denied"])
def test_what_a_tool_cannot_write_is_answered_with_where_to_make_room(reason):
    command = [sys.executable, "-c", f"raise SystemExit('OSError: [Errno 28] {reason}')"]
    with pytest.raises(BadInput, match=f"{reason} .*; make room there, or set RUNOFF_NOX_DIR"):
        driver_environment._run(command, {})


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"/file/.*: Not a directory; make room there, or set RUNOFF_NOX_DIR"):
        driver_environment.python([], tmp_path / "file" / "nox" / "driver")
