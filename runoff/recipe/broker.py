# Run by the driver (Python 3.9 upward).
"""What the broker is to hold: a vhost, one user per role with the least rights, the queues, and their limits."""

from __future__ import annotations

import re
import secrets
from typing import Any

from runoff.common.loose import Data
from runoff.recipe.sizing import Sizes
from runoff.services.rabbitmq_definitions import hashed

#: {role: (may configure, may write, may read)}, regular expressions over names; {queue} is the queue's own name. The
#: client declares the queues; a worker declares nothing; the scaler reads the length of a queue, which needs no right.
ROLES = {
    "client": (
        r"^runoff\.(tasks|replies|dead|returned|tasks\.{queue}|reply\..+)$",
        r"^(runoff\.(tasks|replies|dead|returned|tasks\.{queue}|reply\..+)|amq\.default)$",
        r"^runoff\.(tasks|replies|dead|returned|tasks\.{queue}|reply\..+)$",
    ),
    "worker": (r"^$", r"^runoff\.replies$", r"^runoff\.tasks\.{queue}$"),
    "scaler": (r"^$", r"^$", r"^$"),
}


def passwords() -> dict[str, str]:
    """Return a random password for each role; nothing in a URL or a shell needs quoting in it."""
    return {role: secrets.token_urlsafe(24) for role in ROLES}


def user(name: str, role: str) -> str:
    """Return the user of ``role`` in the deployment called ``name``: others on the same broker have their own."""
    return f"{name}-{role}"


def url(role: str, password: str, name: str, queue: str) -> str:
    """Return the URL of ``role`` at a broker on the same machine; the vhost is called like the deployment."""
    bare = f"amqp://{user(name, role)}:{password}@127.0.0.1:5672/{name}"
    return bare if role == "scaler" else f"{bare}?queue={queue}"


def definitions(name: str, queue: str, given: dict[str, str], sizes: Sizes) -> Data:
    """Return the definitions in the format of RabbitMQ's export; a password is there as its salted hash alone."""
    return {
        "vhosts": [{"name": name}],
        "users": [
            {
                "name": user(name, role),
                "password_hash": hashed(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for role, password in given.items()
        ],
        **{section: [{"vhost": name, **row} for row in rows] for section, rows in _held(name, queue, sizes).items()},
    }


def _held(name: str, queue: str, sizes: Sizes) -> dict[str, list[Data]]:
    """Return what the vhost holds; queues and exchanges as in transports/wires/amqp/queues.py."""
    tasks = f"runoff.tasks.{queue}"
    limits = {
        "delivery-limit": sizes.delivery_limit.number,
        "dead-letter-exchange": "runoff.dead",
        "dead-letter-strategy": "at-least-once",
        "max-length": sizes.queue_length.number,
        "overflow": "reject-publish",
    }
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": sizes.delivery_limit.number,
        "x-dead-letter-exchange": "runoff.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    exchanges = (("tasks", "topic"), ("replies", "direct"), ("dead", "topic"), ("returned", "topic"))
    return {
        "permissions": [
            {
                "user": user(name, role),
                **{
                    right: pattern.replace("{queue}", re.escape(queue))
                    for right, pattern in zip(("configure", "write", "read"), patterns)
                },
            }
            for role, patterns in ROLES.items()
        ],
        "policies": [
            _policy("tasks", tasks, limits),
            _policy("dead", "runoff.dead", {"max-length": sizes.queue_length.number, "overflow": "drop-head"}),
        ],
        "exchanges": [_there(f"runoff.{exchange}", type=kind) for exchange, kind in exchanges],
        "queues": [
            _there(tasks, arguments=arguments),
            _there("runoff.dead", arguments={"x-queue-type": "quorum"}),
        ],
        "bindings": [
            _bound("runoff.tasks", tasks, f"{queue}.*"),
            _bound("runoff.dead", "runoff.dead", "#"),
        ],
    }


def _policy(name: str, queue: str, definition: Data) -> Data:
    whole = {"pattern": f"^{re.escape(queue)}$", "apply-to": "queues", "priority": 1}
    return {"name": name, **whole, "definition": definition}


def _there(name: str, **more: Any) -> Data:
    return {"name": name, "durable": True, "auto_delete": False, "arguments": {}, **more}


def _bound(source: str, queue: str, key: str) -> Data:
    return {
        "source": source,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }
