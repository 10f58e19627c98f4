# Run by the interpreter under test (Python 2.7 upward).
"""Twisted: its reactor, Deferreds, its HTTP Agent. CPU work runs on the reactor and blocks it (claim C6)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from twisted.internet import defer, endpoints, reactor
from twisted.web import client
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from scenarios.base import OnALoop
from scenarios.tasks import failures


@implementer(IAgentEndpointFactory)
class Addresses(object):
    """The server is given by its address: Twisted would ask a resolver in a thread, and leave the thread behind."""

    def endpointForURI(self, uri):
        return endpoints.TCP4ClientEndpoint(reactor, uri.host, uri.port, timeout=60)


class Model(OnALoop):
    def open(self):
        OnALoop.open(self)
        concurrency = self.parameters["concurrency"]
        self.connections = client.HTTPConnectionPool(reactor, persistent=True)
        self.connections.maxPersistentPerHost = concurrency  # Twisted keeps 2 otherwise, and connects anew for the rest
        self.agent = client.Agent.usingEndpointFactory(reactor, Addresses(), pool=self.connections)
        self.in_flight = defer.DeferredSemaphore(concurrency)  # the Agent itself knows no limit

    def run(self, inputs):
        return self._until(lambda: defer.gatherResults([self.in_flight.run(self._one, each) for each in inputs]))

    @defer.inlineCallbacks
    def _one(self, argument):
        try:
            if self.task.url:
                response = yield self.agent.request(b"GET", self.task.url.format(argument).encode("ascii"))
                body = yield client.readBody(response).addTimeout(60, reactor)
                argument = int(body)
            answer = self.task.work(argument)
        except Exception as error:
            answer = failures.of(error)
        defer.returnValue(answer)

    def _until(self, start):
        """Run the reactor until the Deferred that ``start`` makes has fired; its result.

        A stopped reactor does not start again; a crashed one does, which is how Twisted's own test runner waits.
        """
        outcome = []

        def begin():
            start().addBoth(outcome.append).addBoth(lambda _: reactor.crash())

        reactor.callWhenRunning(begin)
        reactor.run(installSignalHandlers=False)
        if hasattr(outcome[0], "raiseException"):
            outcome[0].raiseException()
        return outcome[0]

    def close(self):
        self._until(self.connections.closeCachedConnections)
