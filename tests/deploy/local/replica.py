"""A tiny agent: a real HTTP server in a real process, told by its variables how to misbehave."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Agent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        if self.path == os.environ.get("HANG"):
            time.sleep(60)
        if told := os.environ.get("TELL"):
            print(f"{told}: {self.headers.get(told)}", flush=True)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/stream":
            return self.stream()
        if self.path == os.environ.get("CRASH_AT"):
            os._exit(1)
        if self.path == "/slow":
            time.sleep(0.8)
        if self.path == "/stuck":
            time.sleep(5)
        status = (
            500
            if self.path in ("/fail", os.environ.get("FAIL_AT"))
            else 503
            if os.environ.get("SICK")
            else 200
        )
        said = {"release": os.environ["NAME"], "pid": os.getpid(), "variables": dict(os.environ)}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for number in range(10):
            self.wfile.write(f"data: {number}\n\n".encode())
            time.sleep(0.1)
        self.close_connection = True

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    if os.environ.get("CRASH"):
        sys.exit("the model file is missing")
    if os.environ.get("CHILD") and os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    print(f"{os.environ['NAME']} listens", flush=True)
    Server(("127.0.0.1", int(sys.argv[1])), Agent).serve_forever()


if __name__ == "__main__":
    main()
