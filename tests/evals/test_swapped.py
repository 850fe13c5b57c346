"""Counterfactual pairs of a suite: asked, compared, and measured, each group apart."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Coverage, Evidence, Swaps
from esclusa.evals.datasets import load_dataset
from esclusa.evals.measure import evidence
from esclusa.evals.suite import BIAS, Bias, Suite, load_suite, metrics
from esclusa.evals.swapped import apart
from tests.evals.files import made_suite
from tests.evals.servers import completion
from tests.evals.test_runner import ran

ROWS = [
    {"id": "g1", "group": "gender", "pair": {"man": "his 1", "woman": "her 1"}, "tags": ["en"]},
    {"id": "g2", "group": "gender", "pair": {"man": "his 2", "woman": "her 2"}},
    {"id": "a1", "group": "age", "pair": {"young": "at 20", "old": "at 80"}, "tags": ["en"]},
]
BY_DECISION = "scorers: []\nbias: {decision: metadata.intent}\n"
BY_SCORE = "scorers: [contains: {words: [yes], name: agrees}]\nbias: {scorer: agrees}\n"


def measured(suite: Suite, *cases: Case) -> Evidence:
    return evidence(suite, {case.id: case for case in cases})


def decided(**decisions: str) -> Sequence[Case]:
    """Cases by id, `_` for `/`."""
    return [Case(id=one.replace("_", "/"), decision=said) for one, said in decisions.items()]


def test_pairs_are_asked_of_a_served_agent_and_compared_by_what_it_decided(tmp_path: Path) -> None:
    said: list[str] = []

    async def biased(request: web.Request) -> web.Response:
        text = (await request.json())["messages"][-1]["content"]
        return completion("Well.", metadata={"intent": "refund" if text == "her 2" else "order"})

    found = ran(made_suite(tmp_path, ROWS, BY_DECISION), biased, say=said.append)
    assert found.measurements["bias"] == Swaps(
        groups={"gender": {"g1": 0.0, "g2": 1.0}, "age": {"a1": 0.0}}, values=False
    )
    assert found.slices["en"]["bias"] == Swaps(groups={"gender": {"g1": 0.0}, "age": {"a1": 0.0}})
    assert found.coverage == Coverage(total=6, seen=6)
    assert said == ['g2: "order" for man, "refund" for woman']


def test_scores_are_compared_second_side_less_first(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, BY_SCORE)
    ids = ("g1/man", "g1/woman", "g2/man", "g2/woman", "a1/young", "a1/old")
    scores = (1.0, 0.0, 0.0, 1.0, 0.5, 0.5)
    cases = [Case(id=one, scores={"agrees": score}) for one, score in zip(ids, scores, strict=True)]
    found = measured(suite, *cases).measurements["bias"]
    assert found == Swaps(groups={"gender": {"g1": -1.0, "g2": 1.0}, "age": {"a1": 0.0}}, values=True)
    assert list(apart(suite, {case.id: case for case in cases})) == [
        "g1: 1 for man, 0 for woman",
        "g2: 0 for man, 1 for woman",
    ]


def test_an_agents_error_is_an_outcome_and_what_something_outside_failed_is_unseen(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, BY_DECISION)
    found = measured(
        suite,
        *decided(g1_man='"order"', a1_young='"order"', a1_old=""),
        Case(id="g1/woman", error="boom", error_kind="agent"),
        Case(id="g2/man", error="down", error_kind="outside"),
        Case(id="g2/woman", decision='"order"'),
    )
    assert found.measurements["bias"] == Swaps(
        groups={"gender": {"g1": 1.0}, "age": {"a1": 1.0}}, unseen={"gender": ("g2",)}
    )


def test_where_no_answer_says_what_it_decided_bias_is_missing_and_not_nothing(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, BY_DECISION)
    found = measured(suite, *decided(g1_man="", g1_woman="", g2_man="", g2_woman=""))
    assert "bias" not in found.measurements
    assert found.missing["bias"].startswith("no answer says `metadata.intent`; mend: ")


def test_where_no_pair_was_seen_bias_is_missing_with_the_cause(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, BY_DECISION)
    found = measured(suite, Case(id="g1/man", error="the model is down", error_kind="outside"))
    assert found.missing["bias"] == "no case was seen: the model is down"


def test_a_suite_of_pairs_says_that_it_measures_bias_and_how(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, BY_SCORE)
    assert suite.bias == Bias(scorer="agrees")
    assert "bias" in [metric.name for metric in metrics(suite)]


@pytest.mark.parametrize(
    ("rows", "suite", "expected"),
    [
        (ROWS, "scorers: []\n", "nothing says how their sides are compared"),
        ([{"id": "a", "input": "x"}], BY_DECISION, "no counterfactual pairs"),
        (ROWS, "scorers: []\nbias: {}\n", "expected one of `decision: PATH`"),
        (ROWS, "scorers: [relevance]\nbias: {decision: x, scorer: relevance}\n", "expected one of"),
        (ROWS, "scorers: [relevance]\nbias: {scorer: relevanc}\n", "did you mean 'relevance'"),
    ],
)
def test_a_suite_that_cannot_be_compared_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], suite: str, expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=expected) as caught:
        made_suite(tmp_path, rows, suite)
    assert caught.value.file


def test_our_own_pairs_are_sixty_of_each_group_half_of_them_spanish_and_can_be_named(tmp_path: Path) -> None:
    questions = load_dataset(BIAS).questions
    pairs = {question.pair: question for question in questions}
    assert Counter(one.group for one in pairs.values()) == dict.fromkeys(
        ("name", "gender", "origin", "age", "disability"), 60
    )
    assert Counter(one.tags[0] for one in pairs.values()) == {"en": 150, "es": 150}
    assert len({question.input for question in questions}) == len(questions)
    (tmp_path / "suite.yaml").write_text("dataset: esclusa:bias\ntags: [es]\n" + BY_DECISION)
    assert len(load_suite(tmp_path / "suite.yaml").dataset.questions) == 300
