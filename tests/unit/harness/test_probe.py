"""What the probe says of builds: real ones, and made-up answers of sysconfig."""

from __future__ import annotations

import sys
import sysconfig

import pytest

from harness import probe

ANSWERS = {
    "plain": ("'--prefix=/x'", "-DNDEBUG -O3", "-fprofile-use", (False, False, False)),
    "optimized": ("'--enable-optimizations' '--with-lto=full'", "-DNDEBUG -O3", "-fprofile-use", (True, True, False)),
    "refused": ("'--enable-optimizations=no' '--with-lto=no'", "-DNDEBUG", "-fprofile-use", (False, False, False)),
    "flags": ("'--prefix=/x'", "-DNDEBUG -flto -fprofile-use", "", (True, True, False)),
    "asserting": ("'--with-assertions'", "-DNDEBUG", "-fprofile-use", (False, False, True)),
    "without NDEBUG": ("'--prefix=/x'", "-O0", "-fprofile-use", (False, False, True)),
    "cleared": ("'--prefix=/x'", "-DNDEBUG", "", (None, None, False)),
    "nothing known": (None, None, None, (None, None, None)),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_reads_how_an_interpreter_was_compiled(monkeypatch, name):
    configured, compiled, profiled, expected = ANSWERS[name]
    known = {"CONFIG_ARGS": configured, "PY_CFLAGS": compiled, "PGO_PROF_USE_FLAG": profiled}
    monkeypatch.setattr(sysconfig, "get_config_var", known.get)
    build = probe._build()
    assert (build["pgo"], build["lto"], build["assertions"]) == expected


def test_reads_a_translated_interpreters_own_record(monkeypatch):
    known = {"translation.profopt": True, "translation.lto": False, "translation.lldebug": True}
    monkeypatch.setattr(sys, "pypy_translation_info", known, raising=False)
    build = probe._build()
    assert (build["pgo"], build["lto"], build["assertions"], build["debug"]) == (True, False, True, True)


def test_every_interpreter_says_how_it_was_compiled(found):
    for each in found.interpreters:
        build = each.facts["build"]
        assert set(build) == {"compiler", "pgo", "lto", "assertions", "debug"}, each.label
        assert all(build[name] in (True, False, None) for name in ("pgo", "lto", "assertions", "debug")), each.label
        assert build["compiler"] == each.facts["compiler"]
        assert each.facts["implementation_version"].count(".") == 2, each.label
