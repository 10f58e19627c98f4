# Run by nox (Python 3.9 upward, nox and the standard library alone).
"""The front door. `nox -l` is the table of contents; this file reads tables and holds none.

`bench-*` sessions prepare interpreters and enlist them; one measuring pass at the end measures all that were enlisted,
interleaved, so that like is compared with like.
"""

from __future__ import annotations

import atexit
import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))
from runoff.common import parent, tables
from runoff.common.errors import BAD_INPUT, NOTHING_TO_MEASURE, BadInput, choose
from runoff.common.paths import NOX, ROOT
from runoff.environments import driver_environment
from runoff.interpreters import discover, surroundings
from runoff.interpreters.variants import PLUS

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests"]

ENLISTED = NOX / f"enlisted-{os.getpid()}"


@atexit.register
def forget() -> None:
    """Remove what was enlisted: a later nox may have the same number."""
    with suppress(OSError):
        ENLISTED.unlink()


forget()  # of one that was killed


def drive(*arguments: str) -> int:
    """Run the driver and wait for it.

    Return its exit code where that means "done" or "nothing to measure"; any other ends nox at once.
    """
    packages = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "driver")
    try:
        python = driver_environment.python(packages)
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(BAD_INPUT) from None
    variables = {**surroundings.for_driver(), "RUNOFF_COMMAND": shlex.join(["nox", *sys.argv[1:]])}
    code = parent.run([str(python), "-m", "runoff.cli", *arguments], ROOT, variables)
    if code not in (0, NOTHING_TO_MEASURE):
        raise SystemExit(code)
    return code


def add_bench_session(target: str, summary: str) -> None:
    def bench(session: nox.Session) -> None:
        if drive("enlist", target, "--into", str(ENLISTED), *session.posargs) == NOTHING_TO_MEASURE:
            session.skip("nothing to measure, see above")
        if ENLISTED.exists():  # not after --help
            session.notify("measure", session.posargs)

    bench.__doc__ = summary
    nox.session(name=f"bench-{target}", venv_backend="none", default=False)(bench)


TABLE = tables.read("interpreters.toml")
for name, family in TABLE["families"].items():
    add_bench_session(name, f"Every {family['implementation']} found ({family['summary']}); provided where missing.")
FOUND = discover.find().interpreters
for each in FOUND:
    add_bench_session(each.label, f"{each.described}; {' '.join(PLUS + name for name in each.variants) or '-'}")


def add_unknown_session(name: str, known: list[str]) -> None:
    """Add a session for a bench-* name that is none, which says what there is instead."""

    def unknown(_session: nox.Session) -> None:
        try:
            choose("session", [name], known)
        except BadInput as error:
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(BAD_INPUT) from None

    nox.session(name=name, venv_backend="none", default=False)(unknown)


OTHERS = ("bench-server", "bench-harness", "bench-public", "bench-transports")
VARIANTS = {f"bench-{each.label}{PLUS}{name}": name for each in FOUND for name in each.variants}
KNOWN = [*OTHERS, *(f"bench-{name}" for name in (*TABLE["families"], *(each.label for each in FOUND))), *VARIANTS]
TYPED = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
for word in TYPED:
    if word in VARIANTS:  # the others are too many for nox -l
        add_bench_session(word[len("bench-") :], TABLE["variants"][VARIANTS[word]]["summary"])
    elif word.startswith("bench-") and word not in KNOWN:
        add_unknown_session(word, KNOWN)


@nox.session(venv_backend="none", default=False)
def measure(session: nox.Session) -> None:
    """The measuring pass over all that bench-* sessions enlisted; they call it, a person need not."""
    if not ENLISTED.exists():
        session.skip("nothing is enlisted: name bench-* sessions instead")
    drive("measure", "--enlisted", str(ENLISTED), *session.posargs)


@nox.session(venv_backend="none", default=False)
def report(session: nox.Session) -> None:
    """The answer of the newest run, or of the run folder given after --: a page, and its short form here."""
    drive("report", *session.posargs)


@nox.session(venv_backend="none", default=False)
def compare(session: nox.Session) -> None:
    """Verdicts for two runs, or two interpreters of one: -- RUN_A RUN_B [--gate 5%] [--interpreters A,B]."""
    drive("compare", *session.posargs)


@nox.session(venv_backend="none", default=False)
def recipe(session: nox.Session) -> None:
    """Write a folder that runs the winner of a run: -- [RUN] [--option NAME] [--output FOLDER]."""
    drive("recipe", *session.posargs)


@nox.session(venv_backend="none", default=False)
def capacity(session: nox.Session) -> None:
    """How many workers, hosts and broker nodes carry a rate: -- [RUN] --rate 50000 [--p99 50ms] [--hosts-of 16]."""
    drive("capacity", *session.posargs)


