"""The agent that is asked: an HTTP server of its own process, cheap enough not to be what is measured.

    python -m benchmarks.evals.agent [SECONDS]

Prints its port. Every POST is answered after SECONDS (0.05) with a chat completion: `right`, or `wrong` where
the number at the end of the question is a multiple of 50, which is 2 % of them.
"""

import asyncio
import json
import re
import sys

import msgspec

NUMBER = re.compile(rb"case (\d+)")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
WRONG = 50


class Agent(asyncio.Protocol):
    """One connection. Requests come one after the other; none is answered before the last one was."""

    def __init__(self, seconds: float, asked: list[bytes]) -> None:
        self._seconds = seconds
        self._asked = asked
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, rest = self._data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if found and length and len(rest) >= int(length[1]):
            self._data = b""
            self._answer(rest)

    def _answer(self, body: bytes) -> None:
        number = NUMBER.search(body)
        assert number is not None
        text = "wrong" if int(number[1]) % WRONG == 0 else "right"
        self._asked.append(number[1])
        asyncio.get_running_loop().call_later(self._seconds, self._send, completion(text))

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def completion(text: str) -> bytes:
    """A whole HTTP response with a chat completion."""
    body = msgspec.json.encode(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "bench",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 13},
        }
    )
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(seconds: float) -> None:
    """Until it is killed; what was asked is told to whoever sends SIGTERM, by the way it ends."""
    asked: list[bytes] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Agent(seconds, asked), "127.0.0.1", 0, backlog=1024)
    print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) if len(sys.argv) > 1 else 0.05))
