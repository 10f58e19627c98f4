"""The files of a recipe, read by the tools that will read them: hadolint, systemd, Kubernetes' own schemas, KEDA's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.helpers import runs
from tests.helpers.expected import need
from tests.helpers.recipes import FACTS, write

HADOLINT = Path(sys.executable).with_name("hadolint")
#: Facts of one interpreter for each row of runoff/recipe/builds.toml.
BUILDS = {
    "2.7": {"python": "2.7", "python_full": "2.7.18", "implementation_version": "2.7.18"},
    "3": {},
    "free-threaded": {"free_threaded": True},
    "pypy": {"family": "pypy", "implementation": "PyPy", "implementation_version": "7.3.19", "python_full": "3.11.11"},
}
#: What KEDA's definition of a ScaledObject (config/crd in kedacore/keda) asks of the fields that we write.
SCALED_OBJECT = {
    "type": "object",
    "required": ["scaleTargetRef", "triggers"],
    "additionalProperties": False,
    "properties": {
        "scaleTargetRef": {"type": "object", "required": ["name"]},
        "pollingInterval": {"type": "integer"},
        "minReplicaCount": {"type": "integer"},
        "maxReplicaCount": {"type": "integer"},
        "triggers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "metadata"],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "rabbitmq"},
                    "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
                    "authenticationRef": {"type": "object", "required": ["name"]},
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    return write(runs.transports(folder), folder / "recipe")


def read(path: Path) -> list:
    return list(yaml.safe_load_all(path.read_text()))


def test_hadolint_finds_nothing_in_any_dockerfile(tmp_path):
    files = []
    for name, facts in BUILDS.items():
        run = runs.transports(tmp_path / name)
        files.append(str(write(run, tmp_path / name / "recipe", "python-0", **facts) / "Dockerfile"))
    done = subprocess.run([HADOLINT, *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    broken = tmp_path / "Dockerfile"
    broken.write_text(Path(files[0]).read_text().replace("--no-cache-dir ", ""))
    assert subprocess.run([HADOLINT, broken], capture_output=True, check=False).returncode == 1


def test_the_code_of_the_workers_compiles_on_a_real_2_7(found, recipe, tmp_path):
    python = need(found, "cpython-2.7").executable
    shutil.copytree(recipe / "app", tmp_path / "app")  # what compiling leaves there is no part of the recipe
    done = subprocess.run([python, "-m", "compileall", "-q", tmp_path / "app"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_systemd_takes_the_units(recipe, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: apt-get install -y systemd")
    units = tmp_path / "units"
    shutil.copytree(recipe / "systemd", units)
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    for path in units.iterdir():
        path.write_text(path.read_text().replace("/opt/runoff-python", str(tmp_path)))
    names = [units / "runoff-python@.service", units / "runoff-python.target"]
    assert verify(names) == (0, "")
    names[0].write_text(names[0].read_text().replace("KillMode=mixed", "KillMode=gently"))
    assert "gently" in verify(names)[1]


def verify(names: list[Path]) -> tuple[int, str]:
    """What systemd says of the units in this folder; of those of the machine it may complain elsewhere."""
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    return done.returncode, "".join(line for line in done.stderr.splitlines(True) if "runoff-python" in line)


def test_kubernetes_takes_the_manifests(recipe):
    workload, budget = read(recipe / "kubernetes" / "worker.yaml")
    for manifest in (workload, budget):
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
    broken = {**workload, "spec": {**workload["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, kubernetes_validate.latest_version(), strict=True)
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    drain_s = int(container["args"][container["args"].index("--drain-s") + 1])
    assert pod["terminationGracePeriodSeconds"] > drain_s > 60
    assert workload["spec"]["selector"] == budget["spec"]["selector"]


def test_keda_takes_the_scaling(recipe):
    authentication, scaled = read(recipe / "kubernetes" / "scaling.yaml")
    jsonschema.validate(scaled["spec"], SCALED_OBJECT)
    (trigger,) = scaled["spec"]["triggers"]
    assert set(trigger["metadata"]) == {"protocol", "queueName", "mode", "value"}
    assert trigger["metadata"]["queueName"] == "runoff.tasks.python"
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    assert {each["parameter"] for each in authentication["spec"]["secretTargetRef"]} == {"host", "tls", "ca"}
    workload, _ = read(recipe / "kubernetes" / "worker.yaml")
    assert scaled["spec"]["scaleTargetRef"]["name"] == workload["metadata"]["name"]


def test_every_key_of_the_secret_is_made_by_the_readme(recipe):
    authentication, _ = read(recipe / "kubernetes" / "scaling.yaml")
    workload, _ = read(recipe / "kubernetes" / "worker.yaml")
    pod = workload["spec"]["template"]["spec"]
    used = {each["key"] for each in authentication["spec"]["secretTargetRef"]}
    used |= {pod["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"]["key"]}
    used |= {item["key"] for item in pod["volumes"][0]["secret"]["items"]}
    text = (recipe / "README.md").read_text()
    assert all(f"--from-literal={key}=" in text or f"--from-file={key}" in text for key in used), used
    command = text.partition("tls() ")[2].partition("\n")[0]
    script = f"BROKER=rabbitmq.example\ntls() {command}\ntls worker"
    url = subprocess.run(["sh", "-c", script], cwd=recipe, capture_output=True, text=True, check=True).stdout.strip()
    password = (recipe / "secrets" / "worker.env").read_text().partition("worker:")[2].partition("@")[0]
    assert url == f"amqps://runoff-python-worker:{password}@rabbitmq.example:5671/runoff-python?queue=python"


def test_compose_runs_the_workers_beside_their_broker(recipe):
    (compose,) = read(recipe / "compose.yaml")
    broker, worker = compose["services"]["broker"], compose["services"]["worker"]
    assert worker["network_mode"] == "service:broker"
    assert broker["ports"] == ["127.0.0.1:5672:5672"]
    for volume in broker["volumes"][:2]:
        assert (recipe / volume.partition(":")[0]).is_file()
    assert (recipe / worker["env_file"]).is_file()
    assert worker["deploy"]["replicas"] == 2
    assert "/etc/rabbitmq/definitions.json" in (recipe / "rabbitmq.conf").read_text()


def test_no_secret_enters_an_image_or_a_repository(recipe):
    lines = (recipe / ".dockerignore").read_text().split("\n")
    assert [line for line in lines if line and line[0] != "#"] == ["*", "!requirements.txt", "!app"]
    assert (recipe / "secrets" / ".gitignore").read_text() == "*\n"
    assert FACTS["implementation_version"] in (recipe / "Dockerfile").read_text()
