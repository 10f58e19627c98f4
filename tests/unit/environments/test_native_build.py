"""A change of the native module's sources, and of all else that an environment is made from, makes it again."""

from __future__ import annotations

import shutil
import sys

import pytest

from runoff.environments import native_build, preparing, tools
from runoff.interpreters.discover import Interpreter

FACTS = {"implementation": "CPython", "version_info": [3, 13, 0], "python": "3.13", "free_threaded": False}


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of the sources, for tests to change."""
    for name in ("SOURCES", "LIBRARY", "JNI"):
        copy = tmp_path / name
        shutil.copytree(getattr(native_build, name), copy, ignore=shutil.ignore_patterns("build", "__pycache__"))
        monkeypatch.setattr(native_build, name, copy)
    return tmp_path


def test_the_digest_is_of_every_source_by_name_and_content(sources):
    before = native_build.digest()
    assert native_build.digest() == before
    files = [path for path in sources.glob("*/*") if path.is_file()]
    assert {path.parent.name for path in files} == {"SOURCES", "LIBRARY", "JNI"}
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert native_build.digest() != before, path
        path.write_bytes(content)
        renamed = path.rename(path.with_name("renamed" + path.suffix))
        assert native_build.digest() != before, path
        renamed.rename(path)
    assert native_build.digest() == before


@pytest.fixture
def folder(monkeypatch):
    """folder(facts) -> where the environment of an interpreter with these facts would be made."""

    def stop(_interpreter, _row, _table, folder, _made_from):
        raise tools.ToolFailed(str(folder))

    monkeypatch.setattr(preparing, "_ready", stop)

    def of(executable="/python", **facts):
        interpreter = Interpreter("cpython-3.13", "cpython", executable, {**FACTS, **facts})
        with pytest.raises(preparing.PrepareFailed) as raised:
            preparing.prepare(interpreter)
        return str(raised.value)

    return of


def test_an_environment_is_kept_while_nothing_changes_and_remade_when_anything_does(folder, monkeypatch):
    before = folder()
    assert folder() == before
    assert folder(build="another") != before
    assert folder("/another/python") != before
    for module, name in ((native_build, "digest"), (preparing, "probe_source")):
        with monkeypatch.context() as changed:
            changed.setattr(module, name, lambda: "changed")
            assert folder() != before, name
    assert folder() == before


def test_swig_is_run_itself_where_its_launcher_takes_the_path_for_a_pattern(tmp_path, monkeypatch):
    data = tmp_path / "a [é x]" / "env" / "lib" / "python3" / "site-packages" / "swig" / "data"
    (data / "share" / "swig" / "4.4.1").mkdir(parents=True)
    (data / "bin").mkdir()
    program = data / "bin" / "swig"
    program.write_text('#!/bin/sh\nprintf %s "$SWIG_LIB" > runoff_kernels_wrap.c\n')
    program.chmod(0o700)
    python = tmp_path / "a [é x]" / "env" / "bin" / "python"
    monkeypatch.setattr(tools, "environment", lambda _tool, _table: python)
    monkeypatch.setattr(native_build, "WRAPPED", tmp_path / "native")
    monkeypatch.setattr(native_build, "COMPILERS", ())
    wrapped = native_build._wrapped({"tools": {"swig": "swig==4.4.1"}})
    assert (wrapped / "runoff_kernels_wrap.c").read_text() == str(data / "share" / "swig" / "4.4.1")


@pytest.mark.parametrize("name", ["packages", "pack\nages", "a [é x]"])
def test_the_library_goes_beside_six_wherever_that_lies(tmp_path, monkeypatch, name):
    packages, wrapped = tmp_path / name, tmp_path / "wrapped"
    packages.mkdir()
    wrapped.mkdir()
    (packages / "six.py").touch()
    (packages / "sitecustomize.py").write_text("print('said before')")
    (wrapped / "librunoff.so").touch()
    monkeypatch.setattr(native_build, "_wrapped", lambda _table: wrapped)
    interpreter = Interpreter(
        "cpython-3.13", "cpython", "/python", {**FACTS, "platform": "linux", "capabilities": ["stdlib"]}
    )
    variables = {"PYTHONPATH": str(packages)}
    reasons = native_build.provide([sys.executable], variables, tmp_path, interpreter, tmp_path / "log", {})
    assert set(reasons) == {"native", "native_gil"}  # it has no headers
    assert (packages / "librunoff.so").exists()
