# Run by the driver (Python 3.9 upward).
"""What secrecy costs: the promised contenders once more, over CURVE and over TLS, with keys that live for one run."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import trustme

from runoff.benchmarks.transports.contender import Contender
from runoff.common.errors import BadInput
from runoff.common.paths import ROOT
from runoff.interpreters import surroundings
from runoff.interpreters.environments import Environment
from runoff.services.rabbitmq import Broker


def with_curve(plain: Contender, environment: Environment, folder: Path) -> Contender:
    """``plain`` (over zmq+tcp) with keys that are made in ``folder``."""
    known = folder / "known"
    for name, into in (("worker", folder), ("client", known)):
        command = [*environment.command, "-m", "transports.wires.curve", str(into), name]
        variables = {**surroundings.for_interpreters(), **environment.variables}
        run = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
        if run.returncode:
            raise BadInput(f"no CURVE keys could be made: {run.stderr.strip()[-300:]}")
    assert plain.serve is not None
    module, url, *kind = plain.serve
    keys = f"key={folder}/worker.key_secret&clients={known}"
    ask = f"{plain.ask[1]}?key={known}/client.key_secret&server={folder}/worker.key"
    serve = (module, f"{url}?{keys}", *kind)
    return replace(plain, name=f"{plain.name}, CURVE", serve=serve, ask=(plain.ask[0], ask))


def certificates(folder: Path) -> dict[str, Path]:
    """{"ca", "certificate", "key"}: a broker's, for the name localhost, and its authority's."""
    paths = {name: folder / f"{name}.pem" for name in ("ca", "certificate", "key")}
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(paths["ca"]))
    issued.private_key_pem.write_to_path(str(paths["key"]))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(paths["certificate"]), append=True)
    return paths


def with_tls(plain: Contender, broker: Broker, authority: Path) -> Contender | None:
    """``plain`` (over amqp) by the TLS port of a broker that is ours; None where it is not."""
    if broker.node is None:
        return None
    assert plain.serve is not None
    serve = (plain.serve[0], f"{broker.node.tls_url('worker')}?ca={authority}", *plain.serve[2:])
    ask = (plain.ask[0], f"{broker.node.tls_url('client')}?ca={authority}", *plain.ask[2:])
    return replace(plain, name=plain.name.replace("amqp", "amqps"), serve=serve, ask=ask)
