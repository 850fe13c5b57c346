"""tool_calls: the right tools, arguments and order."""

import asyncio
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, SuiteScorer, build_scorer
from esclusa.evals.scorers.tool_calls import in_any_order, in_order
from esclusa.evals.subjects.tools import read_tool_calls

FIND = {"name": "find", "arguments": {"id": 7, "by": "Ana"}}
REFUND = {"name": "refund", "arguments": {"id": 7}}
LOG = {"name": "log", "arguments": {}}


def scored(called: list[Any], wanted: list[Any] | None, **settings: Any) -> Score:
    scorer = build_scorer("tool_calls", settings, Path())
    assert not isinstance(scorer, SuiteScorer)
    question = Question(id="a", input="x", tools=UNSET if wanted is None else read_tool_calls(wanted))
    assert scorer.problem(question) == ""
    return asyncio.run(scorer.score(question, Answer(tool_calls=read_tool_calls(called))))


@pytest.mark.parametrize(
    ("called", "wanted", "settings"),
    [
        ([FIND, REFUND], [FIND, REFUND], {}),
        ([], [], {}),
        ([FIND], ["find"], {}),
        ([FIND, REFUND], [REFUND, FIND], {"order": False}),
        ([LOG, FIND, LOG, REFUND], [FIND, REFUND], {"extra": True}),
        ([LOG, REFUND, FIND], [FIND, REFUND], {"extra": True, "order": False}),
        ([FIND], [{"name": "find", "arguments": {"id": 7.0}}], {"arguments": "subset"}),
        ([FIND], [{"name": "find", "arguments": {"id": 8}}], {"arguments": "ignore"}),
        ([FIND], [{"name": "find", "arguments": {"id": 7, "by": "ANA"}}], {"ignore": ["case"]}),
        ([FIND], None, {"tools": ["find"]}),
        ([FIND], None, {"forbid": ["delete"]}),
        (["find"], [{"name": "find", "arguments": {}}], {}),
    ],
)
def test_what_is_as_expected_is_worth_1(
    called: list[Any], wanted: list[Any] | None, settings: dict[str, Any]
) -> None:
    assert scored(called, wanted, **settings) == Score(1.0)


@pytest.mark.parametrize(
    ("called", "wanted", "settings", "why"),
    [
        ([], [REFUND], {}, 'expected refund({"id":7}), called no tool'),
        ([FIND], [], {}, 'expected no tool, called find({"by":"Ana","id":7})'),
        ([REFUND, LOG], ["log", "refund"], {}, 'expected log, refund, called refund({"id":7}), log({})'),
        ([REFUND, REFUND], ["refund"], {}, 'expected refund, called refund({"id":7}), refund({"id":7})'),
        (
            [REFUND, LOG],
            ["log", "refund"],
            {"extra": True},
            'expected log, refund, called refund({"id":7}), log({})',
        ),
        ([LOG, LOG], ["log", "find"], {"order": False}, "expected log, find, called log({}), log({})"),
        (
            [REFUND],
            [{"name": "refund", "arguments": {"id": 7, "why": "late"}}],
            {"arguments": "subset"},
            'expected refund({"id":7,"why":"late"}), called refund({"id":7})',
        ),
        ([LOG, FIND], ["log"], {"forbid": ["find"]}, 'called find({"by":"Ana","id":7}), which is forbidden'),
        (["log"] * 10, [], {}, f"expected no tool, called {', '.join(['log'] * 8)} and 2 more"),
    ],
)
def test_anything_else_is_worth_0_and_says_what_was_called(
    called: list[Any], wanted: list[Any], settings: dict[str, Any], why: str
) -> None:
    assert scored(called, wanted, **settings) == Score(0.0, why)


def test_a_case_needs_tools_unless_all_that_counts_is_what_is_forbidden() -> None:
    scorer = build_scorer("tool_calls", {}, Path())
    assert not isinstance(scorer, SuiteScorer)
    assert scorer.problem(Question(id="a", input="x")) == "needs `tools`"
    with pytest.raises(ConfigurationError, match=r"^tools: expected a tool call with a `name`, found {}"):
        build_scorer("tool_calls", {"tools": [{}]}, Path())


CALLS = st.lists(st.sampled_from("abc").map(lambda name: ToolCall(name=name)), max_size=4)


def fits(call: ToolCall, wanted: ToolCall) -> bool:
    """`c` stands for any."""
    return wanted.name in (call.name, "c")


@given(CALLS, CALLS)
def test_the_matching_finds_an_assignment_whenever_there_is_one(
    called: Sequence[ToolCall], wanted: Sequence[ToolCall]
) -> None:
    choices = permutations(called, len(wanted)) if len(called) >= len(wanted) else ()
    possible = any(all(map(fits, chosen, wanted)) for chosen in choices)
    assert in_any_order(called, wanted, fits) == possible


@given(CALLS, CALLS)
def test_what_is_there_in_order_is_there_in_any_order(
    called: Sequence[ToolCall], wanted: Sequence[ToolCall]
) -> None:
    assert not in_order(called, wanted, fits) or in_any_order(called, wanted, fits)
    assert in_order([*wanted, *called], wanted, fits)