@nox.session(venv_backend="none", default=False)
def calibrate(session: nox.Session) -> None:
    """Count how often the instrument is wrong, and what it finds, on data whose truth is known."""
    drive("calibrate", *session.posargs)


@nox.session(venv_backend="none", default=False)
def published(session: nox.Session) -> None:
    """Run the shapes of published comparisons and hold our figures against theirs."""
    drive("published", *session.posargs)


@nox.session(venv_backend="none", default=False)
def export(session: nox.Session) -> None:
    """pyperf files and CSV of the newest run, or of the run folder given after --."""
    drive("export", *session.posargs)


@nox.session(name="interpreters", venv_backend="none", default=False)
def list_interpreters(session: nox.Session) -> None:
    """What was found, how it was built, what it lacks, and how to get what was not: -- get pypy cpython-3.14t."""
    drive("interpreters", *session.posargs)


@nox.session(name="try", venv_backend="none", default=False)
def try_function(session: nox.Session) -> None:
    """Your own function: where it runs, how fast, what to deploy: -- orders.py:handle [--inputs F]."""
    drive("try", *session.posargs)


@nox.session(name="bench-server", venv_backend="none", default=False)
def bench_server(session: nox.Session) -> None:
    """Show that the latency server is not the bottleneck: thousands of requests at once."""
    drive("server-load", *session.posargs)


@nox.session(name="bench-harness", venv_backend="none", default=False)
def bench_harness(session: nox.Session) -> None:
    """The instrument's own cost: the loop, calls into C, two threads, pyperf beside it, the sampler, discovery."""
    drive("harness-cost", "--nox-python", sys.executable, *session.posargs)


@nox.session(name="bench-public", venv_backend="none", default=False)
def bench_public(session: nox.Session) -> None:
    """Benchmarks of others on each interpreter, and pyperf's figure beside ours: -- [--pyperformance F] [--awfy F]."""
    drive("public", *session.posargs)


@nox.session(name="bench-transports", venv_backend="none", default=False)
def bench_transports(session: nox.Session) -> None:
    """How fast the transports' promise is: ratios to a raw loop and to what a user would pick instead; recovery."""
    drive("transports", *session.posargs)


@nox.session(venv_backend="none", default=False)
def hosts(session: nox.Session) -> None:
    """What 2 and 20 ms between client, worker and broker cost, on hosts of their own: -- [--interpreter NAME]."""
    drive("hosts", *session.posargs)


@nox.session(venv_backend="none", default=False)
def workers(session: nox.Session) -> None:
    """Run workers, supervised and shown live, until Ctrl-C drains them: -- [--interpreter NAME] [--per-host N]."""
    drive("workers", *session.posargs)


@nox.session(venv_backend="none", default=False)
def soak(session: nox.Session) -> None:
    """Clients and workers under faults for long, every task counted: -- [--minutes 30] [--seed N]."""
    drive("soak", *session.posargs)


#: Unit and layer tests share nothing: each process of pytest-xdist takes the next one.
FAST = ("tests/unit", "tests/layers", "-m", "not slow", "-n", "2")
#: The tests of a file share what takes long to start, so that one process has all of them; a broker is shared by all
#: files of a process. They wait more than they compute: three processes for two cores. In the order of the files the
#: long ones come first.
WHOLE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


@nox.session
def tests(session: nox.Session) -> None:
    """Every test: unit, layers, faults, the inside tests on every interpreter found, and an end-to-end smoke run."""
    install(session, "test")
    if session.posargs:
        session.run("python", "-m", "pytest", *session.posargs)
        return
    session.run("python", "-m", "pytest", *WHOLE)


@nox.session(name="tests-fast", default=False)
def tests_fast(session: nox.Session) -> None:
    """The unit and layer tests but the slow ones, for the loop while one edits: about a minute of two free cores."""
    install(session, "test")
    session.run("python", "-m", "pytest", *FAST, *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documents as a site in .nox/site; a broken link fails."""
    install(session, "docs")
    session.run("mkdocs", "build", "--strict", *session.posargs)


@nox.session(default=False)
def mutate(session: nox.Session) -> None:
    """Plant small mistakes in our code and count how many the tests notice: -- [MODULE ...] [--minutes N]."""
    install(session, "test")
    session.run("python", "-m", "runoff.cli", "mutate", *session.posargs)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Grow the frames that every interpreter's tests replay, by coverage: -- [--only DECODER] [--seconds N]."""
    install(session, "fuzz")
    session.run("python", "-m", "tests.fuzz.grow", *session.posargs)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """ruff (rules and format) and mypy (strict), over everything."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


def install(session: nox.Session, group: str) -> None:
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), group))
