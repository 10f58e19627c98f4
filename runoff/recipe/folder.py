# Run by the driver (Python 3.9 upward).
"""Write the folder of a recipe: each template of templates/ by its own name, the code, the definitions, the secrets."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from dataclasses import dataclass, fields
from pathlib import Path

import jinja2

from runoff.analysis.cells.cell import Cell
from runoff.analysis.deployable.builds import in_words
from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.common.loose import Data
from runoff.common.paths import shown
from runoff.recipe import broker, requirements
from runoff.recipe.builds import Build
from runoff.recipe.chosen import Chosen
from runoff.recipe.sizing import Sizes, Value
from runoff.recipe.task_module import TaskModule, copy_code
from runoff.services.rabbitmq_container import IMAGE

TEMPLATES = Path(__file__).parent / "templates"
TASK_TEMPLATES = Path(__file__).parent / "task_templates"
SUFFIX = ".jinja"
#: Stands in the name of a template's file for the name of the deployment.
NAME = "NAME"
WIDTH = 110
UNITS = "_(s|mib|millicores)$"  # at the end of a value's name
LONGEST = 40  # of a queue's name: what is named after it may have 63 characters


@dataclass(frozen=True)
class Recipe:
    """All that the files are written from.

    ``status_port`` is the first worker's of a host; ``command`` makes the recipe again.
    """

    chosen: Chosen
    sizes: Sizes
    build: Build
    task: TaskModule
    status_port: int
    command: str

    @property
    def queue(self) -> str:
        """The name of the queue, of which a label in DNS, a unit and a container can be made."""
        return re.sub("[^a-z0-9]+", "-", self.task.name.lower())[:LONGEST].strip("-") or "task"

    @property
    def name(self) -> str:
        """The name of the deployment: of its vhost, units, containers and Kubernetes objects."""
        return f"runoff-{self.queue}"


def write(folder: Path, recipe: Recipe) -> list[Path]:
    """Write the recipe into ``folder``, which must be new or empty; return the files by hand beside app/."""
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"{shown(folder)} is not empty; name a new folder with --output, or remove that one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_all(folder, recipe)
    except OSError as error:
        raise BadInput(f"{shown(folder)} cannot be written: {error.strerror}; name another one with --output") from None
    return sorted(path for path in folder.rglob("*") if path.is_file() and folder / "app" not in path.parents)


def _write_all(folder: Path, recipe: Recipe) -> None:
    copy_code(recipe.task, folder / "app")
    values = _values(recipe)
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, TASK_TEMPLATES]),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters["note"] = note
    for template in sorted(TEMPLATES.rglob(f"*{SUFFIX}")):
        name = str(template.relative_to(TEMPLATES))
        target = folder / name.replace(NAME, values["name"]).removesuffix(SUFFIX)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(engine.get_template(name).render(values), encoding="utf-8")
    tasks = engine.get_template(recipe.task.template + ".py" + SUFFIX)
    (folder / "app" / "tasks.py").write_text(tasks.render(values), encoding="utf-8")
    known = {name: getattr(recipe.task, name) for name in ("inputs", "answers", "checked")}
    (folder / "inputs.json").write_text(json.dumps(known) + "\n", encoding="utf-8")
    passwords = broker.passwords()
    held = broker.definitions(recipe.name, recipe.queue, passwords, recipe.sizes)
    (folder / "definitions.json").write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    _write_secrets(folder / "secrets", recipe, passwords)


def _values(recipe: Recipe) -> Data:
    """Return what the templates name."""
    chosen, cell = recipe.chosen, recipe.chosen.cell
    arguments = worker_arguments(cell, recipe.sizes)
    return {
        "name": recipe.name,
        "queue": recipe.queue,
        "labels": {field.name: re.sub(UNITS, "", field.name).replace("_", " ") for field in fields(recipe.sizes)},
        "size": {field.name: getattr(recipe.sizes, field.name) for field in fields(recipe.sizes)},
        "figures": chosen.figures,
        "sentences": chosen.sentences,
        "build": recipe.build,
        "task": recipe.task.name,
        **recipe.task.values,
        "variables": recipe.task.variables,
        "pins": requirements.pins(chosen.facts["packages"], tables.read("interpreters.toml")),
        "command": recipe.command,
        "place": f"/opt/{recipe.name}",
        "status_port": recipe.status_port,
        "own": recipe.task.own,
        "broker_image": IMAGE,
        "measured_build": in_words(chosen.facts),
        "arguments": arguments,
        "worker": shlex.join(["-m", "transports.worker", *arguments]),
    }


def worker_arguments(cell: Cell, sizes: Sizes) -> list[str]:
    """Return what follows ``python -m transports.worker``; the URL, with a password in it, is in a variable."""
    return [
        *("@RUNOFF_AMQP_WORKER", "--tasks", "tasks", "--kind", str(cell.parameters["worker_kind"])),
        *("--concurrency", str(sizes.concurrency.number), "--credit", str(sizes.credit.number)),
        *("--drain-s", str(sizes.drain_s.number), "--max-memory", f"{sizes.recycle_mib.number}MiB"),
    ]


def note(value: Value, mark: str = "# ") -> str:
    """Return the comment on ``value`` that says from which figure it was computed, each line behind ``mark``."""
    text = f"{value.text}: {value.why}"
    return "\n".join(mark + line for line in textwrap.wrap(text, WIDTH, break_on_hyphens=False))


def _write_secrets(folder: Path, recipe: Recipe, passwords: dict[str, str]) -> None:
    """Write one file of variables for each role that only the owner reads; nothing of it belongs into a repository."""
    folder.mkdir(mode=0o700)
    (folder / ".gitignore").write_text("*\n", encoding="ascii")
    for role, password in passwords.items():
        path = folder / f"{role}.env"
        path.touch(mode=0o600)
        url = broker.url(role, password, recipe.name, recipe.queue)
        path.write_text(f"RUNOFF_AMQP_{role.upper()}={url}\n", encoding="ascii")
