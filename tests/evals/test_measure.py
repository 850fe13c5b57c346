"""From cases to evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.case import Case
from esclusa.core.evidence import Amounts, Coverage, Evidence, Failure, Measurement, Rate, Scores
from esclusa.core.project import Price
from esclusa.evals.datasets import Dataset
from esclusa.evals.measure import cost, evidence, right
from esclusa.evals.question import Question
from esclusa.evals.suite import ScorerSpec, Suite, metrics

EXACT = ScorerSpec(uses="exact", name="exact")
RELEVANCE = ScorerSpec(uses="relevance", name="relevance")


def suite(ids: str, *scorers: ScorerSpec, tags: Mapping[str, Sequence[str]] | None = None) -> Suite:
    questions = tuple(Question(id=one, input="x", tags=tuple((tags or {}).get(one, ()))) for one in ids)
    return Suite(
        file="s.yaml",
        dataset=Dataset(file="d.jsonl", questions=questions),
        scorers=scorers or (EXACT,),
        timeout=10.0,
    )


def answered(one: str, exact: float | None = 1.0, **more: Any) -> Case:
    scores = {} if exact is None else {"exact": exact}
    usual = {"seconds": 0.5, "tokens_in": 10, "tokens_out": 5, "cost": 0.01, "model": "m", "scores": scores}
    return Case(id=one, **{**usual, **more})


def failed(one: str, kind: str = "agent", seconds: float = 0.1) -> Case:
    return Case(
        id=one,
        error="boom" if kind == "agent" else "the model server is down",
        error_kind=kind,
        seconds=seconds,
    )


def seen(made: Suite, *cases: Case, missing: Mapping[str, str] | None = None) -> Evidence:
    return evidence(made, {case.id: case for case in cases}, missing=missing or {})


def test_answers_are_counted() -> None:
    found = seen(suite("ab"), answered("a"), answered("b", 0.0, seconds=0.7, tokens_out=0, cost=0.0))
    assert found.measurements == {
        "accuracy": Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0}),
        "exact": Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0}),
        "error_rate": Rate(hits=0, n=2, cases={"a": 0.0, "b": 0.0}),
        "latency": Amounts(unit="s", cases={"a": 0.5, "b": 0.7}),
        "tokens_per_query": Amounts(unit="tokens", cases={"a": 15.0, "b": 10.0}),
        "cost_per_query": Amounts(unit="USD", cases={"a": 0.01, "b": 0.0}),
    }
    assert (found.missing, found.failure, found.coverage) == ({}, None, Coverage(total=2, seen=2))


def test_what_measurements_share_is_kept_once() -> None:
    found = seen(suite("ab"), answered("a", tokens_in=1000), answered("b", 0.0, tokens_in=1000)).measurements
    accuracy, exact, tokens = found["accuracy"], found["exact"], found["tokens_per_query"]
    assert isinstance(accuracy, Rate)
    assert isinstance(exact, Rate)
    assert isinstance(tokens, Amounts)
    assert accuracy.cases is exact.cases
    assert tokens.cases["a"] is tokens.cases["b"]


def test_an_error_of_the_agent_scores_0_counts_as_an_error_and_takes_as_long_as_the_timeout() -> None:
    found = seen(
        suite("ab", EXACT, RELEVANCE), answered("a", scores={"exact": 1.0, "relevance": 0.9}), failed("b")
    )
    assert found.measurements == {
        "accuracy": Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0}),
        "exact": Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0}),
        "relevance": Scores(cases={"a": 0.9, "b": 0.0}),
        "error_rate": Rate(hits=1, n=2, cases={"a": 0.0, "b": 1.0}),
        "latency": Amounts(unit="s", cases={"a": 0.5, "b": 10.0}),
        "tokens_per_query": Amounts(unit="tokens", cases={"a": 15.0}),
        "cost_per_query": Amounts(unit="USD", cases={"a": 0.01}),
    }
    assert found.coverage == Coverage(
        total=2,
        seen=1,
        errored=1,
        notes=(
            "1 case scored 0: the agent failed",
            "relevance ranks among 2 cases; 20 or more make it telling",
        ),
    )


def test_what_failed_outside_and_what_was_not_run_is_unseen_everywhere() -> None:
    found = seen(suite("abc"), answered("a"), failed("b", "outside"))
    unseen = ("b", "c")
    assert found.measurements == {
        "accuracy": Rate(hits=1, n=1, cases={"a": 1.0}, unseen=unseen),
        "exact": Rate(hits=1, n=1, cases={"a": 1.0}, unseen=unseen),
        "error_rate": Rate(hits=0, n=1, cases={"a": 0.0}, unseen=unseen),
        "latency": Amounts(unit="s", cases={"a": 0.5}, unseen=unseen),
        "tokens_per_query": Amounts(unit="tokens", cases={"a": 15.0}, unseen=unseen),
        "cost_per_query": Amounts(unit="USD", cases={"a": 0.01}, unseen=unseen),
    }
    assert found.coverage == Coverage(
        total=3,
        seen=1,
        errored=1,
        not_run=1,
        notes=("1 case unseen: the model server is down", "1 case not run"),
    )
    assert found.failure is None


def test_a_case_that_a_scorer_failed_on_is_unseen_for_that_scorer_and_for_accuracy() -> None:
    found = seen(suite("ab"), answered("a"), answered("b", None, explanations={"exact": "scorer error: x"}))
    assert found.measurements["accuracy"] == Rate(hits=1, n=1, cases={"a": 1.0}, unseen=("b",))
    assert found.measurements["exact"] == Rate(hits=1, n=1, cases={"a": 1.0}, unseen=("b",))
    assert found.measurements["error_rate"] == Rate(hits=0, n=2, cases={"a": 0.0, "b": 0.0})


def test_a_suite_that_saw_nothing_has_failed() -> None:
    found = seen(suite("ab"), failed("a", "outside"), failed("b", "outside"))
    assert found.measurements == {}
    assert found.failure == Failure(reason="outside", message="no case was seen: the model server is down")
    assert set(found.missing.values()) == {"no case was seen: the model server is down"}
    assert seen(suite("a")).failure == Failure(
        reason="outside", message="no case was seen: no case could be asked"
    )


def test_an_agent_that_failed_every_case_was_seen() -> None:
    found = seen(suite("a"), failed("a"))
    assert found.failure is None
    assert found.measurements["accuracy"] == Rate(hits=0, n=1, cases={"a": 0.0})
    assert found.missing == {"tokens_per_query": "no answer came", "cost_per_query": "no answer came"}


def test_when_answers_that_stream_began_is_measured_and_a_failed_one_takes_as_long_as_the_timeout() -> None:
    found = seen(suite("abc"), answered("a", first_token=0.2), answered("b", first_token=0.1), failed("c"))
    assert found.measurements["time_to_first_token"] == Amounts(
        unit="s", cases={"a": 0.2, "b": 0.1, "c": 10.0}
    )


def test_an_answer_that_did_not_stream_among_those_that_did_makes_their_beginning_missing() -> None:
    found = seen(suite("ab"), answered("a", first_token=0.2), answered("b"))
    assert "time_to_first_token" not in found.measurements
    assert found.missing == {
        "time_to_first_token": "1 of 2 answers did not come as a stream; mend: let the agent stream them all"
    }


def test_one_answer_without_tokens_makes_tokens_and_cost_missing() -> None:
    found = seen(suite("ab"), answered("a"), answered("b", tokens_in=None, cost=None))
    reason = (
        "1 of 2 answers do not say how many tokens they used; mend: let the agent return `usage` with"
        " prompt_tokens and completion_tokens, 0 where no model was asked"
    )
    assert found.missing == {"tokens_per_query": reason, "cost_per_query": reason}


def test_a_model_without_a_price_makes_cost_missing_and_says_how_to_mend_it() -> None:
    found = seen(suite("ab"), answered("a"), answered("b", cost=None, model="gpt-x"))
    assert found.missing == {
        "cost_per_query": "no price for the model gpt-x; mend: add `prices: {gpt-x: {input: 0, output: 0}}`,"
        " in USD for a million tokens, to esclusa.yaml"
    }
    assert "tokens_per_query" in found.measurements


def test_an_answer_without_a_model_makes_cost_missing() -> None:
    found = seen(suite("a"), answered("a", cost=None, model=""))
    assert found.missing == {
        "cost_per_query": "some answers do not name their model; mend: let the agent return `model`"
    }


@pytest.mark.parametrize(
    ("given", "usd"),
    [
        ((1_000_000, 500_000, Price(input=2, output=4)), 4.0),
        ((10, 10, Price(input=0, output=0)), 0.0),
        ((10, 10, None), None),
        ((None, 10, Price(input=1, output=1)), None),
        ((10, None, Price(input=1, output=1)), None),
    ],
)
def test_a_price_of_0_is_a_price_and_no_price_is_not(given: tuple[Any, Any, Any], usd: float | None) -> None:
    assert cost(*given) == usd


def test_a_scorer_that_cannot_measure_is_missing_with_its_reason() -> None:
    found = seen(suite("a", EXACT, RELEVANCE), answered("a"), missing={"relevance": "there is only one case"})
    assert found.missing == {"relevance": "there is only one case"}


def test_a_scorer_that_failed_everywhere_is_missing_with_what_it_said() -> None:
    torn = answered("a", None, explanations={"exact": "scorer error: ValueError: x\nTraceback"})
    reason = "every case failed in the scorer: scorer error: ValueError: x"
    assert seen(suite("a"), torn).missing == {"accuracy": reason, "exact": reason}


def test_accuracy_without_a_scorer_for_it_is_missing() -> None:
    found = seen(
        suite("ab", RELEVANCE),
        answered("a", scores={"relevance": 1.0}),
        answered("b", scores={"relevance": 0.5}),
    )
    assert found.missing == {
        "accuracy": "no scorer of the suite says right or wrong; mend: add one of exact, contains, regex,"
        " numeric, json_schema, tool_calls, or mark one `accuracy: true`"
    }
    assert found.measurements["relevance"] == Scores(cases={"a": 1.0, "b": 0.5})


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ({"exact": 1.0, "judge": 0.7}, 1.0),
        ({"exact": 1.0, "judge": 0.6}, 0.0),
        ({"exact": 0.0, "judge": 0.9}, 0.0),
        ({"exact": 0.0}, 0.0),
        ({"exact": 1.0}, None),
        ({}, None),
    ],
)
def test_a_case_is_right_if_all_who_have_a_say_agree(scores: dict[str, float], verdict: float | None) -> None:
    made = suite(
        "a",
        ScorerSpec(uses="exact", name="exact", accuracy=True),
        ScorerSpec(uses="judge", name="judge", accuracy=True, at_least=0.7),
    )
    assert right(made, Case(id="a", scores=scores)) == verdict


def test_each_tag_is_a_slice() -> None:
    made = suite("abc", tags={"a": ["es"], "b": ["es", "hard"]})
    found = seen(made, answered("a"), answered("b", 0.0), answered("c"))
    assert list(found.slices) == ["es", "hard"]
    assert found.slices["es"]["accuracy"] == Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0})
    assert found.slices["hard"]["latency"] == Amounts(unit="s", cases={"b": 0.5})


def test_evidence_is_about_the_suite() -> None:
    made = suite("a")
    assert seen(made, answered("a")).subject == made.subject


CASE = st.one_of(
    st.none(),
    st.builds(lambda exact: answered("?", exact), st.sampled_from([None, 0.0, 1.0])),
    st.builds(lambda: failed("?")),
    st.builds(lambda: failed("?", "outside")),
    st.builds(lambda: answered("?", tokens_in=None, cost=None)),
)


def parts(measurement: Measurement) -> tuple[set[str], set[str]]:
    assert isinstance(measurement, Rate | Scores | Amounts)
    return set(measurement.cases), set(measurement.unseen)


@given(st.lists(CASE, min_size=1, max_size=12))
def test_every_case_is_in_exactly_one_place(drawn: list[Case | None]) -> None:
    ids = [chr(ord("a") + number) for number in range(len(drawn))]
    made = suite("".join(ids), EXACT, RELEVANCE)
    cases = {
        one: Case(**{**{name: getattr(case, name) for name in case.__struct_fields__}, "id": one})
        for one, case in zip(ids, drawn, strict=True)
        if case is not None
    }
    found = evidence(made, cases)
    coverage = found.coverage
    assert coverage is not None
    assert coverage.total == coverage.seen + coverage.errored + coverage.not_run == len(ids)
    assert set(found.measurements) | set(found.missing) >= {metric.name for metric in metrics(made)}
    assert not set(found.measurements) & set(found.missing)
    for name, measurement in found.measurements.items():
        values, unseen = parts(measurement)
        assert not values & unseen
        if name not in ("tokens_per_query", "cost_per_query"):
            assert values | unseen == set(ids)
        if isinstance(measurement, Rate):
            assert (measurement.hits, measurement.n) == (sum(measurement.cases.values()), len(values))
