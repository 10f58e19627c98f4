"""Quotas and limits of control groups: trees made up here, and real groups where the machine lets us make them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runoff.common.paths import ROOT
from runoff.driver import cgroups, machine


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Make a tree of groups: where it is mounted, what is in its files, and in which group this process is."""
    monkeypatch.setattr(cgroups, "PROCESS", tmp_path)

    def make(kind: str, group: str, files: dict[str, str], root: str = "/", controllers: str = "") -> None:
        mount = tmp_path / "a mount"
        for name, text in files.items():
            path = mount / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        place = str(mount).replace(" ", "\\040")
        line = f"31 23 0:28 {root} {place} rw,relatime shared:4 - {kind} cgroup rw,{controllers or 'nsdelegate'}\n"
        (tmp_path / "mountinfo").write_text("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + line)
        (tmp_path / "cgroup").write_text(f"9:name=systemd:/x\n{4 if controllers else 0}:{controllers}:{group}\n")

    return make


V1_NONE = {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}
CPU = {
    "version 2, own group": ("cgroup2", "/a/b", {"a/b/cpu.max": "3 2\n", "a/cpu.max": "max 2\n"}, "/", 1.5),
    "version 2, a slice above": (
        "cgroup2",
        "/a/b",
        {"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"},
        "/",
        0.5,
    ),
    "version 2, the tightest": ("cgroup2", "/a/b", {"a/b/cpu.max": "3 1", "a/cpu.max": "1 2"}, "/", 0.5),
    "version 2, a container": ("cgroup2", "/", {"cpu.max": "200000 100000"}, "/", 2.0),
    "version 2, none": ("cgroup2", "/a", {"a/cpu.max": "max 100000"}, "/", None),
    "version 1, own group": (
        "cgroup",
        "/a",
        {"a/cpu.cfs_quota_us": "50000", "a/cpu.cfs_period_us": "100000"},
        "/",
        0.5,
    ),
    "version 1, a slice above": ("cgroup", "/a/b", {"a/cpu.cfs_quota_us": "7", "a/cpu.cfs_period_us": "2"}, "/", 3.5),
    "version 1, a container": (
        "cgroup",
        "/docker/x",
        {"cpu.cfs_quota_us": "3", "cpu.cfs_period_us": "2"},
        "/docker/x",
        1.5,
    ),
    "version 1, elsewhere": ("cgroup", "/other", {"cpu.cfs_quota_us": "3", "cpu.cfs_period_us": "2"}, "/docker/x", 1.5),
    "version 1, none": ("cgroup", "/", V1_NONE, "/", None),
    "nonsense": ("cgroup2", "/a", {"a/cpu.max": "\x00 1 2 3", "cpu.max": "1 0"}, "/", None),
}


@pytest.mark.parametrize("name", CPU)
def test_the_quota_of_every_enclosing_group_counts(tree, monkeypatch, name):
    kind, group, files, root, expected = CPU[name]
    tree(kind, group, files, root, "cpu,cpuacct" if kind == "cgroup" else "")
    assert cgroups.cpus() == expected
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
    assert machine.cores() == (8 if expected is None else max(1, int(expected)))


def test_throttling_is_seen_wherever_it_happens(tree):
    tree(
        "cgroup2",
        "/a/b",
        {"a/b/cpu.stat": "usage_usec 9\nthrottled_usec 1000000\n", "a/cpu.stat": "throttled_usec 500000\n"},
    )
    assert cgroups.throttled_s() == 1.5
    tree("cgroup", "/c", {"c/cpu.stat": "nr_throttled 2\nthrottled_time 250000000\n"}, "/", "cpu")
    assert cgroups.throttled_s() == 0.25, "version 1 counts in nanoseconds"


def test_the_tightest_memory_limit_counts_and_caches_are_given_back(tree, monkeypatch):
    tree(
        "cgroup2",
        "/a/b",
        {
            "a/b/memory.max": "max\n",
            "a/memory.max": "1000\n",
            "a/memory.current": "900\n",
            "a/memory.stat": "anon 400\ninactive_file 500\n",
            "memory.high": "5000\n",
            "a/b/memory.events": "oom 1\noom_kill 2\n",
        },
    )
    assert (cgroups.memory_bytes(), cgroups.memory_available_bytes()) == (1000, 600)
    assert cgroups.out_of_memory_kills() == 2
    assert machine.describe()["memory_bytes"] == 1000
    assert machine.noise()["memory_available_bytes"] == 600


def test_version_1_writes_a_huge_number_where_memory_has_no_limit(tree):
    files = {"memory.limit_in_bytes": "9223372036854771712\n", "a/memory.limit_in_bytes": "2000\n"}
    tree("cgroup", "/a", {**files, "a/memory.usage_in_bytes": "500\n"}, "/", "memory")
    assert (cgroups.memory_bytes(), cgroups.memory_available_bytes()) == (2000, 1500)


def test_a_system_without_control_groups_has_no_limits(monkeypatch, tmp_path):
    monkeypatch.setattr(cgroups, "PROCESS", tmp_path)
    assert (cgroups.cpus(), cgroups.memory_bytes(), cgroups.throttled_s()) == (None, None, 0.0)


REAL = {"cpu": Path("/sys/fs/cgroup/cpu"), "memory": Path("/sys/fs/cgroup/memory")}


@pytest.fixture
def group(request):
    """Make a real group of version 1, and one inside it."""
    folder = REAL[request.param] / f"runoff-test-{secrets.token_hex(4)}"
    try:
        (folder / "inner").mkdir(parents=True)
    except OSError:
        pytest.skip(f"no {request.param} group of version 1 can be made here")
    yield folder
    for each in (folder / "inner", folder):
        until = time.monotonic() + 5
        while each.exists() and time.monotonic() < until:
            try:
                each.rmdir()
            except OSError:
                time.sleep(0.02)  # who was in it is still ending


def ask(group: Path, code: str) -> object:
    """Run ``code`` inside the inner group; return what it prints."""
    enter = f"open({str(group / 'inner' / 'cgroup.procs')!r}, 'w').write('0')\n"
    done = subprocess.run(
        [sys.executable, "-c", enter + code], cwd=ROOT, stdout=subprocess.PIPE, timeout=60, check=True
    )
    return json.loads(done.stdout)


BURN = """
import json, time
from runoff.driver import cgroups, machine
before, until = cgroups.throttled_s(), time.monotonic() + 40
while time.monotonic() < until and cgroups.throttled_s() == before: pass
print(json.dumps([cgroups.cpus(), machine.cores(), cgroups.throttled_s() - before]))
"""


@pytest.mark.parametrize("group", ["cpu"], indirect=True)
def test_a_real_quota_of_a_tenth_of_a_core_in_a_slice_above_is_seen_and_so_is_its_throttling(group):
    (group / "cpu.cfs_quota_us").write_text("10000")
    granted, cores, throttled_s = ask(group, BURN)
    assert (granted, cores) == (0.1, 1)
    assert throttled_s > 0


LIMITS = """
import json
from runoff.driver import cgroups
print(json.dumps([cgroups.memory_bytes(), cgroups.memory_available_bytes()]))
"""


@pytest.mark.parametrize("group", ["memory"], indirect=True)
def test_a_real_memory_limit_in_a_slice_above_is_seen(group):
    limit = 256 * 2**20
    (group / "memory.limit_in_bytes").write_text(str(limit))
    total, available = ask(group, LIMITS)
    assert total == limit
    assert 0 < available <= limit
