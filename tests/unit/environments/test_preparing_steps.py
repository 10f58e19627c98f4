"""Each step from an interpreter to its environment, with tools, probe and clock that the test plays."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from runoff.common import lock
from runoff.environments import environment_tools, foreign_pip, making, native_build, preparing, tools
from runoff.environments.environment import PrepareFailed
from runoff.environments.tools import ToolFailed
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.facts import IDENTITY, ProbeFailed
from runoff.interpreters.variants import Variant

ROW = {
    "families": ["cpython"],
    "python": ["3.*"],
    "tool": "uv",
    "packages": ["six==1", "requests==2"],
    "optional": {"zmq": ["--only-binary=pyzmq", "pyzmq==3"], "pika": ["pika==4"]},
}
TABLE = {
    "environments": [ROW],
    "optional_s": 61,
    "required": ["six"],
    "tools": {},
    "modules": {"zmq": ["zmq", "zmq.auth"], "pika": ["pika"], "native": ["kernels"], "requests": ["requests"]},
}


def interpreter(label="cpython-3.11", capabilities=("threads", "headers", "stdlib"), **more) -> Interpreter:
    facts = {name: name for name in IDENTITY}
    facts |= {"python": "3.11", "python_full": "3.11.2", "platform": "linux", "implementation": "CPython"}
    facts |= {"capabilities": list(capabilities)}
    return Interpreter(label, "cpython", "/usr/bin/python3.11", {**facts, **more})


class World:
    """What the tools and the probe do, and what was asked of them."""

    def __init__(self) -> None:
        self.ran: list[tuple[list[str], dict[str, str], float | None]] = []
        self.broken: dict[str, str] = {}  # {a word of a command: what its tool says}
        self.installed: set[str] = {"kernels"}  # modules
        self.provides = {"six==1": ["six"], "requests==2": ["requests"], "pyzmq==3": ["zmq", "zmq.auth"]}
        self.provides["pika==4"] = ["pika"]
        self.native: list[dict[str, str]] = [{}]  # what each compilation says; the last one counts on
        self.compiled = 0
        self.probed: list[tuple[list[str], tuple[str, ...], dict[str, str]]] = []
        self.replies: list[object] = []  # what the next probes say, where that is not as usual
        self.now = 1000.0
        self.capabilities = ["threads", "headers", "stdlib"]

    def run(self, command, variables, log, limit_s=None):
        self.ran.append((list(command), variables, limit_s))
        for word in command:
            if word in self.broken:
                raise ToolFailed(self.broken[word])
            self.installed |= set(self.provides.get(word, ()))

    def probe(self, command, modules, variables, script):
        self.probed.append((list(command), tuple(modules), dict(variables)))
        reply = self.replies.pop(0) if self.replies else None
        if isinstance(reply, Exception):
            raise reply
        facts = {**interpreter().facts, "capabilities": list(self.capabilities)}
        facts["modules"] = {
            name: {"error": None if name in self.installed else f"no module {name}"} for name in modules
        }
        return json.loads(json.dumps({**facts, **(reply or {})}))

    def provide(self, command, variables, folder, interpreter, log, table):
        self.compiled += 1
        return dict(self.native.pop(0) if len(self.native) > 1 else self.native[0])

    def installs(self):
        """Return the installations that were asked for, without the command that they begin with."""
        return [command[5:] for command, _, _ in self.ran if command[1:3] == ["pip", "install"]]


@pytest.fixture
def world(tmp_path, monkeypatch):
    made = World()
    monkeypatch.setattr(preparing, "ENVIRONMENTS", tmp_path / "envs")
    monkeypatch.setattr(preparing, "_in_use", {})
    for module in (preparing, making):
        monkeypatch.setattr(module, "probe", made.probe)
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: made.now))
    monkeypatch.setattr(preparing, "probe_source", lambda: "the probe")
    monkeypatch.setattr(preparing.tables, "read", lambda name: TABLE)
    monkeypatch.setattr(environment_tools.uv, "find_uv_bin", lambda: "/uv")
    monkeypatch.setattr(tools, "run", made.run)
    monkeypatch.setattr(native_build, "provide", made.provide)
    monkeypatch.setattr(native_build, "digest", lambda: "the kernels")
    monkeypatch.setattr(native_build, "compiler", lambda: "/cc")
    yield made
    release()


def release() -> None:
    """Let go of the environments that this process uses, as if it had ended."""
    while preparing._in_use:
        preparing._in_use.popitem()[1].close()


def again(table=TABLE, given=None):
    """Prepare as another command would."""
    release()
    return preparing.prepare(given or interpreter(), table)


# --- to make one ---


def test_an_environment_is_made_step_by_step(world, tmp_path):
    ready = preparing.prepare(interpreter())
    (folder,) = (path for path in (tmp_path / "envs/cpython-3.11").iterdir() if path.is_dir())
    assert len(folder.name) == 8
    python = str(folder / "env/bin/python")
    venv = ["/uv", "venv", "--clear", "--no-project", "--python", "/usr/bin/python3.11", str(folder / "env")]
    pip = ["/uv", "pip", "install", "--python", python]
    assert world.ran == [
        (venv, {}, None),
        ([*pip, "six==1", "requests==2"], {}, None),
        ([*pip, "--only-binary=pyzmq", "pyzmq==3", "pika==4"], {}, 61),
    ]
    assert world.compiled == 1
    assert world.probed == [
        ([python], ("six", "zmq", "zmq.auth", "pika", "kernels", "requests"), {}),
        ([python], (), {}),
    ]
    assert (ready.interpreter, ready.command, ready.variables) == (interpreter(), (python,), {})
    assert ready.packages == ("six==1", "requests==2", "pyzmq==3", "pika==4")
    assert (ready.missing, ready.capabilities) == ({}, {"threads", "headers", "stdlib", *TABLE["modules"]})
    assert ready.facts["modules"]["six"] == {"error": None}


def test_an_environment_is_made_once_and_asked_each_time_which_build_it_is(world):
    first = preparing.prepare(interpreter())
    steps, probes = len(world.ran), len(world.probed)
    assert again() == first
    assert (len(world.ran), world.compiled, len(world.probed)) == (steps, 1, probes + 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"optional_s": 62},
        {"required": []},
        {"tools": {"swig": "5"}},
        {"modules": {}},
        {"environments": [{**ROW, "packages": ["six==1"]}]},
    ],
)
def test_another_table_makes_another_environment(world, changed):
    first = preparing.prepare(interpreter(), TABLE)
    assert preparing.prepare(interpreter(), {**TABLE, **changed}).command != first.command


def test_another_kernel_probe_or_build_makes_another_environment(world, monkeypatch):
    commands = {preparing.prepare(interpreter()).command}
    commands.add(preparing.prepare(interpreter(more="fact")).command)
    commands.add(preparing.prepare(replace(interpreter(), executable="/elsewhere")).command)
    monkeypatch.setattr(native_build, "digest", lambda: "others")
    commands.add(preparing.prepare(interpreter()).command)
    monkeypatch.setattr(preparing, "probe_source", lambda: "another")
    commands.add(preparing.prepare(interpreter()).command)
    assert len(commands) == 5


def test_an_environment_that_nobody_uses_any_more_is_removed(world, tmp_path):
    first = preparing.prepare(interpreter())
    second = preparing.prepare(interpreter(), {**TABLE, "optional_s": 62})
    folders = [Path(each.command[0]).parents[2] for each in (first, second)]
    assert [folder.exists() for folder in folders] == [True, True], "this process uses both"
    release()
    preparing.prepare(interpreter(), {**TABLE, "optional_s": 62})
    assert [folder.exists() for folder in folders] == [False, True]


def test_the_first_row_that_fits_family_and_version_is_taken(world):
    rows = [
        {**ROW, "families": ["pypy"], "packages": ["wrong"]},
        {**ROW, "python": ["2.7", "3.6"], "packages": ["wrong"]},
        {**ROW, "python": ["2.7", "3.11"], "packages": ["six==1"]},
        {**ROW, "packages": ["wrong"]},
    ]
    preparing.prepare(interpreter(), {**TABLE, "environments": rows})
    assert world.installs()[0] == ["six==1"]


def test_a_row_without_packages_installs_none(world):
    row = {**ROW, "packages": [], "optional": {}, "required": []}
    ready = preparing.prepare(interpreter(), {**TABLE, "environments": [row]})
    assert (world.installs(), ready.packages) == ([], ())


# --- what is missing ---


def test_an_optional_package_that_cannot_be_had_is_missing_with_the_installers_reason(world):
    world.broken["pyzmq==3"] = "uv failed: no such version"
    ready = preparing.prepare(interpreter())
    zmq, pika = ["--only-binary=pyzmq", "pyzmq==3"], ["pika==4"]
    assert world.installs()[1:] == [[*zmq, *pika], zmq, pika], "one by one, since they failed together"
    assert ready.missing == {"zmq": "uv failed: no such version"}
    assert ready.packages == ("six==1", "requests==2", "pika==4")
    assert ready.capabilities == {"threads", "headers", "stdlib", "pika", "native", "requests"}


def test_a_module_that_cannot_be_imported_is_missing_with_the_first_error(world):
    world.provides["pyzmq==3"], world.provides["requests==2"] = ["zmq"], []
    assert preparing.prepare(interpreter()).missing == {
        "zmq": "no module zmq.auth",
        "requests": "no module requests",
    }
    world.installed -= {"zmq", "requests"}
    world.provides["pyzmq==3"] = []
    release()
    other = interpreter("cpython-3.12")
    assert preparing.prepare(other).missing["zmq"] == "no module zmq", "the first of two"


def test_a_row_may_say_why_a_word_cannot_be_had(world):
    world.provides["requests==2"] = []
    row = {**ROW, "lacking": {"requests": "it needs fcntl", "pika": "never read, since it is there"}}
    ready = preparing.prepare(interpreter(), {**TABLE, "environments": [row]})
    assert ready.missing == {"requests": "it needs fcntl"}


def test_a_module_that_cannot_be_compiled_is_missing_with_the_compilers_reason(world):
    world.native, world.installed = [{"native": "cc failed", "ctypes": "no word of the table"}], set()
    assert preparing.prepare(interpreter()).missing == {"native": "cc failed"}


def test_an_environment_without_what_is_required_is_none(world):
    world.provides["six==1"] = []
    with pytest.raises(
        PrepareFailed, match=r"^the finished environment lacks six: no module six \(log: .*runoff.log\)$"
    ):
        preparing.prepare(interpreter())
    row = {**ROW, "required": []}
    assert preparing.prepare(interpreter(), {**TABLE, "environments": [row]}).missing == {}


def test_an_environment_that_does_not_run_is_none(world):
    world.replies = [ProbeFailed("Segmentation fault")]
    with pytest.raises(PrepareFailed, match=r"does not run: Segmentation fault \(log: .*runoff.log\)$"):
        preparing.prepare(interpreter())


def test_a_step_that_fails_is_the_reason(world):
    world.broken["requests==2"] = "uv failed: no network (log: x)"
    with pytest.raises(PrepareFailed, match=r"^uv failed: no network \(log: x\)$"):
        preparing.prepare(interpreter())


def test_a_folder_that_cannot_be_written_is_the_reason(world, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "/there")

    monkeypatch.setattr(tools, "run", full)
    with pytest.raises(PrepareFailed, match="^/there: No space left on device; "):
        preparing.prepare(interpreter())


# --- what changed since ---


def test_an_environment_that_no_longer_runs_is_made_again(world):
    first = preparing.prepare(interpreter())
    steps = len(world.ran)
    world.replies = [ProbeFailed("no such file")]
    assert preparing.prepare(interpreter()) == first
    assert len(world.ran) == 2 * steps
    assert len(preparing._in_use) == 1


@pytest.mark.parametrize("other", ["", "another"])  # less and greater than what was found
def test_an_executable_that_is_another_build_now_is_refused_and_asked_anew(world, monkeypatch, other):
    forgotten = []
    monkeypatch.setattr(preparing.Cache, "forget", lambda _, executable: forgotten.append(executable))
    preparing.prepare(interpreter())
    steps = len(world.ran)
    world.replies = [{IDENTITY[-1]: other}]
    name = IDENTITY[-1]
    with pytest.raises(PrepareFailed) as raised:
        preparing.prepare(interpreter())
    assert str(raised.value) == (
        f"/usr/bin/python3.11 was found with {name} {name!r} and runs here with {other!r}; if it was replaced, run the "
        "command again, else name the interpreter that it starts"
    )
    assert forgotten == ["/usr/bin/python3.11"]
    again()
    assert len(world.ran) == 2 * steps


def test_a_package_that_failed_is_tried_again_after_an_hour_and_no_other(world):
    world.broken = {"pyzmq==3": "the network is away"}
    world.provides["requests==2"] = []
    first = preparing.prepare(interpreter())
    steps = len(world.ran)
    world.now += 3599.9
    assert again().missing == first.missing == {"zmq": "the network is away", "requests": "no module requests"}
    assert len(world.ran) == steps
    world.broken = {}
    world.now += 0.1
    second = again()
    assert world.installs()[4:] == [["--only-binary=pyzmq", "pyzmq==3"]]
    assert (second.missing, world.compiled) == ({"requests": "no module requests"}, 1)
    assert second.packages == ("six==1", "requests==2", "pyzmq==3", "pika==4")
    world.now += 7200
    assert again() == second
    assert len(world.ran) == steps + 1


def test_what_fails_again_waits_for_another_hour(world):
    world.broken = {"pyzmq==3": "the network is away"}
    preparing.prepare(interpreter())
    world.now += 3600
    world.broken = {"pyzmq==3": "still away"}
    assert again().missing == {"zmq": "still away"}
    steps = len(world.ran)
    world.now += 3599
    assert again().missing == {"zmq": "still away"}
    assert len(world.ran) == steps
    world.now += 1
    again()
    assert len(world.ran) == steps + 1
    world.now += 5000
    again()
    assert len(world.ran) == steps + 2


def test_an_environment_that_somebody_uses_is_left_as_it_is(world):
    world.broken = {"pyzmq==3": "the network is away"}
    preparing.prepare(interpreter())
    steps = len(world.ran)
    world.now += 3600
    assert preparing.prepare(interpreter()).missing == {"zmq": "the network is away"}
    assert len(world.ran) == steps


@pytest.mark.parametrize("change", ["compiler", "headers"])
def test_the_module_is_compiled_again_once_a_compiler_or_the_headers_are_there(world, monkeypatch, change):
    world.broken = {"pyzmq==3": "the network is away"}
    world.native, world.installed = [{"native": "not yet"}, {"native": "not yet"}, {}], set()
    if change == "headers":
        world.capabilities = ["threads", "stdlib"]
    else:
        monkeypatch.setattr(native_build, "compiler", lambda: None)
    assert preparing.prepare(interpreter()).missing["native"] == "not yet"
    assert again().missing["native"] == "not yet"
    assert world.compiled == 1
    world.capabilities = ["threads", "headers", "stdlib"]
    monkeypatch.setattr(native_build, "compiler", lambda: "/cc")
    steps = len(world.ran)
    assert again().missing["native"] == "not yet"
    assert (world.compiled, len(world.ran)) == (2, steps), "nothing else is tried"
    assert again().missing["native"] == "not yet"
    assert world.compiled == 2
    world.now += 3600
    world.broken, world.installed = {}, {*world.installed, "kernels"}
    assert again().missing == {}
    assert (world.compiled, len(world.ran)) == (3, steps + 1)


def test_what_is_not_tried_again_keeps_its_reason(world, monkeypatch):
    monkeypatch.setattr(native_build, "compiler", lambda: None)
    world.broken = {"pyzmq==3": "the network is away", "pika==4": "the network is away"}
    world.native, world.installed = [{"native": "no compiler"}, {"native": "cc failed"}], set()
    preparing.prepare(interpreter())
    monkeypatch.setattr(native_build, "compiler", lambda: "/cc")
    away = "the network is away"
    assert again().missing == {"zmq": away, "pika": away, "native": "cc failed"}
    world.broken = {}
    world.now += 3600
    assert again().missing == {"native": "cc failed"}


def test_all_that_one_compilation_brings_has_its_latest_reason(world, monkeypatch):
    table = {**TABLE, "modules": {"native": ["kernels"], "ctypes": ["library"]}}
    monkeypatch.setattr(native_build, "compiler", lambda: None)
    world.native, world.installed = [{"native": "no compiler", "ctypes": "no compiler"}, {"native": "cc failed"}], set()
    assert preparing.prepare(interpreter(), table).missing == {"native": "no compiler", "ctypes": "no compiler"}
    monkeypatch.setattr(native_build, "compiler", lambda: "/cc")
    assert again(table).missing == {"native": "cc failed", "ctypes": "no module library"}


def test_a_module_that_can_never_be_loaded_is_not_compiled_again(world):
    world.native, world.installed = [{"native": "an interface of its own"}], set()
    own = interpreter(capabilities=("threads",))
    preparing.prepare(own)
    world.now += 7200
    assert again(given=own).missing == {"native": "an interface of its own"}
    assert world.compiled == 1


# --- variants ---


def varied(**given) -> Interpreter:
    return interpreter().started_as(Variant("v", **given))


def test_a_variant_without_packages_shares_the_environment_of_its_parent(world):
    parent = preparing.prepare(interpreter())
    steps = len(world.ran)
    world.replies = [None, {"capabilities": ["threads", "jit"]}]
    given = varied(options=("-X", "jit"), variables={"A": "b"})
    ready = preparing.prepare(given)
    assert (len(world.ran), ready.interpreter) == (steps, given)
    assert ready.command == (*parent.command, "-X", "jit")
    assert ready.variables == given.variant.surroundings
    assert ready.variables["A"] == "b"
    assert world.probed[-1] == ([*ready.command], (), ready.variables)
    assert ready.capabilities == {"threads", "jit", *TABLE["modules"]}, "not headers, which it was not found to have"
    assert ready.facts["modules"] == parent.facts["modules"]
    assert (ready.packages, ready.missing) == (parent.packages, parent.missing)


def test_a_variant_with_packages_has_an_environment_of_its_own(world):
    parent = preparing.prepare(interpreter())
    world.provides["extra==1"] = []
    ready = preparing.prepare(varied(packages=("extra==1",)))
    assert ready.command != parent.command
    assert Path(ready.command[0]).parents[3].name == "cpython-3.11+v"
    assert ready.packages == ("six==1", "requests==2", "extra==1", "pyzmq==3", "pika==4")
    assert world.installs()[2] == ["six==1", "requests==2", "extra==1"]


def test_a_variant_that_does_not_start_or_engage_is_none(world):
    preparing.prepare(interpreter())
    given = varied(options=("-X", "jit"), engaged={"jit": True})
    world.replies = [None, ProbeFailed("unknown option -X jit")]
    with pytest.raises(PrepareFailed, match=r"^it does not start with -X jit: unknown option -X jit$"):
        preparing.prepare(given)
    world.replies = [None, {"jit": False}]
    with pytest.raises(PrepareFailed, match=r"^-X jit did not engage: jit is False and not True$"):
        preparing.prepare(given)
    world.replies = [None, {"jit": True}]
    assert preparing.prepare(given).facts["jit"] is True


def test_all_are_prepared_the_variants_last_and_each_outcome_told(world, monkeypatch):
    seen, told = [], []

    def prepare(each, table):
        assert table is TABLE
        seen.append(each.label)
        if each.label == "bad":
            raise PrepareFailed("why")
        return each.label

    monkeypatch.setattr(preparing, "prepare", prepare)
    monkeypatch.setattr(preparing.os, "cpu_count", lambda: None)
    given = [varied(), interpreter("bad"), interpreter("good")]
    outcomes = preparing.prepare_all(given, lambda each, outcome: told.append((each.label, str(outcome))))
    assert list(outcomes) == ["cpython-3.11+v", "bad", "good"]
    assert (outcomes["good"], str(outcomes["bad"])) == ("good", "why")
    assert isinstance(outcomes["bad"], PrepareFailed)
    assert seen == ["bad", "good", "cpython-3.11+v"]
    assert sorted(told) == [("bad", "why"), ("cpython-3.11+v", "cpython-3.11+v"), ("good", "good")]


# --- the ways to make one ---


def test_virtualenv_makes_an_environment_whose_own_pip_installs(world, monkeypatch, tmp_path):
    monkeypatch.setattr(tools, "environment", lambda tool, table: Path(f"/tools/{tool}/python"))
    monkeypatch.setattr(tools, "TOOLS", Path("/tools"))
    row = {**ROW, "tool": "virtualenv", "optional": {}}
    ready = preparing.prepare(interpreter(), {**TABLE, "environments": [row]})
    folder = Path(ready.command[0]).parents[2]
    (venv, data, _), (install, quiet, _) = world.ran
    assert venv == ["/tools/virtualenv/python", "-m", "virtualenv", "--python", "/usr/bin/python3.11", f"{folder}/env"]
    assert data == {"VIRTUALENV_OVERRIDE_APP_DATA": "/tools/virtualenv-app-data"}
    assert install == [*ready.command, "-m", "pip", "install", "six==1", "requests==2"]
    assert quiet == {"PIP_NO_COMPILE": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_PYTHON_VERSION_WARNING": "1"}


def test_packages_of_what_has_no_environments_are_unpacked_into_a_folder_that_its_variable_names(
    world, monkeypatch, tmp_path
):
    jar = tmp_path / "there.jar"
    jar.touch()
    row = {**ROW, "tool": "folder", "path": "JYTHONPATH", "jars": [str(jar), "/no/such.jar"], "optional": {}}
    table = {**TABLE, "environments": [row]}
    monkeypatch.setattr(preparing.tables, "read", lambda name: table)
    ready = preparing.prepare(interpreter(), table)
    ((install, variables, _),) = world.ran
    target = ready.variables["JYTHONPATH"].split(os.pathsep)[0]
    assert ready.command == ("/usr/bin/python3.11",)
    assert ready.variables == {"JYTHONPATH": f"{target}{os.pathsep}{jar}"}
    assert Path(target).name == "packages"
    assert install[:3] == [sys.executable, "-I", foreign_pip.__file__]
    assert json.loads(install[3]) == {
        "python_version": "3.11",
        "python_full_version": "3.11.2",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "sys_platform": "linux",
    }
    assert install[4:8] == ["install", "--target", target, "--only-binary=:all:"]
    assert install[8:16] == ["--python-version", "3.11", "--implementation", "py", "--abi", "none", "--platform", "any"]
    assert (install[16:], variables) == (["six==1", "requests==2"], {})
    found = {"JYTHONPATH": os.pathsep.join([str(tmp_path), target, str(jar)])}
    assert ready.importing_from(tmp_path) == found, "a person's folder comes first"


def test_a_folder_to_import_from_is_named_by_the_usual_variable_beside_what_stands_there(world, tmp_path):
    ready = preparing.prepare(interpreter())
    assert ready.importing_from(tmp_path) == {"PYTHONPATH": str(tmp_path)}
    started = replace(ready, variables={"PYTHONPATH": "/at_start", "X": "1"})
    assert started.importing_from(tmp_path) == {"PYTHONPATH": f"{tmp_path}{os.pathsep}/at_start", "X": "1"}


def test_what_takes_no_packages_is_started_as_it_is(world):
    row = {**ROW, "tool": "none", "packages": [], "optional": {}, "required": []}
    ready = preparing.prepare(interpreter(), {**TABLE, "environments": [row]})
    assert (ready.command, ready.variables, world.ran) == (("/usr/bin/python3.11",), {}, [])


def test_an_empty_environment_says_how_to_install_into_it(world, tmp_path):
    empty = making.empty(interpreter(), tmp_path / "mine", tmp_path / "log")
    python = str(tmp_path / "mine/env/bin/python")
    assert (empty.command, empty.variables, len(world.ran)) == ([python], {}, 1)
    assert empty.install(["a", "b"]) == (["/uv", "pip", "install", "--python", python, "a", "b"], {})
    world.broken["venv"] = "uv failed"
    with pytest.raises(PrepareFailed, match="^uv failed$"):
        making.empty(interpreter(), tmp_path / "mine", tmp_path / "log")


def test_an_interpreter_with_a_part_of_the_harness_has_no_empty_environment(world, tmp_path):
    cut = interpreter(start={"command": ["/usr/bin/python3.11"], "cut": "harness/small"})
    with pytest.raises(PrepareFailed, match="^CPython lacks too much of the standard library$"):
        making.empty(cut, tmp_path, tmp_path / "log")


def test_the_lock_of_an_environment_is_kept_until_the_process_ends(world):
    ready = preparing.prepare(interpreter())
    folder = Path(ready.command[0]).parents[2]
    preparing.prepare(interpreter())
    assert list(preparing._in_use) == [folder]
    with lock.unless_in_use(folder) as free:
        assert not free
    release()
    with lock.unless_in_use(folder) as free:
        assert free
