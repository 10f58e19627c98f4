# Run by the driver (Python 3.9 upward).
"""Compile the kernels: one shared library for all interpreters, and a SWIG module for each.

Jython's module is a library that the Java virtual machine loads (JNI), and the classes that SWIG made for it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from runoff.common import stoppable
from runoff.common.errors import ending
from runoff.common.loose import Table
from runoff.common.paths import NOX, ROOT
from runoff.environments import made_once, tools
from runoff.interpreters import surroundings
from runoff.interpreters.discover import Interpreter

SOURCES = ROOT / "native" / "swig"
LIBRARY = ROOT / "native" / "library"
JNI = ROOT / "native" / "jni"
COMPILERS = ("cc", "gcc", "clang")
WRAPPED = NOX / "native"
#: Capability words that depend on what is compiled here.
WORDS = ("native", "native_gil", "ctypes", "cffi")
NO_COMPILER = f"there is no C compiler: install one of {', '.join(COMPILERS)}"
NOTHING_TO_HOLD = "the Java virtual machine calls C without a lock; native-nogil is the same kernel through JNI"


class CannotCompile(Exception):
    """The module cannot be compiled for this interpreter; the message is the reason of its skipped cells."""


def digest() -> str:
    """Return a digest of all sources of the module."""
    files = [path for folder in (SOURCES, LIBRARY, JNI) for path in sorted(folder.iterdir()) if path.is_file()]
    content = b"".join(path.name.encode() + path.read_bytes() for path in files)
    return hashlib.sha256(content).hexdigest()[:16]


def _wrapped(table: Table) -> Path:
    """Return the folder with sources, wrapper and library; generate it on first use and after a change."""
    folder = WRAPPED / digest()

    def make() -> None:
        shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
        swig, library = _swig(table)
        (folder / "java").mkdir()
        python = ["-python", "-threads", "-nogil", "-o", "runoff_kernels_wrap.c"]
        java = ["-java", "-package", "runoff_jni", "-outdir", "java", "-o", "java/runoff_kernels_wrap.c"]
        for options in (python, java):
            run = _run([str(swig), *options, "kernels.i"], folder, SWIG_LIB=str(library))
            if run.returncode:
                raise CannotCompile(f"swig failed: {(run.stderr or run.stdout).strip()}")
        _compile_library(folder)

    made_once.made(folder, [table["tools"]["swig"], compiler()], make)
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
    return stoppable.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def compiler() -> str | None:
    """Return the path of the C compiler of this machine; None where there is none."""
    return next(filter(None, map(shutil.which, COMPILERS)), None)


def _compile_library(folder: Path) -> None:
    """Compile librunoff.so in ``folder`` where there is a C compiler; ``provide`` reports a missing library."""
    if found := compiler():
        command = [found, "-O2", "-fPIC", "-shared", "-o", "librunoff.so", "kernels.c"]
        run = _run(command, folder)
        if run.returncode:
            raise CannotCompile(f"{found} failed: {run.stderr.strip()}")


def provide(
    command: list[str],
    variables: dict[str, str],
    folder: Path,
    interpreter: Interpreter,
    log: Path,
    table: Table,
) -> dict[str, str]:
    """Put library and module into the packages of ``command`` (a Python); return {capability: why it is missing}."""
    if reason := cannot_load(interpreter):
        return dict.fromkeys(("native", "ctypes", "cffi"), reason)
    try:
        wrapped = _wrapped(table)
    except CannotCompile as reason:
        return dict.fromkeys(WORDS, str(reason))
    # sysconfig's differs on PyPy 2. As JSON, since a folder's name may hold a line feed.
    site = "import json, os, six; print(json.dumps(os.path.dirname(os.path.abspath(six.__file__))))"
    environment = {**surroundings.for_interpreters(), **variables}
    run = stoppable.run(
        [*command, "-c", site], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if run.returncode:
        return dict.fromkeys(WORDS, f"its packages cannot be found: {run.stderr.strip()}")
    target = Path(json.loads(run.stdout.strip().rpartition("\n")[2]))  # a sitecustomize may have printed before
    reasons: dict[str, str] = {}
    if (wrapped / "librunoff.so").exists():
        shutil.copy(LIBRARY / "runoff_library.py", target)
        shutil.copy(wrapped / "librunoff.so", target)
    else:
        reasons["ctypes"] = reasons["cffi"] = NO_COMPILER
    try:
        shutil.copytree(wrapped, folder / "native", dirs_exist_ok=True)
        if "jni" in interpreter.facts["capabilities"]:
            reasons["native_gil"] = NOTHING_TO_HOLD
            _compile_for_java(target, folder / "native", interpreter, log)
        else:
            _compile_into(target, command, folder / "native", interpreter, log)
    except CannotCompile as reason:
        reasons["native"] = str(reason)
        reasons.setdefault("native_gil", str(reason))
    return reasons


def cannot_load(interpreter: Interpreter) -> str | None:
    """Return why ``interpreter`` can load nothing that the compiler of this machine made; None where it can."""
    if interpreter.facts["platform"] == "emscripten":
        return "WebAssembly cannot load this machine's code"
    if "stdlib" not in interpreter.facts["capabilities"]:
        return f"{interpreter.facts['implementation']} has an interface of its own to C"
    return None


def _compile_into(target: Path, command: list[str], work: Path, interpreter: Interpreter, log: Path) -> None:
    if "headers" not in interpreter.facts["capabilities"]:
        raise CannotCompile(
            "Python.h is missing: install the interpreter's development package (python3-dev, pypy3-dev)"
        )
    _logged([*command, "setup.py", "build_ext", "--build-lib", str(target)], work, log)
    shutil.copy(work / "runoff_kernels.py", target)


def _compile_for_java(target: Path, work: Path, interpreter: Interpreter, log: Path) -> None:
    """Compile the library and the classes with the compilers of the Java that Jython runs on, and a C compiler."""
    java = Path(interpreter.facts["java_home"])
    if "headers" not in interpreter.facts["capabilities"]:
        raise CannotCompile(f"{java} has no javac or jni.h: install its development kit (default-jdk-headless)")
    found = compiler()
    if found is None:
        raise CannotCompile(NO_COMPILER)
    platform = [path.parent for path in (java / "include").glob("*/jni_md.h")]
    headers = [f"-I{folder}" for folder in (work, java / "include", *platform)]
    library = ["-o", str(target / "librunoff_jni.so"), "kernels.c", "java/runoff_kernels_wrap.c"]
    _logged([found, "-O2", "-fPIC", "-shared", *headers, *library], work, log)
    classes = [str(path) for path in sorted((work / "java").glob("*.java"))]
    _logged([str(java / "bin" / "javac"), "-d", str(target), *classes], work, log)
    shutil.copy(JNI / "runoff_kernels.py", target)


def _logged(command: list[str], work: Path, log: Path) -> None:
    """Run a compiler; raise CannotCompile with its last error."""
    with log.open("ab") as stream:
        run = stoppable.run(command, cwd=work, stdout=stream, stderr=subprocess.STDOUT, env=surroundings.for_tools())
    if run.returncode:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if "error" in line.lower()]
        raise CannotCompile(f"not compiled: {lines[-1] if lines else ending(run.returncode)} (log: {log})")
