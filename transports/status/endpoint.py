# Run by the interpreter under test (Python 2.7 upward, POSIX).
"""The pages of a worker's status: /healthz, /readyz and /metrics."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import clock
from transports.status import health, http_answerer, metrics_text


class Endpoint(object):
    """``host_and_port``: where it answers; ``address`` is where it does, with a port that was 0 replaced.

    kind: of the worker. Raise Unusable where nobody can listen there.
    """

    def __init__(self, host_and_port, service, kind, now_ns=clock.now_ns):
        pages = {
            "/healthz": lambda: _verdict(health.not_live(service, now_ns())),
            "/readyz": lambda: _verdict(health.not_ready(service, now_ns())),
            "/metrics": lambda: (200, metrics_text.CONTENT_TYPE, metrics_text.render(service, kind, now_ns())),
        }
        self._answerer = http_answerer.Answerer(host_and_port, pages, now_ns)
        self.address = self._answerer.address
        self._answerer.start()

    def close(self):
        """Answer nothing more."""
        self._answerer.close()


def _verdict(reasons):
    """Return the page of a check that failed for ``reasons``, or passed where there are none."""
    return (503 if reasons else 200), http_answerer.TEXT, "\n".join(reasons or ["ok"])
