"""The documents: every link leads somewhere, every named file exists, every named session is one."""

from __future__ import annotations

import re

import pytest

from runoff.common.paths import ROOT
from tests.helpers.source_files import DOCUMENTS

FOLDERS = "compat|native|transports|scenarios|harness|contenders|runoff|tests|docs|results"


def test_the_documents_of_the_front_page_exist():
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} <= {path.name for path in DOCUMENTS}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(path):
    text = path.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [link for link in links if link and "://" not in link and not (path.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md", "docs/method.md", "docs/glossary.md"])
def test_every_file_that_is_named_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_session_that_is_named_is_one(path):
    known = set(re.findall(r'@nox\.session[^@]*?name="([\w-]+)"', (ROOT / "noxfile.py").read_text(encoding="utf-8")))
    known |= set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE))
    commands = re.findall(r"nox -s ([\w. -]+)", path.read_text(encoding="utf-8"))
    named = {word for command in commands for word in command.partition(" -- ")[0].split()[:1]}
    assert {name for name in named if not name.startswith("bench-")} <= known
