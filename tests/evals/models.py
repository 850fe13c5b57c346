"""A model behind an OpenAI-compatible endpoint that says what a test wants it to, and remembers what it was sent."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.evals.servers import completion, served

Reply = web.StreamResponse | dict[str, Any] | str


class SaidModel:
    """Answers each request with the next reply (the last one again and again); a mapping is sent as JSON content."""

    def __init__(self, *replies: Reply | Callable[[dict[str, Any]], Reply]) -> None:
        self._replies = list(replies)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append({"path": request.path, **json.loads(await request.text())})
        self.headers.append({key.lower(): value for key, value in request.headers.items()})
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if callable(reply) and not isinstance(reply, web.StreamResponse):
            reply = reply(self.asked[-1])
        if isinstance(reply, web.StreamResponse):
            return reply
        text = reply if isinstance(reply, str) else json.dumps(reply)
        return completion(text, model="judge-1", usage={"prompt_tokens": 50, "completion_tokens": 5})


@asynccontextmanager
async def said_model(*replies: Reply | Callable[[dict[str, Any]], Reply]) -> AsyncIterator[SaidModel]:
    """The model, served; `url` is its address."""
    model = SaidModel(*replies)
    async with served(model.handle) as url:
        model.url = f"{url}/v1"
        yield model
