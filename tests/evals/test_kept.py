"""Answers that a release gave before."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from esclusa.evals.answer import Answer
from esclusa.evals.kept import Answers, Kept
from esclusa.evals.question import Message, Question
from tests.evals.fakes import MemoryAnswers

HELLO = Question(id="a", input="Hello")
ASK = {"openai": {"path": "/", "parameters": {"temperature": 0}}}
GIVEN = Kept(
    answer=Answer(text="Hi", data={"a": [1]}, model="m", tokens_in=3, tokens_out=1, seconds=0.5), cost=0.1
)


def kept(cache: MemoryAnswers, question: Question, given: Kept = GIVEN) -> None:
    async def scene() -> None:
        answers = Answers(cache, "r1", ASK)
        answers.add(question, given)
        await answers.flush()

    asyncio.run(scene())


def found(
    cache: MemoryAnswers,
    question: Question = HELLO,
    release: str = "r1",
    ask: Mapping[str, Any] = ASK,
) -> Kept | None:
    return asyncio.run(Answers(cache, release, ask).get(question))


def test_an_answer_comes_back_as_it_was_with_its_latency_and_its_cost() -> None:
    cache = MemoryAnswers()
    kept(cache, HELLO)
    assert found(cache) == GIVEN
    assert cache.releases == {"r1"}


@pytest.mark.parametrize(
    "other",
    [
        {"release": "r2"},
        {"question": Question(id="a", input="Hello", repeat=1)},
        {"ask": {"openai": {"path": "/", "parameters": {"temperature": 1}}}},
        {"question": Question(id="b", input="Hello")},
        {"question": Question(id="a", input="Hello!")},
        {"question": Question(id="a", input="Hello", turns=("And now?",))},
        {"question": Question(id="a", input=(Message(role="user", content="Hello"),))},
    ],
)
def test_it_is_the_answer_of_one_release_to_one_question_asked_in_one_way(other: dict[str, Any]) -> None:
    cache = MemoryAnswers()
    kept(cache, HELLO)
    assert found(cache, **other) is None


def test_scorers_and_expectations_have_no_part_in_it() -> None:
    cache = MemoryAnswers()
    kept(cache, HELLO)
    assert found(cache, Question(id="a", input="Hello", expected="Hi", scorers={"exact": {}}, tags=("x",)))


@pytest.mark.parametrize("kind", ["agent", "outside"])
def test_a_failure_is_not_kept(kind: Any) -> None:
    cache = MemoryAnswers()
    kept(cache, HELLO, Kept(answer=Answer(error="boom", error_kind=kind)))
    assert found(cache) is None


def test_what_cannot_be_read_any_more_is_as_if_never_kept() -> None:
    cache = MemoryAnswers()
    kept(cache, HELLO)
    cache.bodies = dict.fromkeys(cache.bodies, '{"answer": 3}')
    assert found(cache) is None


def test_without_a_cache_nothing_is_found() -> None:
    async def scene() -> Kept | None:
        answers = Answers()
        answers.add(HELLO, GIVEN)
        await answers.flush()
        return await answers.get(HELLO)

    assert asyncio.run(scene()) is None
