# Run by the interpreter under test (Python 2.7 upward).
"""How the AMQP wire connects: the URL as pika's parameters, refused where it is unsafe; TLS; heartbeats."""

from __future__ import absolute_import, division, print_function, unicode_literals

import ssl

import pika

from transports import broker_urls, errors, redaction

#: A broker takes a peer for dead after two of these without a sign of life; the URL's ``heartbeat=`` overrides it.
HEARTBEAT_S = 10
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def parameters(url, tls, heartbeat_s):
    """Return pika's parameters for each broker that ``url`` names; raise Unusable for what is unsafe or cannot work.

    ``tls`` is None, or paths under "ca", "certificate", "key" (the last two for a broker that asks clients for theirs).
    """
    return [_checked(read(broker), tls, heartbeat_s) for broker in broker_urls.each_broker(url)]


def _checked(made, tls, heartbeat_s):
    local = made.host in LOOPBACK
    if made.credentials.username == "guest" and not local:
        raise errors.Unusable("the user guest is for this machine only: give the broker at {} users".format(made.host))
    if tls is None and not local:
        raise errors.Unusable("amqp to {} would send passwords and tasks in the clear: use amqps".format(made.host))
    if tls is not None:
        made.ssl_options = ssl_options(tls, made.host)
    made.heartbeat = heartbeat_s
    made.socket_timeout, made.stack_timeout = 3, 6
    return made


def read(url):
    """Return pika's parameters for the ``url`` of one broker, unchecked; raise Unusable for another URL."""
    try:
        return pika.URLParameters(url)
    except (ValueError, TypeError, IndexError):
        pass  # its message may quote a part of the password, and a traceback would show it as the cause
    raise errors.Unusable("not an AMQP URL: {}".format(redaction.ADVICE))


def ssl_options(tls, host):
    """Return pika's TLS options for files as in ``parameters``; chain and name of ``host`` are checked."""
    try:
        context = ssl.create_default_context(cafile=tls.get("ca"))
        if "certificate" in tls:
            # A certificate's file may hold the key.
            open_key = redaction.key_refusal(tls.get("key", tls["certificate"]))
            if open_key:
                raise errors.Unusable(open_key)
            context.load_cert_chain(tls["certificate"], tls.get("key"))
    except (IOError, OSError) as error:  # ssl.SSLError is one of them
        raise errors.Unusable("the TLS files cannot be used: {}".format(error))
    return pika.SSLOptions(context, host)
