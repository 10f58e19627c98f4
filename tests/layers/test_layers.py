"""The house rules that can be checked by reading: who may import whom, and what the old world can parse."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from runoff.common.paths import ROOT
from tests.helpers.expected import need
from tests.helpers.source_files import files, imports

#: package -> the packages of ours that it may import; everything else of ours is forbidden to it. The longest name that
#: a module begins with is its package.
MAY_IMPORT = {
    "compat": set(),
    "native": {"compat"},
    "transports": {"compat"},
    "scenarios": {"native", "transports", "compat"},
    "harness": {"scenarios", "transports", "compat"},
    # Run inside as well; most by newer interpreters, which their libraries need.
    "contenders": {"harness", "scenarios", "transports", "compat"},
    "runoff.stats": set(),
    "runoff.common": {"runoff.stats"},
    "runoff.records": {"runoff.common", "scenarios.catalog", "transports.catalog"},
    "runoff.interpreters": {"runoff.common"},
    "runoff.environments": {"runoff.interpreters", "runoff.common"},
    "runoff.services": {"runoff.interpreters", "runoff.common", "transports.redaction", "transports.broker_urls"},
    "runoff.driver": {
        *(
            "runoff.services",
            "runoff.environments",
            "runoff.interpreters",
            "runoff.records",
            "runoff.stats",
            "runoff.common",
        ),
        *("scenarios.catalog", "transports.catalog"),
    },
    "runoff.running": {
        *("runoff.services", "runoff.environments", "runoff.interpreters", "runoff.stats", "runoff.common"),
        *("scenarios.catalog", "transports.catalog", "transports.ready"),
    },
    "runoff.workload": {
        *("runoff.driver", "runoff.environments", "runoff.interpreters", "runoff.records", "runoff.common"),
        "scenarios.catalog",
    },
    "runoff.analysis": {"runoff.records", "runoff.stats", "runoff.common"},
    "runoff.report": {"runoff.analysis", "runoff.records", "runoff.stats", "runoff.common"},
    "runoff.benchmarks": {
        *(
            "runoff.running",
            "runoff.driver",
            "runoff.services",
            "runoff.environments",
            "runoff.interpreters",
            "runoff.records",
            "runoff.stats",
        ),
        *("runoff.workload", "runoff.common", "scenarios.catalog", "transports.catalog", "transports.ready"),
    },
    "runoff.recipe": {
        *("runoff.analysis", "runoff.services", "runoff.records", "runoff.stats", "runoff.common"),
        "scenarios.catalog",
    },
    "runoff.capacity": {
        *("runoff.recipe", "runoff.analysis", "runoff.records", "runoff.stats", "runoff.common"),
    },
    "runoff.validation": {
        *(
            "runoff.analysis",
            "runoff.driver",
            "runoff.services",
            "runoff.environments",
            "runoff.interpreters",
            "runoff.records",
        ),
        *("runoff.stats", "runoff.common", "scenarios.catalog"),
    },
    "runoff.cli": {
        *("runoff.validation", "runoff.benchmarks", "runoff.report", "runoff.analysis", "runoff.driver"),
        *(
            "runoff.capacity",
            "runoff.recipe",
            "runoff.running",
            "runoff.workload",
            "runoff.services",
            "runoff.environments",
            "runoff.interpreters",
            "runoff.records",
            "runoff.stats",
            "runoff.common",
        ),
    },
}
MOST_FILES = 15  # in one folder, __init__.py not counted
OURS = ("compat", "native", "transports", "scenarios", "harness", "contenders", "runoff")
INSIDE = ("compat", "native", "transports", "scenarios", "harness")
#: Files that need newer syntax, and why they may.
NEWER_SYNTAX = {
    "scenarios/event_loops/asyncio_aiohttp.py": "async/await is what it measures",
    "scenarios/event_loops/asyncio_alone.py": "async/await is what it measures",
    "scenarios/event_loops/asyncio_tornado.py": "async/await is what it measures",
    "scenarios/interference/beside_coroutine.py": "async/await is what it measures",
    "scenarios/event_loops/runners.py": "async/await is what it measures",
    "scenarios/workers/awaited_task.py": "a worker of kind async takes coroutine functions",
    "scenarios/interpreter_pool.py": "exec is a function, and so can be what a new interpreter begins with",
}


def package(path: Path) -> str:
    """The row of MAY_IMPORT that ``path`` belongs to."""
    parts = path.relative_to(ROOT).parts
    return ".".join(parts[:2] if parts[0] == "runoff" else parts[:1])


@pytest.mark.parametrize("path", files(*OURS), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_imports_only_downward(path):
    if path == ROOT / "runoff/__init__.py":
        return
    allowed = {*MAY_IMPORT[package(path)], package(path)}
    for name in imports(path):
        if name.split(".")[0] in OURS:
            prefixes = {".".join(name.split(".")[:length]) for length in (1, 2)}
            assert prefixes & allowed, f"{package(path)} imports {name}"


#: They find numbers or draw pictures; only runoff/report/output prints.
PRINTS_NOTHING = [
    path for path in files("runoff/analysis", "runoff/stats", "runoff/report") if "output" not in path.parts
]


@pytest.mark.parametrize("path", PRINTS_NOTHING, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_finds_numbers_prints_no_tables(path):
    assert not [name for name in imports(path) if name.startswith(("rich", "runoff.common.printed_table"))]


def test_no_folder_holds_too_many_files():
    counts = Counter(path.parent for path in files(*OURS, "tests") if path.name != "__init__.py")
    assert {str(folder): count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_no_test_file_imports_another():
    """What tests share is in tests/helpers, tests/fakes, or a file of tests/inside that holds no tests."""
    for path in files("tests"):
        wanted = {name for name in imports(path) if name.startswith("tests.")}
        shared = {part for name in wanted for part in name.split(".") if re.match("test_|conftest$", part)}
        assert shared == set(), path


def test_unit_tests_stand_in_the_folders_of_what_they_test():
    rooms = {path.name for path in (ROOT / "runoff").iterdir() if path.is_dir()} | set(OURS)
    for path in files("tests/unit"):
        if path.name != "__init__.py":
            folder = path.parent.relative_to(ROOT / "tests/unit")
            assert folder.parts[0] in rooms | {"documents"}, path
            assert len(folder.parts) == 1 or (ROOT / folder).is_dir() or (ROOT / "runoff" / folder).is_dir(), path


def test_no_modules_import_each_other_in_a_circle():
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files(*OURS)
    }
    wanted = {}
    for module, path in names.items():
        asked = imports(path)
        wanted[module] = {name if name in names else name.rpartition(".")[0] for name in asked} & set(names) - {module}
    done: set[str] = set()
    while ready := {module for module in wanted if module not in done and wanted[module] <= done}:
        done |= ready
    assert set(wanted) - done == set()


def test_a_class_that_other_files_import_has_a_name_of_its_own():
    """Within the outside half: a reader who meets Cell knows which one."""
    homes: dict[str, set[str]] = {}
    for path in files("runoff"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("runoff."):
                for name in (
                    alias.name for alias in node.names if alias.name[0].isupper() and not alias.name.isupper()
                ):
                    homes.setdefault(name, set()).add(str(node.module))
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}
    assert homes["PlannedCell"] == {"runoff.driver.plan"}


def test_the_rule_would_notice_a_breach(tmp_path):
    breach = tmp_path / "breach.py"
    breach.write_text("def f():\n    from runoff.driver import invoke\n")
    assert imports(breach) == {"runoff.driver.invoke"}


#: What runs where none of our packages is installed: the files, and what of ours they import.
ALONE = {
    "harness/probe.py": {"compat.atomic_file", "compat.gil", "compat.identity", "compat.this_interpreter"},
    **{
        str(path.relative_to(ROOT)): {
            *("compat.atomic_file", "compat.clock", "compat.gil", "compat.identity", "compat.this_interpreter"),
            *("harness.own_function", "scenarios.own_function"),
        }
        for path in files("harness/own_function")
    },
    "harness/__init__.py": set(),
    "compat/__init__.py": set(),
    "compat/atomic_file.py": set(),
    "compat/clock.py": set(),
    "compat/gil.py": set(),
    "compat/identity.py": {"compat.gil"},
    "scenarios/__init__.py": set(),
    **{f"scenarios/own_function/{name}.py": set() for name in ("__init__", "answers", "calling", "printing")},
    "compat/this_interpreter.py": {"compat.identity"},
    "scenarios/own_function/fresh.py": {"scenarios.own_function"},
    "scenarios/own_function/loader.py": {"scenarios.own_function"},
    **{
        f"scenarios/own_function/adapters/{name}.py": {"scenarios.own_function", "compat.this_interpreter"}
        for name in ("__init__", "awfy_class", "command_line", "main_script", "pyperf_script", "pytest_test")
    },
}


@pytest.mark.parametrize("name", ALONE)
def test_what_runs_before_our_packages_imports_the_standard_library_only(name):
    ours = {each for each in imports(ROOT / name) if each.split(".")[0] in (*OURS, "six")}
    assert {each for each in ours if ".".join(each.split(".")[:2]) not in ALONE[name]} == set()


def test_facts_are_asked_again_where_what_the_probe_imports_has_changed():
    from runoff.interpreters.facts import PROBE_FILES

    assert {ROOT / f"{name.replace('.', '/')}.py" for name in ALONE["harness/probe.py"]} <= set(PROBE_FILES)


@pytest.mark.parametrize("path", files(*INSIDE), ids=lambda path: str(path.relative_to(ROOT)))
def test_inside_files_say_who_runs_them_and_import_the_future_first(path):
    text = path.read_text(encoding="utf-8")
    assert re.match(r"# (Run|Read) by ", text)
    if str(path.relative_to(ROOT)) in NEWER_SYNTAX or path.name == "__future__.py":
        return
    statements = [node for node in ast.parse(text).body if not isinstance(node, ast.Expr)]
    if statements and path.name != "setup.py":
        assert isinstance(statements[0], ast.ImportFrom), path
        assert statements[0].module == "__future__", path


@pytest.mark.parametrize(
    "path", files("native", "transports", "scenarios", "harness"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_only_compat_knows_versions_and_six(path):
    assert not {name.split(".")[0] for name in imports(path)} & {"six"}
    text = path.read_text(encoding="utf-8")
    if path.name != "probe.py":  # the one that reports the version
        assert "version_info" not in text
    assert not re.search(r"\bPY[23]\b", text)


def test_no_module_is_named_like_one_of_the_standard_library():
    names = getattr(sys, "stdlib_module_names", None)
    if names is None:
        pytest.skip("Python 3.9 does not know the names of its standard library")
    for path in files(*INSIDE):
        assert path.stem.startswith("__") or path.stem not in names, path


def test_every_inside_file_compiles_on_a_real_2_7(found):
    python = need(found, "cpython-2.7").executable
    names = [str(path) for path in files(*INSIDE, "tests/inside") if str(path.relative_to(ROOT)) not in NEWER_SYNTAX]
    code = "import sys\nfor name in sys.argv[1:]: compile(open(name).read(), name, 'exec')"
    run = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_files_that_need_newer_syntax_do_need_it(found):
    python = need(found, "cpython-2.7").executable
    for name in NEWER_SYNTAX:
        code = f"compile(open({str(ROOT / name)!r}).read(), 'x', 'exec')"
        assert subprocess.run([python, "-c", code], capture_output=True, check=False).returncode != 0, name


def test_nothing_of_ours_is_kept_where_nox_puts_a_sessions_environment():
    """Nox empties a session's folder in .nox whenever the session begins."""
    noxfile = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {each.name for each in ast.walk(noxfile) if isinstance(each, ast.FunctionDef)}
    text = "".join(path.read_text(encoding="utf-8") for path in files("runoff", "tests/browser", "tests/helpers"))
    kept = set(re.findall(r'NOX / "([^"]+)"', text))
    assert {"mutants", "envs"} <= kept
    assert {"mutate", "lint"} <= sessions
    assert not kept & sessions


