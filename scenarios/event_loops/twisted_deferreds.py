# Run by the interpreter under test (Python 2.7 upward).
"""Twisted: its reactor, Deferreds, its HTTP Agent. CPU work runs on the reactor and blocks it (claim C6)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from twisted.internet import defer, endpoints, reactor
from twisted.web import client
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from scenarios.base import EventLoopScenario
from scenarios.tasks import failures


@implementer(IAgentEndpointFactory)
class AddressEndpoints(object):
    """Endpoints that connect to an IP address without a resolver: Twisted's would leave a thread behind."""

    def endpointForURI(self, uri):
        return endpoints.TCP4ClientEndpoint(reactor, uri.host, uri.port, timeout=60)


class TwistedDeferreds(EventLoopScenario):
    def open(self):
        EventLoopScenario.open(self)
        concurrency = self.parameters["concurrency"]
        self.connections = client.HTTPConnectionPool(reactor, persistent=True)
        self.connections.maxPersistentPerHost = concurrency  # the default of 2 would reconnect for all others
        self.agent = client.Agent.usingEndpointFactory(reactor, AddressEndpoints(), pool=self.connections)
        self.in_flight = defer.DeferredSemaphore(concurrency)  # the Agent has no limit of its own

    def run(self, inputs):
        return self._until(
            lambda: defer.gatherResults([self.in_flight.run(self._attempt, argument) for argument in inputs])
        )

    @defer.inlineCallbacks
    def _attempt(self, argument):
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
        """Run the reactor until the Deferred that ``start()`` makes has fired; return its result.

        ``reactor.crash()`` ends the run: a stopped reactor cannot start again, a crashed one can. Twisted's own test
        runner (trial) waits in the same way.
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
