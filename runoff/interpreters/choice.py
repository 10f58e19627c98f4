# Run by the driver (Python 3.9 upward).
"""Choose interpreters by a session's name, by --interpreter and by --variant."""

from __future__ import annotations

import os
from collections.abc import Iterable

from runoff.common.errors import BadInput, choose
from runoff.interpreters import variants
from runoff.interpreters.discover import Found, Interpreter, find


def is_path(name: str) -> bool:
    """Return whether this --interpreter is a path and not a label."""
    return os.sep in name or (os.altsep is not None and os.altsep in name) or name.endswith(".exe")


def find_with(named: tuple[str, ...]) -> Found:
    """Find all interpreters of the machine, and those that ``named`` gives by path."""
    return find([name for name in named if is_path(name)])


def chosen(found: Found, named: tuple[str, ...]) -> list[Interpreter]:
    """Return the interpreters that ``named`` (labels and paths) selects: all of ``found`` when it is empty."""
    if not named:
        return list(found.interpreters)
    labels = choose("interpreter", [n for n in named if not is_path(n)], [each.label for each in found.interpreters])
    wanted = [each for each in found.interpreters if each.label in labels]
    for path in (name for name in named if is_path(name)):
        wanted.append(_by_path(path, found))
    return list({each.label: each for each in wanted}.values())


def labelled(found: Found, labels: Iterable[str], asked: Iterable[str] = ()) -> list[Interpreter]:
    """Return the interpreters and variants called ``labels``; ``asked`` are values of --variant.

    Labels of interpreters that are not in ``found`` are left out.
    """
    made = {each.name: each for each in variants.own(asked)[1]}
    by_label = {each.label: each for each in found.interpreters}
    wanted = []
    for label in labels:
        name, _, variant = label.partition(variants.PLUS)
        if name not in by_label:
            continue
        interpreter = by_label[name]
        wanted.append(interpreter.started_as({**interpreter.variants, **made}[variant]) if variant else interpreter)
    return wanted


def with_variants(interpreters: list[Interpreter], asked: tuple[str, ...]) -> list[Interpreter]:
    """Return ``interpreters``, and the variants of them that ``asked``, the values of --variant, gives."""
    named, made = variants.own(asked)
    wanted = list(interpreters)
    for name in named:
        able = [each for each in interpreters if each.parent is None and name in each.variants]
        if not able:
            known = sorted({name for each in interpreters for name in each.variants})
            of = ", ".join(each.label for each in interpreters)
            if name in variants.rows():
                raise BadInput(
                    f"{of} cannot be started as {name} (known: {', '.join(known) or 'none'}); where others can, name "
                    f"their sessions without --variant: bench-NAME{variants.PLUS}{name}, as nox -l lists them"
                )
            choose(f"variant of {of}", [name], known)
        wanted += [each.started_as(each.variants[name]) for each in able]
    wanted += [each.started_as(variant) for variant in made for each in interpreters if each.parent is None]
    return list({each.label: each for each in wanted}.values())


def _by_path(path: str, found: Found) -> Interpreter:
    real = os.path.realpath(os.path.expanduser(path))
    for broken in found.broken:
        if os.path.realpath(broken.executable) == real:
            raise BadInput(f"{path} is no interpreter that can be measured: {broken.reason}")
    for each in found.interpreters:
        if os.path.realpath(each.executable) == real or real in each.aliases:
            return each
    raise BadInput(f"{path} is an environment; name the interpreter that it was made from")


def baseline(interpreters: list[Interpreter], asked: str | None) -> str:
    """Return the label of the baseline: as requested, else the newest plain CPython, else the first one."""
    labels = [each.label for each in interpreters]
    if asked is not None:
        return choose("interpreter in this run", [asked], labels)[0]
    usual = [each for each in interpreters if each.parent is None] or interpreters
    plain = [each for each in usual if each.family == "cpython" and each.facts["gil"]]
    newest = max(plain or usual[:1], key=lambda each: each.facts["version_info"])
    return newest.label


def newest(interpreters: list[Interpreter]) -> list[Interpreter]:
    """Return the newest of each family, of each major version, and of those with and without a GIL."""
    found: dict[tuple[str, int, bool], Interpreter] = {}
    for each in sorted(interpreters, key=lambda each: list(each.facts["version_info"])):
        found[each.family, each.facts["version_info"][0], each.facts["gil"]] = each
    return list(found.values())