def test_catalog_and_files_agree():
    from scenarios import catalog

    modules = {row.factory.rpartition(".")[0].replace(".", "/") for row in catalog.SCENARIOS}
    modules |= {"tasks/" + row.factory.split(".")[0] for row in catalog.TASKS}
    others = {"base", "catalog", "compilers", "small", "who_answers", "event_loops/runners", "tasks/failures"}
    others |= {f"workers/{name}" for name in ("awaited_task", "killable", "remote_tasks", "worker_process")}
    others |= {f"own_function/{name}" for name in ("answers", "calling", "fresh", "loader", "printing")}
    found = {str(path.relative_to(ROOT / "scenarios").with_suffix("")) for path in files("scenarios")}
    found = {name for name in found if not name.startswith("own_function/adapters/")}
    assert modules == {name for name in found if not name.endswith("__init__")} - others
    assert all(row.summary for row in (*catalog.SCENARIOS, *catalog.TASKS))
    for row in catalog.SCENARIOS:
        assert set(row.parameters) <= {
            *("concurrency", "workers", "start_method", "period_ms", "switch_ms", "transport", "worker_kind"),
            *("worker_concurrency", "worker_interpreter", "in_flight", "credit", "durable"),
        }
    for row in catalog.TASKS:
        assert set(row.parameters) <= {"delay_ms", "cpu_share", "length_ms", "payload_bytes", "task_ms"}
        assert row.waits == ("delay_ms" in row.parameters)


