"""Kept answers: what a release answered once need not be asked again, if its suite says so.

An answer is kept under the release, the question, which asking of it that was, and how the agent is asked;
scorers have no part in it, so that a changed scorer scores the same answers. Only answers are kept, never
failures. What is not of the release, such as a model server's weights, is not looked at.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from esclusa.core.errors import StateError
from esclusa.core.ports import AnswerCache
from esclusa.core.value import EMPTY, decode, digest, encode
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, with the latency it had, and what it cost then."""

    answer: Answer
    cost: float | None = None


class Answers:
    """Of one release, asked in one way. Without a cache nothing is found, and nothing kept."""

    def __init__(
        self, cache: AnswerCache | None = None, release: str = "", ask: Mapping[str, Any] = EMPTY
    ) -> None:
        self._cache = cache
        self._release = release
        self._ask = digest(ask)
        self._waiting: dict[str, str] = {}

    async def get(self, question: Question) -> Kept | None:
        """The answer of before. What cannot be read any more is as if never kept."""
        if self._cache is None:
            return None
        body = await asyncio.to_thread(self._cache.get, self._key(question))
        try:
            return None if body is None else decode(Kept, body)
        except StateError:
            return None

    def add(self, question: Question, kept: Kept) -> None:
        """To be kept with the next flush."""
        if self._cache is not None and not kept.answer.error_kind:
            self._waiting[self._key(question)] = encode(kept).decode()

    async def flush(self) -> None:
        """Durable when it returns. One that is lost is only asked again."""
        batch, self._waiting = self._waiting, {}
        if batch and self._cache is not None:
            await asyncio.to_thread(self._cache.put, self._release, batch)

    def _key(self, question: Question) -> str:
        asked = [question.id, question.input, question.turns, question.repeat]
        return digest([self._release, self._ask, *asked])
