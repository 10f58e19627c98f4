# Run by every interpreter (Python 2.7 upward), as part of the inside tests.
"""A latency server for the tests, in a thread: it answers /DELAY_MS/NUMBER with NUMBER."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading
import time

try:
    from http.server import BaseHTTPRequestHandler, HTTPServer
except ImportError:
    from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer

try:
    from socketserver import ThreadingMixIn
except ImportError:
    from SocketServer import ThreadingMixIn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = str("HTTP/1.1")
    disable_nagle_algorithm = True  # the body would wait 40 ms for the acknowledgement of the headers

    def do_GET(self):
        delay_ms, number = self.path.strip("/").split("/")
        time.sleep(float(delay_ms) / 1000.0)
        body = self.server.lie(number).encode("ascii")
        self.send_response(200)
        self.send_header(str("Content-Length"), str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, lie=lambda number: number):
        HTTPServer.__init__(self, (str("127.0.0.1"), 0), _Handler)
        self.lie = lie
        self.url = "http://127.0.0.1:{}/5".format(self.server_address[1])
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.daemon = True
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.server_close()
        self.thread.join()
