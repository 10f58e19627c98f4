"""A real Chromium, and axe-core beside it; both are fetched for the tests and never committed."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import tarfile
from contextlib import contextmanager

import pytest

from runoff.common.paths import NOX, RESULTS
from runoff.records import record
from runoff.report.output import html_page, page_data
from tests.helpers import runs
from tests.helpers.expected import EXPECTED

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
AXE = "axe-core@4.14.1"


def absent(what: str) -> None:
    """A visible skip here; a failure where CI says that Chromium is there."""
    if "chromium" in EXPECTED:
        pytest.fail(f"chromium is expected here, and {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        absent("there is no Chromium (apt-get install chromium)")
    return str(found)


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script, from its npm package."""
    script = NOX / AXE / "axe.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            absent("there is no npm to fetch axe-core with (apt-get install npm)")
        script.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["npm", "pack", "--json", AXE], cwd=script.parent, capture_output=True, text=True, check=False
        )
        if done.returncode:
            absent(f"axe-core could not be fetched: {done.stderr[-200:]}")
        with tarfile.open(script.parent / json.loads(done.stdout)[0]["filename"]) as archive:
            member = archive.extractfile("package/axe.min.js")
            assert member is not None
            script.write_bytes(member.read())
    return script.read_text(encoding="utf-8")


class Seen:
    """A page in the browser, and everything it should not have done."""

    def __init__(self, tab) -> None:
        self.tab = tab
        self.complaints: list[str] = []
        self.requests: list[str] = []
        tab.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        tab.on("request", lambda request: self.requests.append(request.url))

    @property
    def left(self) -> list[str]:
        """Requests for anything but the file itself and what is in it."""
        return [url for url in self.requests[1:] if not url.startswith(("data:", "blob:"))]


class Browser:
    """Tabs of one Chromium. A run is read, and its page built, once for all tests."""

    def __init__(self, context, folder) -> None:
        self._context = context
        self._folder = folder

    @functools.cache  # noqa: B019  one of it lives as long as the tests do
    def run(self, name):
        """A made-up run, or a committed one."""
        if name in runs.COMMITTED:
            return record.read(next(RESULTS.glob(f"*/{name}")))
        folder = self._folder / name.replace(" ", "-")
        folder.mkdir()
        return {**runs.MADE_UP, **runs.CUT_OUT}[name](folder)

    @functools.cache  # noqa: B019
    def content(self, name):
        return page_data.content(self.run(name))

    @functools.cache  # noqa: B019
    def _address(self, name):
        file = self._folder / f"{name.replace(' ', '-')}.html"
        file.write_text(html_page.html(self.content(name)), encoding="utf-8")
        return file.as_uri()

    @contextmanager
    def opened(self, name, width=1400, scheme="light", address=None):
        """The page of the run ``name``, in a tab that the test may do with as it likes."""
        tab = self._context.new_page()
        try:
            tab.set_viewport_size({"width": width, "height": 900})
            tab.emulate_media(color_scheme=scheme)
            seen = Seen(tab)
            tab.goto(address or self._address(name))
            tab.wait_for_function("window.runoff && window.runoff.ready")
            yield seen
        finally:
            tab.close()


@pytest.fixture(scope="session")
def browser(chromium, tmp_path_factory):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        profile = tmp_path_factory.mktemp("chromium")
        context = playwright.chromium.launch_persistent_context(profile, executable_path=chromium, args=FLAGS)
        context.set_default_timeout(30_000)
        yield Browser(context, tmp_path_factory.mktemp("pages"))
        context.close()
