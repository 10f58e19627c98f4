# Run by the driver (Python 3.9 upward).
"""Compile the kernels: one shared library for all interpreters, and a SWIG module for each."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from runoff.common.loose import Table
from runoff.common.paths import NOX, ROOT
from runoff.interpreters import made_once, surroundings, tools
from runoff.interpreters.discover import Interpreter

SOURCES = ROOT / "native" / "swig"
LIBRARY = ROOT / "native" / "library"
COMPILERS = ("cc", "gcc", "clang")
WRAPPED = NOX / "native"


class CannotCompile(Exception):
    """The module cannot be compiled for this interpreter; the message is the reason of its skipped cells."""


def digest() -> str:
    """Return a digest of all sources of the module."""
    files = [path for folder in (SOURCES, LIBRARY) for path in sorted(folder.iterdir()) if path.is_file()]
    content = b"".join(path.name.encode() + path.read_bytes() for path in files)
    return hashlib.sha256(content).hexdigest()[:16]


def _wrapped(table: Table) -> Path:
    """Return the folder with sources, wrapper and library; generate it on first use and after a change."""
    folder = WRAPPED / digest()

    def make() -> None:
        shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
        swig, library = _swig(table)
        command = [str(swig), "-python", "-threads", "-nogil", "-o", "runoff_kernels_wrap.c", "kernels.i"]
        run = _run(command, folder, SWIG_LIB=str(library))
        if run.returncode:
            raise CannotCompile(f"swig failed: {(run.stderr or run.stdout).strip()}")
        _compile_library(folder)

    made_once.made(folder, [table["tools"]["swig"]], make)
    return folder


def _swig(table: Table) -> tuple[Path, Path]:
    """Return SWIG itself and its library: its package's own launcher fails where a bracket is in the path."""
    try:
        data = next(tools.environment("swig", table).parents[1].glob("**/swig/data"))
    except tools.ToolFailed as failure:
        raise CannotCompile(f"SWIG cannot be had: {failure}") from None
    return data / "bin" / "swig", next((data / "share" / "swig").iterdir())


def _run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**surroundings.for_tools(), **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _compile_library(folder: Path) -> None:
    """Compile librunoff.so in ``folder`` where there is a C compiler; ``provide`` reports a missing library."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler:
        command = [compiler, "-O2", "-fPIC", "-shared", "-o", "librunoff.so", "kernels.c"]
        run = _run(command, folder)
        if run.returncode:
            raise CannotCompile(f"{compiler} failed: {run.stderr.strip()}")


def provide(
    command: list[str],
    variables: dict[str, str],
    folder: Path,
    interpreter: Interpreter,
    log: Path,
    table: Table,
) -> dict[str, str]:
    """Put library and module into the packages of ``command`` (a Python); return {capability: why it is missing}."""
    if reason := _no_machine_code(interpreter):
        return dict.fromkeys(("native", "ctypes", "cffi"), reason)
    try:
        wrapped = _wrapped(table)
    except CannotCompile as reason:
        return dict.fromkeys(("native", "ctypes", "cffi"), str(reason))
    site = "import os, six; print(os.path.dirname(os.path.abspath(six.__file__)))"  # sysconfig's differs on PyPy 2
    environment = {**surroundings.for_interpreters(), **variables}
    run = subprocess.run([*command, "-c", site], capture_output=True, text=True, check=False, env=environment)
    if run.returncode:
        return dict.fromkeys(("native", "ctypes", "cffi"), f"its packages cannot be found: {run.stderr.strip()}")
    target = Path(run.stdout.strip().rpartition("\n")[2])  # a sitecustomize may have printed before
    reasons: dict[str, str] = {}
    if (wrapped / "librunoff.so").exists():
        shutil.copy(LIBRARY / "runoff_library.py", target)
        shutil.copy(wrapped / "librunoff.so", target)
    else:
        reasons["ctypes"] = reasons["cffi"] = f"there is no C compiler: install one of {', '.join(COMPILERS)}"
    try:
        shutil.copytree(wrapped, folder / "native")
        _compile_into(target, command, folder / "native", interpreter, log)
    except CannotCompile as reason:
        reasons["native"] = str(reason)
    return reasons


def _no_machine_code(interpreter: Interpreter) -> str | None:
    """Return why ``interpreter`` can load nothing that the compiler of this machine made; None where it can."""
    if interpreter.facts["platform"] == "emscripten":
        return "WebAssembly cannot load this machine's code"
    if "stdlib" not in interpreter.facts["capabilities"]:
        return f"{interpreter.facts['implementation']} has an interface of its own to C"
    return None


def _compile_into(target: Path, command: list[str], work: Path, interpreter: Interpreter, log: Path) -> None:
    if "jni" in interpreter.facts["capabilities"]:
        raise CannotCompile("a Java virtual machine cannot load a C extension module")
    if "headers" not in interpreter.facts["capabilities"]:
        raise CannotCompile(
            "Python.h is missing: install the interpreter's development package (python3-dev, pypy3-dev)"
        )
    with log.open("ab") as stream:
        run = subprocess.run(
            [*command, "setup.py", "build_ext", "--build-lib", str(target)],
            cwd=work,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=surroundings.for_tools(),
            check=False,
        )
    if run.returncode:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if "error" in line.lower()]
        raise CannotCompile(f"not compiled: {lines[-1] if lines else f'exit code {run.returncode}'} (log: {log})")
    shutil.copy(work / "runoff_kernels.py", target)
