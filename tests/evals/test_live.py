"""Live conversations, scored by what scores them in a suite."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.project import Price
from esclusa.core.traffic import Exchange
from esclusa.core.value import EMPTY, replace
from esclusa.evals.live import LiveScoring, live_metrics
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite, load_suite
from esclusa.system import SystemClock

SCORERS = "[exact, {regex: {name: polite, pattern: please}}, {contains: {name: safe, forbid: [password]}}]"
PRICES = {"m": Price(input=10.0, output=20.0)}


def suite_of(directory: Path, scorers: str = SCORERS) -> Suite:
    (directory / "cases.jsonl").write_text('{"id": "a", "input": "Hi", "expected": "Hello"}\n')
    (directory / "suite.yaml").write_text(f"dataset: cases.jsonl\nscorers: {scorers}\n")
    return load_suite(directory / "suite.yaml")


def scoring(directory: Path, scorers: str = SCORERS, ask: Mapping[str, Any] = EMPTY) -> LiveScoring:
    subject = build_subject(ask or {"openai": "/v1/chat/completions"}, Site(clock=SystemClock()))
    return LiveScoring(suite_of(directory, scorers), subject, PRICES)


def said(text: str, *, model: str = "m", status: int = 200) -> Exchange:
    """A chat completion that was answered so."""
    answer = {
        "model": model,
        "choices": [{"message": {"content": text}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50},
    }
    return Exchange(
        id="1",
        conversation=None,
        begins=True,
        arm="new",
        started=0.0,
        path="/v1/chat/completions",
        status=status,
        request=json.dumps({"messages": [{"role": "user", "content": "Hi"}]}).encode(),
        response=json.dumps(answer).encode(),
    )


def worth(directory: Path, exchange: Exchange) -> Mapping[str, float]:
    return asyncio.run(scoring(directory).score(exchange))


def test_only_scorers_that_expect_nothing_are_live(tmp_path: Path) -> None:
    assert live_metrics(suite_of(tmp_path)) == ("polite", "safe", "tokens_per_query", "cost_per_query")


def test_an_answer_is_worth_its_scores_its_tokens_and_its_cost(tmp_path: Path) -> None:
    assert worth(tmp_path, said("please wait")) == {
        "polite": 1.0,
        "safe": 1.0,
        "tokens_per_query": 150.0,
        "cost_per_query": pytest.approx(0.002),
    }


def test_what_is_not_known_is_left_out_and_an_agent_that_fails_scores_nothing(tmp_path: Path) -> None:
    assert worth(tmp_path, said("no", model="dearer")).keys() == {"polite", "safe", "tokens_per_query"}
    nothing = {"polite": 0.0, "safe": 0.0}
    assert worth(tmp_path, said("please", status=503)) == nothing
    assert worth(tmp_path, replace_response(said("please"), b"<html>")) == nothing


def replace_response(exchange: Exchange, response: bytes, **more: Any) -> Exchange:
    return Exchange(
        **{**{n: getattr(exchange, n) for n in exchange.__struct_fields__}, "response": response, **more}
    )


def test_what_is_longer_than_was_recorded_is_not_measured_and_said(tmp_path: Path) -> None:
    live = scoring(tmp_path)
    assert asyncio.run(live.score(replace_response(said("please"), b"{", whole=False))) == {}
    assert live.trouble == "some conversations are longer than what is recorded of them"


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        ({}, True),
        ({"path": "/v1/chat/completions?trace=1"}, True),
        ({"status": 500}, True),
        ({"path": "/v1/models"}, False),
        ({"status": 404}, False),
        ({"status": 0}, False),
        ({"outside": True, "status": 503}, False),
        ({"request": b"not json"}, False),
    ],
)
def test_only_what_asks_the_agent_something_is_scored(
    tmp_path: Path, change: dict[str, Any], concerned: bool
) -> None:
    exchange = replace_response(said("please"), said("please").response, **change)
    assert scoring(tmp_path).concerns(exchange) is concerned


def test_an_agent_that_is_not_asked_over_http_cannot_be_overheard(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        scoring(tmp_path, ask={"python": "agent:ask"})


def test_a_scorer_that_compares_with_other_questions_has_those_of_the_suite(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, "[relevance]")
    (tmp_path / "cases.jsonl").write_text(
        '{"id": "a", "input": "where is my parcel", "expected": ""}\n'
        '{"id": "b", "input": "how do I bake bread", "expected": ""}\n'
    )
    suite = load_suite(tmp_path / "suite.yaml")
    subject = build_subject({"openai": "/v1/chat/completions"}, Site(clock=SystemClock()))
    live = LiveScoring(suite, subject, {})
    asked = said("Your parcel is on its way to you")
    asked = replace_response(
        asked,
        asked.response,
        request=json.dumps({"messages": [{"role": "user", "content": "my parcel has not come"}]}).encode(),
    )
    good = asyncio.run(live.score(asked))
    bad = asyncio.run(live.score(replace_response(asked, said("Knead the dough and bake it").response)))
    assert good["relevance"] > bad["relevance"] == 0.0
    assert replace(suite, seed=1).directory == tmp_path
