"""What the guard does when the driver has ended: it clears away what is watched, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from runoff.common.guard import Guard, kill_group, kill_session

WAITS = [sys.executable, "-c", "import sys; sys.stdin.read()"]


def test_what_was_released_is_neither_killed_nor_removed(tmp_path):
    guard = Guard()
    watched, released = (
        subprocess.Popen(WAITS, stdin=subprocess.PIPE, start_new_session=True) for _ in ("watched", "released")
    )
    folders = tmp_path / "watched", tmp_path / "released"
    try:
        for process, folder in zip((watched, released), folders):
            folder.mkdir()
            guard.watch(process.pid)
            guard.watch_folder(folder)
        guard.release(released.pid)
        guard.release_folder(folders[1])
        guard.close()
        assert watched.wait(10) < 0
        assert released.poll() is None
        assert [folder.exists() for folder in folders] == [False, True]
    finally:
        for process in (watched, released):
            kill_group(process.pid)
            process.communicate()


@pytest.mark.parametrize("name", [b"two\nlines", "\u00e9".encode(), b"no text \xff"])
def test_a_folder_of_any_name_is_removed_whatever_the_shell_says_of_texts(tmp_path, monkeypatch, name):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (tmp_path / "two").mkdir()
    folder = tmp_path / os.fsdecode(name)
    guard = Guard()
    folder.mkdir()
    guard.watch_folder(folder)
    guard.close()
    assert [each.name for each in tmp_path.iterdir()] == ["two"]


#: Starts a process that leads a group of its own, says its id, and waits.
PARENT = [
    sys.executable,
    "-c",
    "import os, subprocess, sys, time\n"
    "child = subprocess.Popen(['sleep', '60'], preexec_fn=os.setpgrp)\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(60)",
]


@pytest.mark.parametrize("interrupted", [False, True])
def test_nothing_is_left_of_what_ran(interrupted):
    guard = Guard()
    try:
        with guard.running(PARENT, kill_session, stdout=subprocess.PIPE, text=True) as process:
            child = int(process.stdout.readline())
            if interrupted:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert interrupted
    finally:
        guard.close()
    assert process.returncode < 0
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
