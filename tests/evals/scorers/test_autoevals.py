"""autoevals: metrics of another library as scorers."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, SuiteScorer, build_scorer

Foreign = importlib.import_module("autoevals").Scorer
Given = importlib.import_module("autoevals").Score


def scored(settings: dict[str, Any], text: str = "Hello", expected: Any = UNSET, **more: Any) -> Score:
    scorer = build_scorer("autoevals", settings, Path())
    assert not isinstance(scorer, SuiteScorer)
    question = Question(id="a", input="Hi", expected=expected, **more)
    assert scorer.problem(question) == ""
    return asyncio.run(scorer.score(question, Answer(text=text, data={"n": 9})))


def test_its_score_is_ours() -> None:
    assert scored({"metric": "Levenshtein"}, "Hell", "Hello") == Score(0.8)
    assert scored(
        {"metric": "NumericDiff", "path": "n", "expected": "n"}, expected={"n": 10}
    ).value == pytest.approx(18 / 19)
    assert scored({"metric": "NumericDiff", "path": "m"}) == Score(0.0, "there is no `m` in the response")


class Told(Foreign):  # type: ignore[misc]
    """Says what it was called with."""

    def __init__(self, **made: Any) -> None:
        self._made = made

    def _run_eval_sync(self, output: Any, expected: Any = None, **more: Any) -> Any:
        if more.get("fail"):
            raise KeyError(self._made["api_key"])
        told = f"{self._made} {output} {expected} {more}"
        return Given(name="told", score=more.get("value", 1), metadata={"rationale": told})


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("autoevals"), "Told", Told, raising=False)
    monkeypatch.setenv("JUDGE_KEY", "sk-very-secret-key")


MODEL = {"url": "http://127.0.0.1:1/v1", "model": "m", "key": "JUDGE_KEY"}


def test_it_is_made_with_its_arguments_and_called_with_all_there_is() -> None:
    settings = {"metric": "Told", "arguments": {"depth": 2}, "with": {"tone": "kind"}}
    assert scored(settings, contexts=("Two days.",)).explanation == (
        "{'depth': 2} Hello None {'input': 'Hi', 'context': ['Two days.'], 'tone': 'kind'}"
    )
    asked = scored({"metric": "Told", "model": {**MODEL, "key": ""}}).explanation
    assert asked.startswith("{'model': 'm', 'base_url': 'http://127.0.0.1:1/v1', 'api_key': 'none'}")


def test_what_it_raises_and_no_score_are_failures_without_the_key() -> None:
    with pytest.raises(RuntimeError, match=r"^KeyError: '\*\*\*'$"):
        scored({"metric": "Told", "model": MODEL, "with": {"fail": True}})
    with pytest.raises(ValueError, match=r"^it gave no score: .*\*\*\*"):
        scored({"metric": "Told", "model": MODEL, "with": {"value": None}})
    with pytest.raises(RuntimeError, match=r"^ValueError: LevenshteinScorer requires an expected value$"):
        scored({"metric": "Levenshtein"})


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (
            {"metric": "Levenstein"},
            r"^metric: unknown metric of autoevals 'Levenstein'; did you mean 'Levenshtein'\?",
        ),
        ({"metric": "Scorer"}, r"^metric: unknown metric of autoevals 'Scorer'"),
        (
            {"metric": "Levenshtein", "arguments": {"x": 1}},
            r"^arguments: `Levenshtein` cannot be made: TypeError",
        ),
        ({"metric": "Told", "model": {"url": "x", "model": "m"}}, r"^model\.url: expected an address"),
        (
            {"metric": "Told", "model": {**MODEL, "key": "NO_KEY"}},
            r"^model\.key: the environment variable NO_KEY",
        ),
    ],
)
def test_mistakes_are_found_before_anything_is_asked(settings: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigurationError, match=error):
        scored(settings)


def test_where_it_is_not_installed_the_mend_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> Any:
        raise ImportError

    scorer = build_scorer("autoevals", {"metric": "Levenshtein"}, Path())
    assert not isinstance(scorer, SuiteScorer)
    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ConfigurationError, match=r"^autoevals is not installed\n  mend: pip install"):
        scorer.problem(Question(id="a", input="x"))
