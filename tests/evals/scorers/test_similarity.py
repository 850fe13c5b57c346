"""similarity: near in meaning."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score
from esclusa.evals.scorers.similarity import Similarity
from tests.evals.fakes import ImpatientClock
from tests.evals.models import said_model
from tests.evals.scorers.asking import problem, scored


def letters(sent: dict[str, Any]) -> web.Response:
    """Embeds a text as the counts of a and b, less those of c."""
    vectors = [[text.count("a") - text.count("c"), text.count("b")] for text in sent["input"]]
    return web.json_response({"data": [{"index": n, "embedding": v} for n, v in enumerate(vectors)]})


def near(text: str, expected: Any, **settings: Any) -> Score:
    async def scene() -> Score:
        async with said_model(letters) as server:
            given = {"embeddings": {"url": server.url, "model": "e"}, **settings}
            scorer = Similarity(given, Path(), ImpatientClock())
            question = Question(id="a", input="x", expected=expected)
            assert scorer.problem(question) == ""
            return await scorer.score(question, Answer(text=text, data={"n": 3}))

    return asyncio.run(scene())


def test_it_is_the_cosine_to_the_nearest_expected_text() -> None:
    assert near("aa", ["b", "a"]) == Score(1.0, "cosine 1.00 to 'a'")
    assert near("aabb", "a").value == pytest.approx(2**-0.5)


def test_what_is_opposite_empty_or_no_text_is_worth_0() -> None:
    assert near("c", "a") == Score(0.0, "cosine -1.00 to 'a'")
    assert near(" ", "a") == Score(0.0, "the answer is empty")
    assert near("a", "a", path="n") == Score(0.0, "expected a text at `n`, found 3")


def test_a_case_needs_a_text() -> None:
    assert problem("similarity", {}) == "needs `expected`"


def test_the_encoder_here_knows_what_means_the_same_in_two_languages() -> None:
    refund = "We have refunded the money to your card."
    same = scored("similarity", {}, "Le hemos devuelto el dinero a su tarjeta.", refund).value
    other = scored("similarity", {}, "Our shop opens at nine in the morning.", refund).value
    assert same > 0.6 > 0.4 > other
