# Run by the driver (Python 3.9 upward).
"""What a broker of ours begins with: a virtual host, a user for each role with a random password, and policies."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets

from runoff.common.loose import Data

VHOST = "runoff"
#: What each role may configure, write and read, as regular expressions over names of queues and exchanges. A worker
#: declares and deletes nothing: it consumes tasks, and publishes replies alone through one exchange.
ROLES = {
    "admin": (".*", ".*", ".*"),
    "client": (r"^runoff\..*", r"^(runoff\..*|amq\.default)$", r"^runoff\..*"),
    "worker": (r"^$", r"^runoff\.replies$", r"^runoff\.tasks\..*"),
}


def new_passwords() -> dict[str, str]:
    """Return a random password for each of ROLES."""
    return {role: secrets.token_urlsafe(18) for role in ROLES}


def definitions_of(passwords: dict[str, str], policies: dict[str, Data]) -> Data:
    """Return users, rights and policies in the format of RabbitMQ's export."""
    return {
        "vhosts": [{"name": VHOST}],
        "users": [
            {
                "name": role,
                "password_hash": hashed(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": ["administrator"] if role == "admin" else [],
            }
            for role, password in passwords.items()
        ],
        "permissions": [
            {"user": role, "vhost": VHOST, "configure": configure, "write": write, "read": read}
            for role, (configure, write, read) in ROLES.items()
        ],
        "policies": [{"name": name, "vhost": VHOST, "priority": 1, **policy} for name, policy in policies.items()],
    }


def hashed(password: str) -> str:
    """Hash as RabbitMQ does: four bytes of salt, then the SHA-256 of salt and password, in base64."""
    salt = os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
