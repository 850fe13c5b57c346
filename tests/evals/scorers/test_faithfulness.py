"""faithfulness: claims that the texts support."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score
from esclusa.evals.scorers.faithfulness import Faithfulness
from tests.evals.fakes import ImpatientClock
from tests.evals.models import SaidModel, said_model
from tests.evals.scorers.asking import problem

MODEL = {"url": "http://127.0.0.1:1", "model": "m"}


def claims(**supported: bool) -> dict[str, Any]:
    return {"claims": [{"claim": claim, "supported": told} for claim, told in supported.items()]}


def scored(
    reply: Any, contexts: Any = ("Two days.",), data: Any = None, **settings: Any
) -> tuple[Score, SaidModel]:
    async def scene() -> tuple[Score, SaidModel]:
        async with said_model(reply) as server:
            scorer = Faithfulness(
                {"model": {"url": server.url, "model": "m"}, **settings}, Path(), ImpatientClock()
            )
            question = Question(id="a", input="When?", contexts=contexts)
            assert scorer.problem(question) == ""
            return await scorer.score(question, Answer(text="In two days, for free.", data=data)), server

    return asyncio.run(scene())


def test_it_is_the_share_of_the_claims_that_are_supported() -> None:
    assert scored(claims(days=True, price=True))[0] == Score(1.0, "2 of 2 claims are supported")
    assert scored(claims(days=True, price=False))[0] == Score(
        0.5, "1 of 2 claims are supported; not: 'price'"
    )
    assert scored(claims())[0] == Score(1.0, "it claims nothing")


def test_the_texts_are_the_cases_own_or_those_that_the_agent_found() -> None:
    def shown(server: SaidModel) -> Any:
        return json.loads(server.asked[0]["messages"][1]["content"])

    assert shown(scored(claims())[1]) == {
        "conversation": [{"role": "user", "content": "When?"}],
        "answer": "In two days, for free.",
        "texts": ["Two days."],
    }
    found = scored(claims(), UNSET, {"found": [{"text": "Free."}]}, path="found")[1]
    assert shown(found)["texts"] == ["Free."]


def test_an_agent_that_tells_no_texts_is_worth_0_and_the_model_is_not_asked() -> None:
    score, server = scored(claims(), data={}, path="found")
    assert (score, server.asked) == (Score(0.0, "expected a list of texts at `found`, found none"), [])


def test_mistakes_are_found_before_anything_is_asked() -> None:
    assert (
        problem("faithfulness", {"model": MODEL}) == "needs `contexts`, or a `path` to what the agent found"
    )
    with pytest.raises(ConfigurationError, match=r"^model\.url: expected a value, found nothing"):
        problem("faithfulness", {"model": {"model": "m"}})
