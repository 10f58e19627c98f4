# Run by the driver (Python 3.9 upward).
"""The native module: wrapped once by SWIG, then compiled by and for each interpreter."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from bench import environments
from bench.facts import clean_environment
from bench.interpreters import Interpreter
from bench.paths import NOX, ROOT

SOURCES = ROOT / "native" / "swig"
WRAPPED = NOX / "native"
_lock = threading.Lock()


class CannotCompile(Exception):
    """The module cannot be had under this interpreter; the message is the reason a skipped cell gives."""


def digest() -> str:
    """Of everything the module is made from."""
    content = b"".join(path.name.encode() + path.read_bytes() for path in sorted(SOURCES.iterdir()) if path.is_file())
    return hashlib.sha256(content).hexdigest()[:16]


def wrap(table: dict[str, Any]) -> Path:
    """The folder with sources and wrapper, generated on first use and again when a source changed."""
    folder = WRAPPED / digest()
    with _lock:
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(SOURCES, folder)
            swig = environments.tool_environment("swig", table).with_name("swig.exe" if os.name == "nt" else "swig")
            command = [str(swig), "-python", "-threads", "-nogil", "-o", "runoff_kernels_wrap.c", "kernels.i"]
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if run.returncode:
                raise CannotCompile(f"swig failed: {(run.stderr or run.stdout).strip()}")
            (folder / "ready").touch()
    return folder


def compile_into(command: list[str], folder: Path, interpreter: Interpreter, log: Path) -> None:
    """Compile the module with ``command`` (a Python) into that environment's own packages; else CannotCompile."""
    if "jni" in interpreter.facts["capabilities"]:
        raise CannotCompile("a Java virtual machine cannot load a C extension module")
    if "headers" not in interpreter.facts["capabilities"]:
        raise CannotCompile(
            "Python.h is missing: install the interpreter's development package (python3-dev, pypy3-dev)"
        )
    work = folder / "native"
    shutil.copytree(_wrapped(), work)
    site = "import os, six; print(os.path.dirname(six.__file__))"  # sysconfig names another folder on PyPy 2
    target = subprocess.run([*command, "-c", site], capture_output=True, text=True, check=True).stdout.strip()
    with log.open("ab") as stream:
        run = subprocess.run(
            [*command, "setup.py", "build_ext", "--build-lib", target],
            cwd=work,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            check=False,
        )
    if run.returncode:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if "error" in line.lower()]
        raise CannotCompile(f"not compiled: {lines[-1] if lines else f'exit code {run.returncode}'} (log: {log})")
    shutil.copy(work / "runoff_kernels.py", target)


def _wrapped() -> Path:
    return WRAPPED / digest()
