# Run by the interpreter under test (Python 2.7 upward, with pyzmq).
"""CURVE for ZeroMQ: keys from files that nobody else can read, named in the URL.

    worker: zmq+tcp:HOST:PORT?key=SECRET_FILE&clients=FOLDER      client: ...?key=SECRET_FILE&server=PUBLIC_FILE

The files are pyzmq's certificates (``python -m transports.wires.curve FOLDER NAME`` writes a pair); ``clients`` holds
the public keys of those who may connect. Without CURVE a worker listens on the loopback interface alone.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import glob
import os
import re
import sys

from transports import redaction
from transports.errors import Unusable

WITHIN = ("ipc://", "inproc://")  # addresses that nobody reaches from another machine
NO_CURVE = "listen at 127.0.0.1, since CURVE is only in our own wire"
# All of it, so that neither 127.example.org nor a second endpoint behind a ; counts.
_LOOPBACK = re.compile(r"[a-z0-9+.-]+://(127(\.\d{1,3}){3}|localhost|\[::1\]):[^:;]*\Z")


def is_asked_for(options):
    """Return whether the URL asks for CURVE."""
    return "key" in options


def is_loopback(address):
    """Return whether ``address`` (SCHEME://HOST:PORT) is reachable from this machine alone."""
    return _LOOPBACK.match(address) is not None


def refuse_open(address, what_to_do):
    """Raise Unusable where ``address`` is open to others: whoever reaches it could read tasks, or have some run.

    ``address``: SCHEME://HOST:PORT of any scheme, or one within this machine.
    """
    if not address.startswith(WITHIN) and not is_loopback(address):
        raise Unusable(
            "{} can be reached from other machines, and nothing is encrypted: {}".format(address, what_to_do)
        )


def _auth():
    """Return pyzmq's module of certificates; raise Unusable where there is none, as on Jython."""
    try:
        from zmq import auth
    except ImportError as error:
        raise Unusable("CURVE needs pyzmq: {}; leave key= out and stay on this machine".format(error))
    return auth


def keys(path, secret):
    """Read (public, secret or None) from a certificate; raise Unusable where it is missing, or secret and readable."""
    auth = _auth()
    try:
        open_key = redaction.key_refusal(path) if secret else None
        if open_key:
            raise Unusable(open_key)
        public_key, secret_key = auth.load_certificate(path)
    except (IOError, OSError, ValueError) as error:
        raise Unusable("no key in {}: {}".format(path, error.__class__.__name__))
    if secret and secret_key is None:
        raise Unusable("{} holds no secret key: name the file that ends in .key_secret".format(path))
    return public_key, secret_key


def secure_client(socket, options):
    """Make a client's socket use the keys that ``options`` name, if they do."""
    if not is_asked_for(options):
        return
    if "server" not in options:
        raise Unusable("CURVE needs the worker's public key too: ?key=FILE&server=FILE")
    socket.curve_publickey, socket.curve_secretkey = keys(options["key"], True)
    socket.curve_serverkey = keys(options["server"], False)[0]


class Guard(object):
    """Lets in, for one worker, the clients whose public keys are in a folder (ZeroMQ's ZAP, RFC 27)."""

    def __init__(self, context, options):
        from zmq.auth import thread

        if not os.path.isdir(options.get("clients", "")):
            raise Unusable("CURVE needs a folder with the public keys of its clients: ?key=FILE&clients=FOLDER")
        for path in sorted(glob.glob(os.path.join(options["clients"], "*.key"))):
            keys(path, False)  # pyzmq would let nobody in for one that holds none
        self._keys = keys(options["key"], True)
        self._authenticator = thread.ThreadAuthenticator(context)
        self._authenticator.start()
        self._authenticator.configure_curve(domain="*", location=options["clients"])

    def protect(self, socket):
        socket.curve_publickey, socket.curve_secretkey = self._keys
        socket.curve_server = True

    def close(self):
        self._authenticator.stop()


def write_keys(folder, name):
    """Write NAME.key (public) and NAME.key_secret into ``folder``; return their paths.

    Raise Unusable where one is there: who uses the old ones would be refused, and nobody could say why.
    """
    auth = _auth()
    before = os.umask(0o077)  # a secret key is nobody else's from its first byte on
    try:
        if not os.path.isdir(folder):
            os.makedirs(folder)
        for ending in (".key", ".key_secret"):
            path = os.path.join(folder, name + ending)
            if os.path.exists(path):
                raise Unusable("{} is there already: choose another name, or delete both of its files".format(path))
        return auth.create_certificates(folder, name)
    except (IOError, OSError) as error:
        raise Unusable("no keys can be written: {}".format(error))
    finally:
        os.umask(before)


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m transports.wires.curve")
    parser.add_argument("folder", metavar="FOLDER", help="where to write the keys; it is made where it is not there")
    parser.add_argument("name", metavar="NAME", help="write NAME.key, which is public, and NAME.key_secret")
    given = parser.parse_args(arguments)
    try:
        for path in write_keys(given.folder, given.name):
            print(path)
    except Unusable as problem:
        print("error: {}".format(problem), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
