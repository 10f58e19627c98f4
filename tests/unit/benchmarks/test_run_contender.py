"""What bench-transports starts: no password on a command line, and the program gets it all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runoff.benchmarks.transports import run_contender
from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.environments.environment import Environment
from runoff.interpreters.discover import Interpreter
from transports import url_argument

SHOWS = """
import sys; from transports import url_argument
print(sys.argv[1:]); print([url_argument.url(part) for part in sys.argv[1:]])
"""


def test_a_password_is_on_no_command_line(tmp_path):
    (tmp_path / "shows.py").write_text(SHOWS, encoding="utf-8")
    interpreter = Interpreter("this", "cpython", sys.executable, {})
    variables = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    environment = Environment(interpreter, (sys.executable,), variables, {}, (), {}, frozenset())
    guard = Guard()
    url = "amqp://user:secret@127.0.0.1:1/x?queue=a"
    try:
        process = run_contender.start(environment, ["shows", "serve", url, "zmq+tcp:127.0.0.1:*"], guard)
        given, read = process.communicate()[0].splitlines()
        run_contender.end(process, guard)
    finally:
        guard.close()
    assert "secret" not in given
    assert read == str(["serve", url, "zmq+tcp:127.0.0.1:*"])


def test_a_variable_that_is_not_set_is_named():
    command = [sys.executable, "-m", "transports.worker", "@NO_SUCH_VARIABLE"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2
    assert "NO_SUCH_VARIABLE is not set" in run.stderr


@pytest.mark.parametrize("given", ["memory:x", "zmq+tcp:127.0.0.1:5555"])
def test_a_url_is_passed_on_unchanged(given):
    assert url_argument.url(given) == given


@pytest.mark.parametrize("named", [False, True])
def test_a_url_of_bytes_that_are_no_text_here_is_refused(monkeypatch, named):
    monkeypatch.setenv("URL_OF_BYTES", "zmq+ipc:/\udcc3")
    with pytest.raises(ValueError, match="surrogates"):
        url_argument.url("@URL_OF_BYTES" if named else "zmq+ipc:/\udcc3")