def test_tables_name_only_what_exists():
    from runoff.common import tables
    from scenarios import catalog

    experiments = tables.read("experiments.toml")
    for name, row in experiments["sets"].items():
        assert set(row["scenarios"]) <= set(catalog.by_name(catalog.SCENARIOS)), name
        assert set(row["tasks"]) <= set(catalog.by_name(catalog.TASKS)), name
        if "distributed" in row["scenarios"]:  # what it cannot do without
            assert {"transport", "worker_kind"} <= set(row), name
    for profile in experiments["profiles"].values():
        assert set(profile["sets"]) <= set(experiments["sets"])
    works = {row.work for row in catalog.TASKS if row.work}
    assert works == set(experiments["work"])
    words = {word for row in (*catalog.SCENARIOS, *catalog.TASKS) for word in row.needs}
    probe = (ROOT / "harness/probe.py").read_text(encoding="utf-8")
    known = {*re.findall(r'^    \("(\w+)", ', probe, re.MULTILINE), *tables.read("interpreters.toml")["modules"]}
    assert words <= known


def test_every_field_of_a_record_is_explained():
    from runoff.records import record

    text = (ROOT / "results/README.md").read_text(encoding="utf-8")
    records = text.partition("## records.jsonl")[2].partition("\n### ")[0]
    explained = re.findall(r"^\| `(\w+)` \|", records, re.MULTILINE)
    assert tuple(explained) == record.FIELDS
