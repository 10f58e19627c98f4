"""A person's requirements, installed for each interpreter: once, and again where they, it or the network changed."""

from __future__ import annotations

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
        folder.mkdir(parents=True)
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


@pytest.mark.parametrize("content", ["", "[]", '{"command": []}'])
def test_a_stamp_that_cannot_be_read_is_none(install, content):
    install()
    (install.made[0][1] / "installed.json").write_text(content)
    assert install().versions == {"six": "1.17.0"}
    assert len(install.made) == 2


def test_a_variant_has_its_parents_packages_and_is_started_in_its_own_way(install):
    usual = install()
    variant = install(HERE.started_as(Variant("O", ("-O",), {"PYTHONUTF8": "1"})))
    assert [label for label, _ in install.made] == ["cpython-3.13"]
    assert variant.command == [*usual.command, "-O"]
    assert variant.variables == {"OWN": "1", "PYTHONUTF8": "1", OPTIONS: '["-O"]'}
