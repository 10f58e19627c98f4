"""What stands ready for an invocation while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from runoff.common.guard import Guard
from runoff.driver import invoke
from scenarios import compilers


def test_the_folder_in_which_processes_tell_of_their_compilers_is_there_while_they_run():
    guard = Guard()
    try:
        with invoke._temporary(guard) as variables:
            folder = Path(variables[compilers.FOLDER])
            assert folder.is_dir()
            assert [*folder.iterdir()] == []
        assert not folder.exists()
    finally:
        guard.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is full is one of Linux")
def test_a_disk_that_is_full_is_named_by_the_folder_of_the_invocation(tmp_path, monkeypatch):
    (tmp_path / "request.json").symlink_to("/dev/full")
    monkeypatch.setattr(invoke, "request_of", lambda _job: {})
    with pytest.raises(OSError, match="No space left on device") as raised:
        invoke.invoke(None, tmp_path, None)
    assert raised.value.filename == str(tmp_path)
