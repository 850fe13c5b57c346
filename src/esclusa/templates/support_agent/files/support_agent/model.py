"""The model server as the agent sees it: one prompt in, one completion out, or a reason why not.

The server has a single slot, so a replica has at most one request there. Whoever can do without
the model does not queue for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Usage:
    """Tokens read and written by the model."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True)
class Completion:
    """What the model wrote, and what it cost."""

    text: str
    usage: Usage


class ModelUnavailable(Exception):
    """The model cannot answer in time: `busy`, `late` or `unreachable`."""


class ModelServer:
    """The model behind `MODEL_URL`, with fixed sampling so that equal prompts get equal answers."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, temperature: float, seed: int
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._sampling = {"temperature": temperature, "seed": seed, "cache_prompt": True}
        self._slot = asyncio.Lock()

    async def complete(
        self, prompt: str, *, max_tokens: int, seconds: float, grammar: str = "", queue: bool = False
    ) -> Completion:
        """Completes `prompt` up to the end of its line, or raises `ModelUnavailable`."""
        if self._slot.locked() and not queue:
            raise ModelUnavailable("busy")
        body = {"prompt": prompt, "max_tokens": max_tokens, "stop": ["\n"], **self._sampling}
        if grammar:
            body["grammar"] = grammar
        try:
            async with asyncio.timeout(seconds), self._slot:
                return await self._post(body)
        except TimeoutError:
            raise ModelUnavailable("late") from None
        except aiohttp.ClientError as error:
            raise ModelUnavailable("unreachable") from error

    async def is_healthy(self) -> bool:
        """Whether the server says that it is ready."""
        try:
            async with asyncio.timeout(2), self._session.get(f"{self._url}/health") as response:
                return response.status == 200
        except (TimeoutError, aiohttp.ClientError):
            return False

    async def _post(self, body: dict[str, object]) -> Completion:
        async with self._session.post(f"{self._url}/v1/completions", json=body) as response:
            response.raise_for_status()
            answer = await response.json()
        usage = answer["usage"]
        return Completion(
            answer["choices"][0]["text"].strip(),
            Usage(usage["prompt_tokens"], usage["completion_tokens"]),
        )
