"""The agent over HTTP: an OpenAI-compatible chat endpoint and a health check."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable

import aiohttp
from aiohttp import web

from support_agent.agent import Agent, Answer
from support_agent.model import ModelServer, ModelUnavailable

BuildAgent = Callable[[ModelServer], Agent]


class Service:
    """The routes of one replica."""

    def __init__(self, build: BuildAgent, model_url: str, model_name: str, sampling: dict) -> None:
        self._build = build
        self._model_url = model_url
        self._model_name = model_name
        self._sampling = sampling
        self._agent: Agent
        self._model: ModelServer

    def app(self) -> web.Application:
        """The aiohttp application. The agent is built when it starts."""
        app = web.Application()
        app.router.add_get("/health", self.health)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.cleanup_ctx.append(self._lifetime)
        return app

    async def health(self, request: web.Request) -> web.Response:
        """200 when the agent is loaded and its model server answers, else 503."""
        if await self._model.is_healthy():
            return web.json_response({"status": "ok"})
        return web.json_response({"status": "the model server does not answer"}, status=503)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """`POST /v1/chat/completions`."""
        try:
            body = await request.json()
            messages = _customer_messages(body)
        except (ValueError, TypeError, KeyError, AttributeError):
            return _error(400, "expected JSON with at least one message of role user")
        try:
            conversation = request.headers.get("x-conversation-id", "")
            answer = await self._agent.answer(messages, conversation)
        except ModelUnavailable as reason:
            return _error(503, f"the model is {reason}")
        headers = {"x-agent-intent": answer.intent}
        if body.get("stream"):
            return await self._stream(request, answer, headers)
        return web.json_response(self._completion(answer), headers=headers)

    async def _lifetime(self, app: web.Application) -> AsyncIterator[None]:
        # A connection of its own for each question: a kept one may be closed just as it is used.
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            self._model = ModelServer(session, self._model_url, **self._sampling)
            self._agent = self._build(self._model)
            yield

    async def _stream(
        self, request: web.Request, answer: Answer, headers: dict[str, str]
    ) -> web.StreamResponse:
        """The whole answer as one event: it is known only when its facts are."""
        response = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        chunk = self._completion(answer) | {"object": "chat.completion.chunk"}
        choice = chunk["choices"][0]
        choice["delta"] = choice.pop("message")
        await response.write(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())
        await response.write_eof()
        return response

    def _completion(self, answer: Answer) -> dict:
        usage = answer.usage
        return {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self._model_name,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": answer.text},
                    "finish_reason": "stop",
                }
            ],
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            },
            "metadata": {
                "intent": answer.intent,
                "language": answer.language,
                "tool": answer.tool,
                "decided_by": answer.decided_by,
                "written_by": answer.written_by,
                "fallback": answer.fallback,
            },
        }


def _customer_messages(body: dict) -> list[str]:
    messages = [turn["content"] for turn in body["messages"] if turn["role"] == "user"]
    if not messages or not all(isinstance(text, str) and text.strip() for text in messages):
        raise ValueError("no message of role user")
    return messages


def _error(status: int, message: str) -> web.Response:
    kind = "invalid_request_error" if status == 400 else "model_unavailable"
    return web.json_response({"error": {"message": message, "type": kind}}, status=status)
