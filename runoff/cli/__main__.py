# Run by the driver (Python 3.9 upward): python -m runoff.cli COMMAND; noxfile.py calls it.
"""The driver's commands."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from runoff.benchmarks.own_cost import harness, latency_server
from runoff.benchmarks.transports import peers, throughput, worker_restart
from runoff.common import run_command, tables
from runoff.common.errors import INTERRUPTED, NOTHING_TO_MEASURE, OK, BadInput
from runoff.common.guard import Guard
from runoff.common.paths import NOX, RESULTS, ROOT, scrub, shown
from runoff.common.progress import Progress
from runoff.driver import machine, measuring_pass, plan, rounds_of_work
from runoff.driver.plan import Cell
from runoff.interpreters import choice, install
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.environments import Environment, PrepareFailed, prepare_all
from runoff.records import cell_options, record
from runoff.services import rabbitmq
from runoff.services.latency_server_process import Server

console = Console(soft_wrap=True, highlight=False, markup=False)


def _names(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Both --task io --task python and --task io,python."""
    return tuple(name.strip() for each in value for name in each.split(",") if name.strip())


def _numbers(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[int, ...]:
    names = _names(context, parameter, value)
    if not all(name.isdigit() and int(name) for name in names):
        raise click.BadParameter("takes whole numbers from 1 up, as in --concurrency 1,2,4")
    return tuple(int(name) for name in names)


AMQP_URL = (
    "A RabbitMQ, amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://...?ca=FILE; RUNOFF_AMQP_URL keeps the password out "
    "of the command line. Default: one that listens here, else a private node."
)
RUN_OPTIONS = [
    click.option("--profile", metavar="NAME", help="How long and how carefully: smoke, quick (the default), rigorous."),
    click.option(
        "--scenario", "scenarios", multiple=True, callback=_names, metavar="NAME", help="Only these scenarios."
    ),
    click.option("--task", "tasks", multiple=True, callback=_names, metavar="NAME", help="Only these tasks."),
    click.option(
        "--concurrency", multiple=True, callback=_numbers, metavar="N", help="Only these pool sizes and limits."
    ),
    *(
        click.option(cell_options.option(name), multiple=True, callback=_names, metavar=takes, help=text)
        for name, takes, text in cell_options.OPTIONS
    ),
    click.option(
        "--interpreter",
        "interpreters",
        multiple=True,
        callback=_names,
        metavar="NAME|PATH",
        help="Only these interpreters: session names (cpython-3.13) or paths, found already or not.",
    ),
    click.option(
        "--baseline", metavar="NAME", help="Ratios are against this one; default: the newest CPython with a GIL."
    ),
    click.option("--budget", type=click.FloatRange(min=1), metavar="SECONDS", help="Measuring time of the whole run."),
    click.option(
        "--soak", type=click.FloatRange(min=0.05), metavar="MINUTES", help="Each cell once, so long: memory's slope."
    ),
    click.option("--seed", type=int, help="Order and randomisation; drawn, printed and stored when not given."),
    click.option("--results", type=click.Path(path_type=Path, file_okay=False), help="Folder for results."),
    click.option(
        "--server-port", type=click.IntRange(0, 65535), default=0, help="Latency server's port; 0: a free one."
    ),
    click.option("--resume", is_flag=True, help="Go on with the newest unfinished run; measures nothing twice."),
    click.option("--amqp-url", metavar="URL", help=AMQP_URL),
    click.option(
        "--allow-sudo", is_flag=True, help="A missing interpreter, or RabbitMQ, may be installed through sudo -n."
    ),
]


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(RUN_OPTIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Runoff's driver. noxfile.py calls it; everything after -- on nox's command line arrives here."""


@cli.command()
def interpreters() -> None:
    """List every interpreter found, and what carries an interpreter's name and is none."""
    found = choice.find_with(())
    for each in found.interpreters:
        console.print(f"{each.label:<22} {each.described}")
    for broken in found.broken:
        console.print(f"{'(unusable)':<22} {shown(broken.executable)}: {broken.reason}")


class RunCommand(click.Command):
    """A command that a person gives through nox: its help shows that spelling, and what the names may be."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("nox -s bench-FAMILY[-VERSION] ...", "-- [OPTIONS]")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, rows in (("Scenarios", plan.SCENARIOS.values()), ("Tasks", plan.TASKS.values())):
            with formatter.section(title):
                formatter.write_dl([(row.name, row.summary) for row in rows])
        with formatter.section("Profiles"):
            profiles = tables.read("experiments.toml")["profiles"]
            formatter.write_dl([(name, profile["summary"]) for name, profile in profiles.items()])
        with formatter.section("Examples"):
            formatter.write_text("nox -s bench-cpython-3.13 bench-pypy")
            formatter.write_text("nox -s bench-cpython -- --task io --scenario threads,tornado --concurrency 10,100")
            formatter.write_text(
                "nox -s bench-cpython -- --scenario distributed --transport amqp --worker-kind process"
            )
            formatter.write_text("nox -s bench-pypy bench-cpython -- --resume")


@cli.command(cls=RunCommand)
@click.argument("target")
@click.option("--into", type=click.Path(path_type=Path), required=True, hidden=True)
@run_options
def enlist(target: str, into: Path, **options: Any) -> int:
    """Prepare the interpreters of each session named, then measure all of them, interleaved, and print the answer.

    Names can be repeated or listed: --task io --task noop, or --task io,noop.
    """
    table = tables.read("experiments.toml")
    plan.check(_selection(options), table)
    _check_results(options)
    families = tables.read("interpreters.toml")["families"]
    wanted = _of(target, families, options)
    if not wanted and target in families and not options["interpreters"]:
        missing = install.provide(
            families[target], options["allow_sudo"], lambda text: console.print(f"{target}: {text}")
        )
        if missing:
            console.print(f"{target}: no interpreter found; {missing}")
            return NOTHING_TO_MEASURE
        wanted = _of(target, families, options)
    if not wanted:
        console.print(f"{target}: none of it among what --interpreter names")
        return NOTHING_TO_MEASURE
    _prepare(wanted)
    with into.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{each.label}\n" for each in wanted)
    return OK


def _of(target: str, families: dict[str, Any], options: dict[str, Any]) -> list[Interpreter]:
    found = choice.find_with(options["interpreters"])
    kept = choice.chosen(found, options["interpreters"])
    return [each for each in kept if target in (each.family if target in families else "", each.label)]


def _prepare(wanted: list[Interpreter]) -> dict[str, Environment | PrepareFailed]:
    """The environments of ``wanted``; a line for each that took time or went wrong."""
    began = time.monotonic()
    with Progress(console) as progress:
        ready = 0

        def done(interpreter: Interpreter, outcome: Environment | PrepareFailed) -> None:
            nonlocal ready
            ready += 1
            took = time.monotonic() - began
            if isinstance(outcome, PrepareFailed):
                progress.say(f"{interpreter.label}: no environment: {outcome}")
            elif took > 1:
                progress.say(f"{interpreter.label}: ready after {took:.0f} s")
            progress.show(ready, len(wanted), "environments", took / ready * (len(wanted) - ready))

        progress.show(0, len(wanted), "environments", 10.0 * len(wanted))
        return prepare_all(wanted, done)


@cli.command(cls=RunCommand)
@click.option("--enlisted", type=click.Path(path_type=Path, exists=True), required=True, hidden=True)
@run_options
def measure(enlisted: Path, **options: Any) -> int:
    """Measure all that was enlisted, interleaved, and print the answer table."""
    labels = list(dict.fromkeys(enlisted.read_text(encoding="utf-8").split()))
    selection = _selection(options)
    home = (options["results"] or RESULTS) / machine.folder_name(machine.describe())
    guard = Guard()
    lender = Lender(options, guard)
    try:
        if options["resume"]:
            folder, header, environments = _resumed(home, options, lender)
        else:
            folder, header, environments = _begun(home, labels, selection, options, guard, lender)
        _say_plan(folder, header)
        try:
            server = Server(guard, folder / "server.log", options["server_port"])
            with Progress(console) as progress:
                measuring_pass.MeasuringPass(folder, header, environments, progress, guard, lender.broker).run(server)
            server.close()
        except KeyboardInterrupt:
            console.print(
                f"\nInterrupted; what was measured is in {shown(folder)}. Go on with the same command and --resume"
            )
            return INTERRUPTED
    finally:
        lender.close()
        guard.close()
    record.write_header(folder, {**header, "noise_after": machine.noise(), "finished_at": time.time()})
    return subprocess.run([sys.executable, "-m", "runoff.cli.report", str(folder)], cwd=ROOT, check=False).returncode


class Lender:
    """The run's broker: looked for (or started) when cells need one, and not before."""

    def __init__(self, options: dict[str, Any], guard: Guard) -> None:
        self._options = options
        self._guard = guard
        self.broker: rabbitmq.Broker | None = None

    def lend(self, cells: list[Cell]) -> str | None:
        """None where ``cells`` have the broker they need; else why there is none and what a person can do."""
        if not any(cell.brokered and cell.skip is None for cell in cells):
            return None
        url, allow_sudo = self._options["amqp_url"], self._options["allow_sudo"]
        found = rabbitmq.obtain(url, self._guard, allow_sudo, lambda text: console.print(f"rabbitmq: {text}"))
        if isinstance(found, str):
            return f"no RabbitMQ: {found}"
        self.broker = found
        console.print(f"amqp: {found.described}")
        return None

    def close(self) -> None:
        if self.broker is not None:
            self.broker.close()


def _begun(
    home: Path,
    labels: list[str],
    selection: plan.Selection,
    options: dict[str, Any],
    guard: Guard,
    lender: Lender,
) -> tuple[Path, dict[str, Any], dict[str, Environment]]:
    """A new run's folder and header, with its work calibrated."""
    table = tables.read("experiments.toml")
    found = choice.find_with(options["interpreters"])
    wanted = [each for each in found.interpreters if each.label in labels]
    baseline = choice.baseline(wanted, options["baseline"])
    outcomes = _prepare(wanted)
    profile = table["profiles"][selection.profile]
    twice = {measuring_pass.AGAIN: outcomes[baseline]} if profile["again"] and not options["soak"] else {}
    cells = plan.cells(selection, table, {**outcomes, **twice}, machine.cores())
    reason = lender.lend(cells)
    if reason:
        cells = plan.without_broker(cells, reason)
        console.print(reason)
    environments = {label: each for label, each in outcomes.items() if isinstance(each, Environment)}
    folder = _new_folder(home)
    first = sorted(environments.values(), key=lambda each: each.interpreter.label != baseline)
    kinds = {kind for cell in cells if cell.skip is None and (kind := plan.TASKS[cell.task].work)}
    work = rounds_of_work.work(kinds, table, first, home, folder / "calibration", guard)
    profile = measuring_pass.for_profile(profile, sum(cell.skip is None for cell in cells), options["soak"])
    seed = options["seed"] if options["seed"] is not None else random.SystemRandom().randrange(10**6)
    header = measuring_pass.new_header(cells, environments, baseline, profile, options["budget"], seed, work)
    header["profile"] = selection.profile
    header["work_ms"] = {kind: row["task_ms"] for kind, row in table["work"].items()}
    header["broker"] = lender.broker and lender.broker.described
    header["command"] = rabbitmq.hidden_in(os.environ.get("RUNOFF_COMMAND", "python -m runoff.cli measure"))
    header["started_at"] = time.time()
    header["finished_at"] = None
    header = scrub(header)  # type: ignore[assignment]
    record.write_header(folder, header)
    return folder, header, environments


def _resumed(
    home: Path, options: dict[str, Any], lender: Lender
) -> tuple[Path, dict[str, Any], dict[str, Environment]]:
    """The newest unfinished run, exactly as it was planned, with the same builds."""
    folders = sorted(path.parent for path in home.glob(f"*/{record.HEADER}"))
    folder = next((f for f in reversed(folders) if record.read_header(f)["finished_at"] is None), None)
    if folder is None:
        raise BadInput(f"there is no unfinished run in {shown(home)} to resume")
    record.mend(folder)
    header = record.read(folder).header
    found = {each.label: each for each in choice.find_with(options["interpreters"]).interpreters}
    wanted = []
    for label, then in header["interpreters"].items():
        if label not in found or found[label].facts["build"] != then["build"]:
            raise BadInput(
                f"{label} is not the build any more that {folder.name} began with ({then['build']}); start anew"
            )
        wanted.append(found[label])
    outcomes = _prepare(wanted)
    failed = [f"{label}: {each}" for label, each in outcomes.items() if isinstance(each, PrepareFailed)]
    if failed:
        raise BadInput(f"the run cannot go on: {failed[0]}")
    reason = lender.lend([Cell.from_data(data) for data in header["cells"]])
    if reason:
        raise BadInput(f"the run cannot go on: {reason}")
    return folder, header, {label: each for label, each in outcomes.items() if isinstance(each, Environment)}


def _say_plan(folder: Path, header: dict[str, Any]) -> None:
    measured = [cell for cell in header["cells"] if cell["skip"] is None]
    console.print(
        f"{len(measured)} cells ({len(header['cells']) - len(measured)} skipped) on {len(header['interpreters'])} "
        f"interpreters, up to {header['invocations']} invocations each, at most {header['budget_s']:.0f} s; "
        f"seed {header['seed']}; into {shown(folder)}"
    )


def _selection(options: dict[str, Any]) -> plan.Selection:
    chosen = {name: options[name] for name in ("profile", "scenarios", "tasks", "concurrency")}
    where = {name: options[name] for name in cell_options.PARAMETERS if options[name]}
    given = [name.removesuffix("s") if name in chosen else name for name, value in {**chosen, **where}.items() if value]
    if options["resume"] and given:
        raise BadInput(f"--resume goes on as the run was planned: leave out {cell_options.option(given[0])}")
    return plan.Selection(**{name: value for name, value in chosen.items() if value}, where=tuple(where.items()))


def _check_results(options: dict[str, Any]) -> None:
    """Find out before anything is prepared whether the results can be written."""
    folder = options["results"] or RESULTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".writable-{os.getpid()}"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise BadInput(
            f"results cannot be written to {shown(folder)}: {error.strerror}; name another folder: --results"
        ) from None


def _new_folder(home: Path) -> Path:
    name = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", *(f"-{number}" for number in range(2, 100))):
        folder = home / f"{name}{suffix}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadInput(f"{home} cannot be written: {error.strerror}; name another folder: --results") from None
        return folder
    raise BadInput(f"{home} holds a hundred runs of this second")


@cli.command("server-load")
@click.option("--at-once", default=4000, show_default=True, help="Requests open at the same time.")
@click.option("--rounds", default=5, show_default=True, help="How often each connection asks.")
@click.option("--delay-ms", default=1000.0, show_default=True, help="What the server waits before it answers.")
def load(at_once: int, rounds: int, delay_ms: float) -> None:
    """Show that the latency server is not the bottleneck: how late its answers are with thousands at once."""
    latency_server.show(console, at_once, rounds, delay_ms)


@cli.command("harness-cost")
@click.option("--interpreter", "chosen", multiple=True, callback=_names, metavar="NAME", help="Only these; else all.")
@click.option("--nox-python", default=sys.executable, metavar="PATH", help="A Python that has nox, to time nox -l.")
def cost(chosen: tuple[str, ...], nox_python: str) -> None:
    """What the instrument itself costs, each aim beside what was measured here."""
    wanted = choice.chosen(choice.find_with(chosen), chosen)
    ready = [each for each in _prepare(wanted).values() if isinstance(each, Environment)]
    scratch = NOX / "harness-cost"
    scratch.mkdir(parents=True, exist_ok=True)
    harness.show(console, ready, scratch, nox_python)


@cli.command()
@click.option("--interpreter", metavar="NAME|PATH", help="Default: the newest CPython with a GIL.")
@click.option("--tasks", default=20000, show_default=True, help="Tasks in one measurement.")
@click.option("--turns", default=5, show_default=True, help="How often each contender is measured; 0: not at all.")
@click.option("--kills", default=20, show_default=True, help="Workers killed for the recovery time; 0 leaves it out.")
@click.option("--restarts", default=3, show_default=True, help="A private RabbitMQ killed and started again; or 0.")
@click.option("--peers", "named_peers", metavar="NAMES", help="Only these of peers.toml, by commas; default: all.")
@click.option("--no-peers", is_flag=True, help="Measure no peers.")
@click.option("--amqp-url", metavar="URL", help=AMQP_URL)
@click.option("--allow-sudo", is_flag=True, help="A missing RabbitMQ or Redis may be installed through sudo -n.")
def transports(
    interpreter: str | None,
    tasks: int,
    turns: int,
    kills: int,
    restarts: int,
    named_peers: str | None,
    no_peers: bool,
    amqp_url: str | None,
    allow_sudo: bool,
) -> None:
    """How fast the promise is, against a raw loop and what a user would pick instead; and how soon it recovers."""
    asked = [] if no_peers else peers.names(named_peers)
    named = (interpreter,) if interpreter else ()
    found = choice.find_with(named)
    wanted = choice.chosen(found, named)
    label = interpreter if interpreter and len(wanted) == 1 else choice.baseline(wanted, None)
    outcomes = _prepare([each for each in wanted if each.label == label or len(wanted) == 1])
    (environment,) = outcomes.values()
    if isinstance(environment, PrepareFailed):
        raise BadInput(f"no environment: {environment}")
    if turns:
        throughput.show(console, environment, tasks, turns, asked, amqp_url, allow_sudo)
    brokered = ("amqp",) if "pika" in environment.capabilities else ()
    for scheme in ("zmq+ipc", "zmq+tcp", *brokered) if kills else ():
        worker_restart.of_workers(console, environment, kills, scheme, amqp_url, allow_sudo)
    if brokered and restarts:
        worker_restart.of_the_broker(console, environment, restarts, allow_sudo)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda _number, _frame: (_ for _ in ()).throw(KeyboardInterrupt()))
    return run_command.run(cli, "runoff")


if __name__ == "__main__":
    sys.exit(main())
