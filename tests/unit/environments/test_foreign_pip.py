"""Packages for an interpreter that pip does not run under: what their markers ask of it, from wheels made here."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from runoff.environments import foreign_pip
from runoff.interpreters import surroundings

OLD = {"python_version": "2.7", "python_full_version": "2.7.3", "platform_python_implementation": "Jython"}


def wheel(folder: Path, name: str, *needs: str, tag: str = "py2.py3-none-any") -> None:
    """Make a wheel called ``name`` with one module, which needs other packages."""
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-{tag}.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(
            f"{info}/METADATA",
            "\n".join(
                ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1", *(f"Requires-Dist: {n}" for n in needs)]
            ),
        )
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


def install(index: Path, into: Path, *packages: str) -> subprocess.CompletedProcess[str]:
    kind = ["--python-version", "2.7", "--implementation", "py", "--abi", "none", "--platform", "any"]
    offline = ["--only-binary=:all:", "--no-index", "--find-links", str(index), *kind]
    return subprocess.run(
        [
            sys.executable,
            "-I",
            foreign_pip.__file__,
            json.dumps(OLD),
            "install",
            "--target",
            str(into),
            *offline,
            *packages,
        ],
        env=surroundings.for_tools(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_markers_are_judged_by_the_interpreter_that_the_packages_are_for(tmp_path: Path) -> None:
    index, into = tmp_path / "index", tmp_path / "into"
    index.mkdir()
    wheel(index, "wanted", "old; python_version < '3'", "new; python_version >= '3'")
    wheel(index, "old", "speedups; platform_python_implementation == 'CPython'", tag="py2-none-any")
    wheel(index, "asked")
    run = install(index, into, "wanted==1", "asked; python_full_version < '2.7.9'", "absent; python_version > '3'")
    assert run.returncode == 0, run.stdout + run.stderr
    assert sorted(path.name for path in into.glob("*.py")) == ["asked.py", "old.py", "wanted.py"]


def test_what_has_no_wheel_for_it_is_named(tmp_path: Path) -> None:
    wheel(tmp_path, "wanted", "compiled")
    wheel(tmp_path, "compiled", tag="cp27-cp27mu-linux_x86_64")
    run = install(tmp_path, tmp_path / "into", "wanted")
    assert run.returncode != 0
    assert "No matching distribution found for compiled" in run.stderr
    assert not (tmp_path / "into").exists()
