"""A person's requirements, installed for each interpreter: once, and again where they, it or the network changed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from runoff.interpreters.discover import Interpreter
from runoff.interpreters.variants import OPTIONS, Variant
from runoff.workload import dependencies
from runoff.workload.dependencies import Installed

HERE = Interpreter("cpython-3.13", "cpython", "/python", {"sys_version": "3.13.0"})


@pytest.fixture
def install(tmp_path, monkeypatch):
    """install(interpreter, text of the requirements) -> what came of it; ``outcomes`` are those of each attempt."""
    pins = tmp_path / "pins.txt"

    def make(interpreter, requirements, folder):
        (folder / "six.py").touch()
        install.made.append((interpreter.label, folder))
        error = install.outcomes.pop(0)
        return Installed([f"{folder}/python"], {"OWN": "1"}, error, 1.0, 2.0, {"six": "1.17.0"}, [], ["six"])

    def install(interpreter=HERE, text="six==1.17.0\n"):
        if text is not None:
            pins.write_text(text)
        return dependencies.install(interpreter, None if text is None else pins)

    install.made, install.outcomes = [], [None] * 9
    monkeypatch.setattr(dependencies, "FOLDER", tmp_path / "own")
    monkeypatch.setattr(dependencies, "_make", make)
    return install


def test_they_are_installed_once_as_long_as_nothing_changes(install):
    assert install() == install()
    assert len(install.made) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "six==1.16.0\n"},
        {"text": None},
        {"interpreter": Interpreter("cpython-3.13", "cpython", "/python", {"sys_version": "3.13.1"})},
        {"interpreter": Interpreter("cpython-3.13", "cpython", "/elsewhere/python", HERE.facts)},
    ],
)
def test_other_requirements_or_another_build_are_installed_apart(install, changes):
    install()
    install(**changes)
    assert len({folder for _, folder in install.made}) == 2


def test_a_failure_is_tried_again_and_what_it_left_is_gone(install):
    install.outcomes[0] = "uv failed: the index is out of reach"
    assert install().error
    (_, folder) = install.made[0]
    (folder / "half").write_text("")
    assert install().error is None
    assert install().error is None
    assert [each for each in install.made if each[1] == folder] == [("cpython-3.13", folder)] * 2
    assert not (folder / "half").exists()


def test_they_are_installed_again_where_somebody_has_removed_a_part_of_them(install):
    install()
    (install.made[0][1] / "six.py").unlink()
    assert install().versions == {"six": "1.17.0"}
    assert len(install.made) == 2


def test_a_variant_has_its_parents_packages_and_is_started_in_its_own_way(install):
    usual = install()
    variant = install(HERE.started_as(Variant("O", ("-O",), {"PYTHONUTF8": "1"})))
    assert [label for label, _ in install.made] == ["cpython-3.13"]
    assert variant.command == [*usual.command, "-O"]
    assert variant.variables == {"OWN": "1", "PYTHONUTF8": "1", OPTIONS: '["-O"]'}


INCLUDED = "-r base.txt\n-c limits/all.txt  # as in production\n--requirement=https://index/other.txt\n"


def test_what_an_included_file_says_is_a_requirement_too(install, tmp_path):
    base, limits = tmp_path / "base.txt", tmp_path / "limits" / "all.txt"
    more = tmp_path / "limits" / "more.txt"
    limits.parent.mkdir()
    for path, text in ((base, "six==1.17.0\n-r pins.txt\n"), (limits, "--constraint \\\n more.txt\n"), (more, "a<2\n")):
        path.write_text(text)
    install(text=INCLUDED)
    install(text=INCLUDED)
    assert len(install.made) == 1
    for path in (base, limits, more):
        path.write_text(f"{path.read_text()}# changed\n")
        install(text=INCLUDED)
    more.unlink()
    install(text=INCLUDED)
    assert len({folder for _, folder in install.made}) == 5


@pytest.mark.parametrize(
    "text",
    [
        "./lib\n",
        "-e lib\n",
        "--editable=./lib[fast]\n",
        "lib/\n",
        "./lib[fast]; python_version > '3'\n",
        "shop @ file:{}\n",
        "-r within/more.txt\n",
    ],
)
def test_a_package_in_a_folder_is_installed_anew_where_its_source_has_changed(install, tmp_path, text):
    """What building it leaves there is no change."""
    lib, text = tmp_path / "lib", text.format(tmp_path / "lib")
    (lib / "shop").mkdir(parents=True)
    (lib / "shop" / "orders.py").write_text("RATE = 1\n")
    (tmp_path / "within").mkdir()
    (tmp_path / "within" / "more.txt").write_text("./lib\n")  # relative to where the installer runs
    install(text=text)
    for left in ("build/lib/shop", "shop.egg-info", "shop/__pycache__", ".git"):
        (lib / left).mkdir(parents=True)
        (lib / left / "orders.py").write_text("left behind\n")
    (lib / "shop" / "orders.pyc").write_text("left behind\n")
    install(text=text)
    assert len(install.made) == 1
    (lib / "shop" / "orders.py").write_text("RATE = 2\n")
    install(text=text)
    (lib / "shop" / "new.py").write_text("")
    install(text=text)
    assert len({folder for _, folder in install.made}) == 3


def test_a_wheel_beside_the_requirements_counts_and_what_an_index_has_does_not(install, tmp_path):
    text = "six==1.17.0 --hash=sha256:ab/cd\ngit+https://host/lib\nown.whl\n"
    wheel = tmp_path / "own.whl"
    wheel.write_bytes(b"1")
    install(text=text)
    wheel.write_bytes(b"2")
    install(text=text)
    (tmp_path / "six").mkdir()
    (tmp_path / "six" / "__init__.py").write_text("")
    install(text=text)
    assert len(install.made) == 2


def test_the_installer_runs_where_the_requirements_lie(tmp_path, monkeypatch):
    """pip looks there for what they name by a relative path."""
    (tmp_path / "shop").mkdir()
    pins, ran = tmp_path / "shop" / "pins.txt", []
    pins.write_text("./lib\n")
    empty = SimpleNamespace(command=["python"], variables={}, install=lambda packages: (["pip", *packages], {"A": "1"}))
    monkeypatch.setattr(dependencies.making, "empty", lambda *_: empty)
    monkeypatch.setattr(dependencies.tools, "run", lambda *words, folder, **_: ran.append((*words, folder)))
    monkeypatch.setattr(dependencies, "FOLDER", tmp_path / "own")
    assert dependencies.install(HERE, pins).error is None
    assert ran == [(["pip", "-r", str(pins)], {"A": "1"}, pins.parent)]


@pytest.mark.parametrize(
    ("files", "modules"),
    [
        (("six.py", "six-1.17.0.dist-info/METADATA", "__pycache__/six.cpython-313.pyc"), {"six"}),
        (("jinja2/__init__.py", "jinja2/ext/__init__.py", "../../../bin/jinja"), {"jinja2"}),
        (("cffi/__init__.py", "_cffi_backend.cpython-313-x86_64-linux-gnu.so"), {"cffi", "_cffi_backend"}),
        (
            ("google/protobuf/__init__.py", "google/protobuf/internal/__init__.py", "google/_upb/_message.abi3.so"),
            {"google.protobuf"},
        ),
        (
            ("google/cloud/storage/__init__.py", "google/cloud/_http/__init__.py"),
            {"google.cloud.storage", "google.cloud._http"},
        ),
        (("shop.py", "examples/more/__init__.py"), {"shop"}),
        (("__editable___shop_1_0_finder.py", "__init__.py", "a-b/__init__.py"), set()),
    ],
)
def test_the_modules_of_a_distribution_are_its_outermost_ones(tmp_path, files, modules):
    (tmp_path / "RECORD").write_text("".join(f"{name},sha256=x,1\n" for name in files))
    assert dependencies._modules(tmp_path) == modules
    (tmp_path / "RECORD").unlink()
    assert dependencies._modules(tmp_path) == set()
