"""One of the harness's scripts on a person's function: its reply, how it ended, and nothing of it that is left."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from runoff.common.guard import Guard
from runoff.driver import log_file
from runoff.workload import inside
from tests.helpers.processes import alive

WRITE = "import json, os, sys; reply = {reply}; json.dump(reply, open(sys.argv[2], 'w'))"


@pytest.fixture
def ask(tmp_path):
    """ask(source of a script, variables) -> (reply, how it ended early)."""
    guard = Guard()
    target = tmp_path / "persons"
    target.mkdir()

    def run(source, **variables):
        script = tmp_path / "script.py"
        script.write_text(source)
        request = {"target": {"folder": str(target)}}
        return inside.Inside(guard).ask(script, [sys.executable], request, variables)

    yield run
    guard.close()


def test_a_script_runs_in_the_persons_folder_and_its_folder_for_temporary_files_is_removed(ask, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "of the shell")
    reply, ended = ask(
        "import json, os, sys, tempfile\n"
        "open(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()\n"
        "json.dump({'now': None, 'cwd': os.getcwd(), 'seen': dict(os.environ), 'asked': json.load(open(sys.argv[1])),"
        " 'folder': tempfile.gettempdir()}, open(sys.argv[2], 'w'))",
        OWN="1",
    )
    assert ended is None
    assert reply["cwd"] == str(tmp_path / "persons")
    assert reply["asked"] == {"target": {"folder": str(tmp_path / "persons")}}
    assert reply["seen"]["OWN"] == "1"
    assert "SECRET" not in reply["seen"]
    assert not Path(reply["folder"]).exists()


def test_what_it_started_ends_with_it(ask):
    source = f"import subprocess; child = subprocess.Popen(['sleep', '600'])\n{WRITE}"
    reply, _ = ask(source.format(reply="{'now': None, 'child': child.pid}"))
    until = time.monotonic() + 5
    while alive(reply["child"]) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(reply["child"])


@pytest.mark.parametrize("reply", ["'[' * 10 ** 5", "'7' * 5000"])
def test_a_reply_that_cannot_be_read_is_one_sentence(ask, reply):
    found, words = ask(f"import sys; open(sys.argv[2], 'w').write({reply})")
    assert found == {}
    assert words.startswith("its answers cannot be read (")


@pytest.mark.parametrize(
    ("source", "reply", "ended"),
    [
        ("print('first'); print('last'); raise SystemExit(3)", {}, "(exit code 3); its last output: last"),
        (WRITE.format(reply="{'now': 'threads'}") + "; os._exit(0)", {"now": "threads"}, "(exit code 0)"),
        ("import os; os.kill(os.getpid(), 9)", {}, "(SIGKILL)"),
    ],
)
def test_an_early_end_is_told_with_what_was_replied_until_then(ask, source, reply, ended):
    found, words = ask(source)
    assert found == reply
    assert words.startswith("the process ended early (")
    assert words.endswith(ended)


def test_one_that_removes_its_folder_for_temporary_files_is_told_so(ask):
    _, words = ask("import shutil, tempfile; shutil.rmtree(tempfile.gettempdir())")
    assert words.startswith("it removed the folder for temporary files")


def test_one_that_does_not_end_is_killed(ask, monkeypatch):
    monkeypatch.setattr(inside, "LIMIT_S", 1.0)
    reply, words = ask(WRITE.format(reply="{'now': 'answers'}") + "; sys.stdin.close(); import time; time.sleep(600)")
    assert words.startswith("it did not end within 1 s; give fewer inputs, or let it do less")
    assert reply in ({}, {"now": "answers"})


def test_one_that_prints_too_much_is_killed(ask, monkeypatch):
    monkeypatch.setattr(log_file, "MOST_BYTES", 2**20)
    reply, words = ask("while True:\n    print('x' * 1000)")
    assert reply == {}
    assert words.startswith("killed after it had printed 1 MiB: let it print or log less; its last output: xxx")


def test_to_stop_ends_all_that_runs(monkeypatch):
    ended = []
    monkeypatch.setattr(inside, "kill_session", ended.append)
    several = inside.Inside(None)
    several._running.update((101, 102, 103))
    several.stop()
    assert sorted(ended) == [101, 102, 103]
