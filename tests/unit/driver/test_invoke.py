"""What stands ready for an invocation while it runs."""

from __future__ import annotations

from pathlib import Path

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
