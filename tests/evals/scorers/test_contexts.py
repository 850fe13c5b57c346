"""context_recall and context_precision: what was found, and what should have been."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, SuiteScorer, build_scorer

ORDERS = "Orders are sent within two working days."
RETURNS = "You may return anything within 30 days."
OTHER = "Our shop opens at nine in the morning on weekdays."


def scored(name: str, found: Any, *contexts: str, **settings: Any) -> Score:
    scorer = build_scorer(name, {"path": "found", **settings}, Path())
    assert not isinstance(scorer, SuiteScorer)
    question = Question(id="a", input="x", contexts=contexts)
    assert scorer.problem(question) == ""
    return asyncio.run(scorer.score(question, Answer(data={"found": found})))


def recall(found: Any, *contexts: str, **settings: Any) -> Score:
    return scored("context_recall", found, *contexts, **settings)


def precision(found: Any, *contexts: str, **settings: Any) -> Score:
    return scored("context_precision", found, *contexts, **settings)


def test_recall_is_the_share_of_the_contexts_that_were_found() -> None:
    assert recall([OTHER, f"Shipping.\n{ORDERS.upper()}  More."], ORDERS) == Score(1.0)
    assert recall([ORDERS, OTHER], ORDERS, RETURNS) == Score(
        0.5, "not found: 'you may return anything within 30 days.'"
    )
    assert recall([], ORDERS).value == 0
    assert recall([OTHER]) == Score(1.0)


def test_a_text_that_is_nearly_there_counts_and_a_piece_of_it_does_not() -> None:
    assert recall(["Intro. " + ORDERS.replace("working", "busines")], ORDERS).value == 1
    assert recall([ORDERS[:15]], ORDERS).value == 0
    assert recall([ORDERS[:15]], ORDERS, match=0.5).value == 1


def test_precision_counts_what_stands_in_front_most() -> None:
    assert precision([ORDERS, OTHER], ORDERS) == Score(1.0, "1 of the 2 found texts are right")
    assert precision([OTHER, ORDERS], ORDERS) == Score(0.5, "1 of the 2 found texts are right")
    both = precision([ORDERS, OTHER, RETURNS], ORDERS, RETURNS)
    assert both == Score((1 + 2 / 3) / 2, "2 of the 3 found texts are right")
    assert precision([OTHER], ORDERS) == Score(0.0, "none of the 1 found texts is right")
    assert precision([], ORDERS) == Score(0.0, "nothing was found")
    assert (precision([]), precision([OTHER]).value) == (Score(1.0), 0)


def test_what_is_found_may_be_things_with_a_text() -> None:
    assert recall([{"text": ORDERS, "score": 0.9}], ORDERS).value == 1
    assert recall([{"page": {"body": ORDERS}}], ORDERS, text="page.body").value == 1


@pytest.mark.parametrize("found", [ORDERS, None, [1], [{"body": ORDERS}]])
def test_what_is_no_list_of_texts_is_worth_0(found: Any) -> None:
    assert recall(found, ORDERS) == Score(0.0, "expected a list of texts at `found`, found none")


def test_a_case_needs_contexts_and_a_suite_the_path() -> None:
    scorer = build_scorer("context_recall", {"path": "found"}, Path())
    assert not isinstance(scorer, SuiteScorer)
    assert scorer.problem(Question(id="a", input="x")) == "needs `contexts`"
    with pytest.raises(ConfigurationError, match=r"^path: expected a value, found nothing"):
        build_scorer("context_precision", {}, Path())


TEXTS = st.lists(st.sampled_from([ORDERS, RETURNS, OTHER]), max_size=5)


@given(TEXTS, TEXTS)
def test_both_are_shares_and_finding_all_of_it_alone_is_worth_1(
    found: list[str], contexts: list[str]
) -> None:
    assert 0 <= recall(found, *contexts).value <= 1
    assert 0 <= precision(found, *contexts).value <= 1
    assert recall(contexts, *contexts).value == precision(contexts, *contexts).value == 1
