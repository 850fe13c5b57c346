"""A small real agent: answers at once, and streams for as long as it is asked to.

python agent.py PORT RELEASE
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PORT, RELEASE = int(sys.argv[1]), sys.argv[2]
BETWEEN = 0.5
"""Seconds between two parts of a stream."""


class Answer(BaseHTTPRequestHandler):
    """`POST /` answers with the release, `GET /stream?seconds=S` counts for so long and ends with `done`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path != "/stream":
            return self._say(b"healthy")
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("x-release", RELEASE)
        self.end_headers()
        end = time.monotonic() + float(parse_qs(asked.query)["seconds"][0])
        while time.monotonic() < end:
            self._part(b"data: .\n\n")
            time.sleep(BETWEEN)
        self._part(b"data: done\n\n")
        self._part(b"")
        return None

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._say(RELEASE.encode())

    def log_message(self, *_: object) -> None:
        """The router keeps the log."""

    def _part(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-release", RELEASE)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Takes a burst of connections."""

    request_queue_size = 128
    daemon_threads = True


Server(("127.0.0.1", PORT), Answer).serve_forever()
