"""A load generator that keeps its own count: what clients saw, to compare with what the log says."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from itertools import count


@dataclass
class Answer:
    """What one client saw. Status 0: no answer at all."""

    status: int
    release: str = ""
    pid: int = 0
    variables: dict[str, str] = field(default_factory=dict)


async def ask(
    port: int,
    conversation: str = "",
    path: str = "/ask",
    headers: Iterable[str] = (),
    wait: float = 10.0,
    body: bytes = b"{}",
) -> Answer:
    """One request over a connection of its own."""
    try:
        async with asyncio.timeout(wait):
            return await _ask(port, conversation, path, headers, body)
    except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError):
        return Answer(0)


async def _ask(port: int, conversation: str, path: str, headers: Iterable[str], content: bytes) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [
            f"POST {path} HTTP/1.1",
            "host: agent",
            f"content-length: {len(content)}",
            "connection: close",
        ]
        lines += headers
        if conversation:
            lines.append(f"x-conversation-id: {conversation}")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split()[1])
        sizes = [
            line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length")
        ]
        body = await reader.readexactly(int(sizes[0])) if sizes else await reader.read()
        if status != 200 or not body.startswith(b"{"):
            return Answer(status)
        said = json.loads(body)
        return Answer(status, said["release"], said["pid"], said["variables"])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class Load:
    """Clients that go on asking, each in conversations of `turns`, until told to stop."""

    def __init__(self, port: int, *, turns: int = 1) -> None:
        self.statuses: Counter[int] = Counter()
        self.releases: Counter[str] = Counter()
        self.conversations: dict[str, list[str]] = {}
        self._port = port
        self._turns = turns
        self._numbers = count()
        self._ending = asyncio.Event()

    @property
    def errors(self) -> int:
        """Requests that a client would call failed."""
        return sum(n for status, n in self.statuses.items() if status != 200)

    @contextlib.asynccontextmanager
    async def running(self, clients: int = 4, pause: float = 0.01) -> AsyncIterator["Load"]:
        """Under load while entered; every request has been answered when it is left."""
        tasks = [asyncio.create_task(self._client(pause)) for _ in range(clients)]
        try:
            yield self
        finally:
            self._ending.set()
            await asyncio.gather(*tasks)

    async def _client(self, pause: float) -> None:
        while not self._ending.is_set():
            conversation = f"load-{next(self._numbers)}"
            for _ in range(self._turns):
                answer = await ask(self._port, conversation)
                self.statuses[answer.status] += 1
                self.releases[answer.release] += 1
                self.conversations.setdefault(conversation, []).append(answer.release)
                await asyncio.sleep(pause)
                if self._ending.is_set():
                    return
