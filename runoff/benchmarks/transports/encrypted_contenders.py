# Run by the driver (Python 3.9 upward).
"""The cost of encryption: our contenders over CURVE and over TLS, with keys made for one run."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import trustme

from runoff.benchmarks.transports.contender import Contender
from runoff.common.errors import BadInput
from runoff.common.paths import ROOT
from runoff.environments.environment import Environment
from runoff.interpreters import surroundings
from runoff.services.rabbitmq import Broker


def with_curve(plain: Contender, environment: Environment, folder: Path) -> Contender:
    """Return ``plain`` (over zmq+tcp) with CURVE keys made in ``folder``; raise BadInput where none can be made."""
    known = folder / "known"
    for name, into in (("worker", folder), ("client", known)):
        command = [*environment.command, "-m", "transports.wires.curve", str(into), name]
        variables = {**surroundings.for_interpreters(), **environment.variables}
        run = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
        if run.returncode:
            raise BadInput(f"CURVE keys could not be made: {run.stderr.strip()[-300:]}")
    assert plain.serve is not None
    module, url, *kind = plain.serve
    keys = f"key={folder}/worker.key_secret&clients={known}"
    ask = f"{plain.ask[1]}?key={known}/client.key_secret&server={folder}/worker.key"
    serve = (module, f"{url}?{keys}", *kind)
    return replace(plain, name=f"{plain.name}, CURVE", serve=serve, ask=(plain.ask[0], ask))


def certificates(folder: Path) -> dict[str, Path]:
    """Make a broker's certificate for localhost; return the paths of its PEM files: ca, certificate, key."""
    paths = {name: folder / f"{name}.pem" for name in ("ca", "certificate", "key")}
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(paths["ca"]))
    issued.private_key_pem.write_to_path(str(paths["key"]))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(paths["certificate"]), append=True)
    return paths


def with_tls(plain: Contender, broker: Broker, authority: Path) -> Contender | None:
    """Return ``plain`` (over amqp) through the broker's TLS port; None where the broker is not ours."""
    if broker.node is None:
        return None
    assert plain.serve is not None
    serve = (plain.serve[0], f"{broker.node.tls_url('worker')}?ca={authority}", *plain.serve[2:])
    ask = (plain.ask[0], f"{broker.node.tls_url('client')}?ca={authority}", *plain.ask[2:])
    return replace(plain, name=plain.name.replace("amqp", "amqps"), serve=serve, ask=ask)
