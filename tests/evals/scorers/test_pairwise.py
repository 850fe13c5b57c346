"""pairwise: asked twice, with the answers in either order."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score
from esclusa.evals.scorers.pairwise import Pairwise
from tests.evals.fakes import ImpatientClock
from tests.evals.models import SaidModel, said_model
from tests.evals.scorers.asking import problem

MODEL = {"url": "http://127.0.0.1:1", "model": "m"}


def compared(
    choose: Callable[[str, str], str], directory: Path = Path(), **settings: Any
) -> tuple[Score, SaidModel]:
    """The score of the answer `mine`, given what a judge chooses of two texts."""

    def reply(sent: dict[str, Any]) -> dict[str, str]:
        material = json.loads(sent["messages"][1]["content"])
        choice = choose(material["first"], material["second"])
        return {"reason": f"of {material['first']} and {material['second']}", "choice": choice}

    async def scene() -> tuple[Score, SaidModel]:
        async with said_model(reply) as server:
            given = {"model": {"url": server.url, "model": "m"}, **settings}
            scorer = Pairwise(given, directory, ImpatientClock())
            question = Question(id="a", input="Hi", expected="theirs")
            assert scorer.problem(question) == ""
            return await scorer.score(question, Answer(text="mine", data={})), server

    return asyncio.run(scene())


@pytest.mark.parametrize(
    ("choose", "score"),
    [
        (lambda first, _: "first" if first == "mine" else "second", Score(1.0, "of mine and theirs")),
        (lambda first, _: "second" if first == "mine" else "first", Score(0.0, "of mine and theirs")),
        (lambda *_: "tie", Score(0.5, "of mine and theirs")),
        (lambda first, _: "first" if first == "mine" else "tie", Score(0.75, "of mine and theirs")),
        (lambda *_: "first", Score(0.5, "undecided: the first answer was preferred in either order")),
        (lambda *_: "second", Score(0.5, "undecided: the second answer was preferred in either order")),
    ],
)
def test_the_worth_is_what_both_orders_come_to(choose: Callable[[str, str], str], score: Score) -> None:
    found, server = compared(choose)
    assert (found, len(server.asked)) == (score, 2)


def test_the_other_answer_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text('{"id": "a", "answer": ""}\n\n{"id": "b", "answer": "x"}\n')
    found, _ = compared(lambda first, _: "first" if first == "" else "second", tmp_path, file="old.jsonl")
    assert found == Score(0.0, "of mine and ")
    assert problem("pairwise", {"model": MODEL, "file": "old.jsonl"}, directory=tmp_path) == ""
    (tmp_path / "old.jsonl").write_text('{"id": "b", "answer": "x"}\n')
    lacking = problem("pairwise", {"model": MODEL, "file": "old.jsonl"}, directory=tmp_path)
    assert lacking == "needs an answer in old.jsonl"


def test_a_part_that_is_not_there_is_worth_0() -> None:
    assert compared(lambda *_: "tie", path="reply")[0] == Score(0.0, "there is no `reply` in the response")


def test_mistakes_are_found_before_anything_is_asked(tmp_path: Path) -> None:
    assert problem("pairwise", {"model": MODEL}) == "needs `expected`"
    assert problem("pairwise", {"model": MODEL}, 3) == "needs a text in `expected`"
    with pytest.raises(ConfigurationError, match=r"^file: expected `file` or `expected`, found both"):
        problem("pairwise", {"model": MODEL, "file": "x", "expected": "y"})
    (tmp_path / "old.jsonl").write_text('{"id": "a", "answer": "x"}\n{"id": "b"}\n')
    with pytest.raises(ConfigurationError, match=r"old\.jsonl:2: expected a line with `id` and `answer`"):
        problem("pairwise", {"model": MODEL, "file": "old.jsonl"}, directory=tmp_path)
