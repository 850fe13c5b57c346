"""`/metrics` over HTTP, on this machine only: what Prometheus scrapes."""

import signal
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from esclusa.core.errors import EsclusaError, OutsideError
from esclusa.monitor.families import families
from esclusa.monitor.scene import Scene

LOOPBACK = "127.0.0.1"


def exposition(scene: Scene) -> bytes:
    """The metrics of a scene in Prometheus' text format."""

    class Collector:
        def collect(self) -> object:
            return families(scene)

    registry = CollectorRegistry()
    registry.register(Collector())  # type: ignore[arg-type]
    return generate_latest(registry)


def serve(port: int, look: Callable[[], Scene], ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is told the address. OutsideError when the port is taken.

    One look at a time, whoever asks. A look that fails is answered with 503 and why, so that Prometheus
    sees the target as down, and no old numbers.
    """
    looking = Lock()

    class Metrics(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                return self._answer(404, b"the metrics are at /metrics\n", "text/plain")
            try:
                with looking:
                    body = exposition(look())
            except EsclusaError as error:
                return self._answer(503, f"{error}\n".encode(), "text/plain")
            return self._answer(200, body, CONTENT_TYPE_PLAIN_0_0_4)

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads a line for every scrape."""

    try:
        server = ThreadingHTTPServer((LOOPBACK, port), Metrics)
    except OSError as error:
        raise OutsideError(
            f"port {port} cannot be listened on: {error.strerror}", mend="choose another one with --port"
        ) from error
    _until_told(server, ready)


def _until_told(server: ThreadingHTTPServer, ready: Callable[[str], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        # Shutting down waits for the loop that this handler interrupts, so somebody else has to do it.
        signal.signal(number, lambda *_: Thread(target=server.shutdown).start())
    server.daemon_threads = True
    with server:
        ready(f"http://{LOOPBACK}:{server.server_address[1]}/metrics")
        server.serve_forever(poll_interval=0.2)
