# Read by both halves: imports nothing of ours. Must parse on 2.7.
"""The URL of a cluster names each of its brokers: amqp://USER:PASSWORD@HOST:PORT,HOST:PORT,HOST:PORT/VHOST."""

from __future__ import absolute_import, division, print_function, unicode_literals


def each_broker(url):
    """Return a URL for each broker that the AMQP ``url`` names, in order."""
    scheme, slashes, rest = url.partition("//")
    authority, slash, behind = rest.partition("/")
    user, at, brokers = authority.rpartition("@")
    return [scheme + slashes + user + at + broker + slash + behind for broker in brokers.split(",")]
