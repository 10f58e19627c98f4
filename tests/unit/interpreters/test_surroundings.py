"""What of a shell's variables and of settings files reaches interpreters and tools."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runoff.common import tables
from runoff.interpreters import surroundings

TABLE = surroundings.TABLE


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Set the variables of a shell that has no others, with an empty home."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setattr(surroundings, "NOX", tmp_path / "nox")
    home = tmp_path / "home"
    home.mkdir()

    def give(**variables: str) -> Path:
        for name, value in {"HOME": str(home), "PATH": "/bin", **variables}.items():
            monkeypatch.setenv(name, value)
        return home

    return give


@pytest.mark.parametrize(
    "name",
    [
        *("PYTHONDEVMODE", "PYTHONMALLOC", "PYTHONTRACEMALLOC", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHON_GIL"),
        *("PYTHONSAFEPATH", "PYTHONIOENCODING", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYPY_GC_NURSERY"),
        *("LD_PRELOAD", "MALLOC_ARENA_MAX", "JAVA_TOOL_OPTIONS", "PIP_TARGET", "PIP_PREFIX", "PIP_NO_DEPS", "PIP_USER"),
        *("UV_PYTHON", "UV_SYSTEM_PYTHON", "VIRTUALENV_PYTHON", "CFLAGS", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV"),
    ],
)
def test_keeps_what_is_known_to_do_harm_from_everything_and_says_why(shell, name):
    shell(**{name: "x"})
    assert name not in surroundings.for_interpreters()
    assert name not in surroundings.for_tools()
    assert surroundings.kept_out()[name]
    assert name in surroundings.described()["kept_out"]


def test_passes_nothing_that_no_row_names(shell):
    shell(SOMETHING="1", RUNOFF_AMQP_URL="amqp://u:p@h/", RUNOFF_COMMAND="nox --amqp-url amqp://u:p@h/")
    assert set(surroundings.for_interpreters()) == {"HOME", "PATH", *TABLE["set"]["interpreters"]}
    assert surroundings.kept_out() == {}


def test_passes_indexes_proxies_and_certificates_to_tools_and_not_to_interpreters(shell):
    of_indexes = ("PIP_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX", "UV_INDEX_OURS_PASSWORD", "UV_DEFAULT_INDEX")
    others = ("https_proxy", "HTTP_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "UV_CACHE_DIR", "CC")
    given = dict.fromkeys((*of_indexes, *others), "x")
    shell(**given)
    assert given.items() <= surroundings.for_tools().items()
    assert not set(given) & set(surroundings.for_interpreters())


def test_describes_values_that_may_decide_a_number_and_only_those(shell):
    shell(LANG="C.UTF-8", LD_LIBRARY_PATH="/x")
    passed = surroundings.described()["passed"]
    assert passed == {"HOME": None, "LANG": "C.UTF-8", "LD_LIBRARY_PATH": "/x", "PATH": None}


def test_the_driver_gets_everything_but_what_changes_its_python(shell):
    shell(PYTHONOPTIMIZE="2", PYTHONIOENCODING="cp1252", PYTHONSAFEPATH="1", RUNOFF_AMQP_URL="amqp://h/", NO_COLOR="1")
    variables = surroundings.for_driver()
    assert {"RUNOFF_AMQP_URL", "NO_COLOR"} <= set(variables)
    assert not any(name.startswith("PYTHON") for name in variables)
    assert variables["RUNOFF_KEPT_OUT"] == "PYTHONIOENCODING PYTHONOPTIMIZE PYTHONSAFEPATH"


def test_the_driver_knows_what_was_kept_from_it(shell):
    shell(RUNOFF_KEPT_OUT="PYTHONOPTIMIZE PYTHONSAFEPATH")
    assert set(surroundings.kept_out()) == {"PYTHONOPTIMIZE", "PYTHONSAFEPATH"}


def test_takes_from_pips_files_where_packages_come_from_and_nothing_else(shell):
    home = shell(XDG_CONFIG_DIRS="/no/such/folder")
    (home / ".pip").mkdir()
    (home / ".pip" / "pip.conf").write_text("[global]\nindex-url = https://old/\ntimeout = 7\n")
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").write_text(
        "[global]\nindex_url = https://new/\ntarget = /tmp/e\nextra-index-url =\n  https://a/\n  https://b/\n"
        "[install]\nno-deps = true\nuser = true\ntrusted-host = new\n"
    )
    variables = surroundings.for_tools()
    assert variables["PIP_INDEX_URL"] == "https://new/"
    assert variables["PIP_EXTRA_INDEX_URL"] == "https://a/ https://b/"
    assert (variables["PIP_TRUSTED_HOST"], variables["PIP_TIMEOUT"]) == ("new", "7")
    assert variables["PIP_CONFIG_FILE"] == os.devnull
    assert not {"PIP_TARGET", "PIP_NO_DEPS", "PIP_USER"} & set(variables)
    shell(PIP_INDEX_URL="https://typed/")
    assert surroundings.for_tools()["PIP_INDEX_URL"] == "https://typed/"
    shell(PIP_CONFIG_FILE=os.devnull)
    assert "PIP_TRUSTED_HOST" not in surroundings.for_tools()


UV_TOML = """
native-tls = true
offline = false
index = [{ name = "a \\"quoted\\" name", url = "https://a/", default = true }]
preview = true
[pip]
target = "/tmp/e"
no-deps = true
extra-index-url = ["https://b/", "https://c/"]
"""


def test_takes_from_uvs_files_where_packages_come_from_and_nothing_else(shell):
    home = shell()
    (home / ".config" / "uv").mkdir(parents=True)
    (home / ".config" / "uv" / "uv.toml").write_text(UV_TOML)
    path = Path(surroundings.for_tools()["UV_CONFIG_FILE"])
    assert tables.read(path.name, path.parent) == {
        "native-tls": True,
        "offline": False,
        "index": [{"name": 'a "quoted" name', "url": "https://a/", "default": True}],
        "extra-index-url": ["https://b/", "https://c/"],
    }
    shell(UV_NO_CONFIG="1")
    surroundings.for_tools()
    assert path.read_text() == ""


def test_of_several_folders_of_settings_the_first_one_counts_and_the_users_own_before_it(shell, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name / "uv").mkdir(parents=True)
        (tmp_path / name / "uv" / "uv.toml").write_text(f'index-url = "https://{name}/"\n')
    home = shell(XDG_CONFIG_DIRS=f"{tmp_path / 'first'}{os.pathsep}{tmp_path / 'second'}")
    path = Path(surroundings.for_tools()["UV_CONFIG_FILE"])
    assert tables.read(path.name, path.parent)["index-url"] == "https://first/"
    (home / ".config" / "uv").mkdir(parents=True)
    (home / ".config" / "uv" / "uv.toml").write_text('index-url = "https://mine/"\n')
    surroundings.for_tools()
    assert tables.read(path.name, path.parent)["index-url"] == "https://mine/"


def test_a_settings_file_that_cannot_be_read_is_left_out(shell):
    home = shell()
    for tool, name in (("pip", "pip.conf"), ("uv", "uv.toml")):
        (home / ".config" / tool).mkdir(parents=True)
        (home / ".config" / tool / name).write_bytes(b"\xff[[[ = no")
    assert Path(surroundings.for_tools()["UV_CONFIG_FILE"]).read_text() == ""


def test_uv_gets_folders_of_ours_where_there_is_no_home_to_write_to(shell):
    shell(HOME="/no/such/home")
    variables = surroundings.for_tools()
    assert variables["UV_CACHE_DIR"] == str(surroundings.NOX / "uv-cache")
    shell(UV_CACHE_DIR="/mine")
    assert surroundings.for_tools()["UV_CACHE_DIR"] == "/mine"


def test_every_row_has_a_reason():
    assert all(
        row["reason"] and row["names"] for group in ("interpreters", "tools", "kept_out") for row in TABLE[group]
    )


def test_what_is_measured_starts_without_the_shells_settings(monkeypatch):
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    code = "import json, sys; print(json.dumps([sys.flags.dev_mode, sys.flags.optimize]))"
    run = subprocess.run([sys.executable, "-c", code], env=surroundings.for_interpreters(), stdout=subprocess.PIPE)
    assert json.loads(run.stdout) == [False, 0]
