"""A small real agent: one replica, started by its release, that fails as often as it was told to.

    python agent.py PORT RELEASE STARTS FAILING

Every start appends a line to the file STARTS: whoever is started twice is seen there.
"""

import hashlib
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT, RELEASE, STARTS, FAILING = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), float(sys.argv[4])


class Answer(BaseHTTPRequestHandler):
    """Thinks for 20 ms; which questions fail is decided by the questions."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._say(200, b"healthy")

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["content-length"]))
        time.sleep(0.02)
        drawn = hashlib.sha256(question).digest()[0] / 256
        self._say(500 if drawn < FAILING else 200, RELEASE.encode())

    def log_message(self, *_: object) -> None:
        """The router keeps the log."""

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-release", RELEASE)
        self.send_header("x-id", self.headers.get("x-esclusa-id", ""))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Takes a burst of connections."""

    request_queue_size = 128
    daemon_threads = True


with STARTS.open("a") as file:
    file.write(f"{RELEASE} {PORT}\n")
Server(("127.0.0.1", PORT), Answer).serve_forever()
