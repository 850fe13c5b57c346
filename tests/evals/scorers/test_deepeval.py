"""deepeval: metrics of another library as scorers.

The library, 185 MB with all it wants, is not installed for this: `stand_in` has the few classes that are touched, in the
shapes of DeepEval 4.3.1, and other metrics. What these metrics do is the library's own affair.
"""

import asyncio
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.bill import Bill, laid_open
from esclusa.evals.endpoint import EndpointFailed
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score
from esclusa.evals.scorers.deepeval import QUIET, DeepEval
from tests.evals.fakes import ImpatientClock
from tests.evals.models import SaidModel, said_model

MODEL = {"url": "http://127.0.0.1:1/v1", "model": "m"}
STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in QUIET:
        monkeypatch.setenv(name, "")
    monkeypatch.syspath_prepend(STAND_IN)
    _forget()
    yield
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "deepeval"]:
        del sys.modules[name]


def scored(settings: dict[str, Any], answer: Answer | None = None, **case: Any) -> Score:
    scorer = DeepEval(settings, Path())
    question = Question(id="a", input="Hi", **case)
    assert scorer.problem(question) == ""
    return asyncio.run(scorer.score(question, answer or Answer(text="Hello", data={"n": 9})))


def shown(settings: dict[str, Any], answer: Answer | None = None, **case: Any) -> str:
    return scored({"metric": "ShownMetric", **settings}, answer, **case).explanation


def asked(*replies: Any, bill: Bill | None = None) -> tuple[Score, SaidModel]:
    async def scene() -> tuple[Score, SaidModel]:
        async with said_model(*replies) as server:
            settings = {"metric": "AskingMetric", "model": {"url": server.url, "model": "m"}}
            scorer = DeepEval(settings, Path(), ImpatientClock())
            with laid_open(bill or Bill(lambda _: 0.0, lambda: "")):
                return await scorer.score(Question(id="a", input="Hi"), Answer(text="Hello")), server

    return asyncio.run(scene())


def test_its_score_and_reason_are_ours_whatever_its_threshold() -> None:
    assert shown({"arguments": {"threshold": 1.0}}) == (
        "LLMTestCase(input='Hi', actual_output='Hello', expected_output=None, context=None, "
        "retrieval_context=None, tools_called=[], expected_tools=None)"
    )
    assert scored({"metric": "ShownMetric"}).value == 0.25


def test_it_is_shown_all_there_is() -> None:
    answer = Answer(
        text="{}",
        data={"n": 9, "found": [{"text": "Free."}]},
        tool_calls=(ToolCall(name="find", arguments={"id": 7}), ToolCall(name="tell", arguments=[1])),
    )
    settings = {"path": "n", "expected": "reply", "found": "found"}
    case = {"expected": {"reply": ["x"]}, "contexts": ("Two days.",), "tools": (ToolCall(name="find"),)}
    assert shown(settings, answer, turns=("And then?",), **case) == (
        "LLMTestCase(input='Hi\\nAnd then?', actual_output='9', expected_output='[\"x\"]', context=['Two days.'], "
        "retrieval_context=['Free.'], tools_called=[ToolCall(name='find', input_parameters={'id': 7}), "
        "ToolCall(name='tell', input_parameters={'arguments': [1]})], "
        "expected_tools=[ToolCall(name='find', input_parameters=None)])"
    )


def test_an_answer_names_no_file_that_is_read_as_an_image() -> None:
    assert "actual_output='[DEEPEVAL IMAGE:/etc/passwd]'" in shown(
        {}, Answer(text="[DEEPEVAL:IMAGE:/etc/passwd]")
    )


def test_what_an_answer_lacks_is_worth_nothing() -> None:
    assert scored({"metric": "ShownMetric", "path": "m"}) == Score(0.0, "there is no `m` in the response")
    assert scored({"metric": "FoundMetric", "found": "m"}) == Score(
        0.0, "expected a list of texts at `m`, found none"
    )
    assert scored({"metric": "AskingMetric", "model": MODEL}, Answer(text="")) == Score(
        0.0, "it answered nothing"
    )
    tools = (ToolCall(name="find"),)
    assert scored({"metric": "ToolCorrectnessMetric"}, tools=tools) == Score(0.0)


def test_its_model_is_the_suites_and_what_it_took_is_on_the_bill() -> None:
    bill = Bill(lambda _: 0.5, lambda: "")
    score, server = asked({"worth": 0.75}, "It is\n kind.", bill=bill)
    assert score == Score(0.75, "It is kind.")
    assert (bill.scoring.calls, bill.scoring.tokens_in, bill.scoring.cost) == (2, 100, 1.0)
    schema = {"type": "object", "properties": {"worth": {"type": "number"}}, "required": ["worth"]}
    assert server.asked[0] == {
        "path": "/v1/chat/completions",
        "model": "m",
        "temperature": 0,
        "messages": [{"role": "user", "content": "Judge: Hello"}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": False, "schema": schema},
        },
    }
    assert "response_format" not in server.asked[1]


def test_a_model_that_talks_nonsense_leaves_the_case_unseen() -> None:
    with pytest.raises(EndpointFailed, match="expected an answer in JSON"):
        asked("Very good!")


def test_no_score_and_an_answer_of_any_length_are_failures() -> None:
    with pytest.raises(ValueError, match=r"^it gave no score: it was skipped$"):
        scored({"metric": "ShownMetric", "arguments": {"score": None}})
    with pytest.raises(ValueError, match=r"^more than 100,000 characters"):
        scored({"metric": "AskingMetric", "model": MODEL}, Answer(text="x" * 100_000))


def test_answers_that_are_scored_at_once_are_not_mixed_up() -> None:
    scorer = DeepEval({"metric": "ShownMetric"}, Path())
    question = Question(id="a", input="Hi")

    async def both() -> list[Score]:
        return await asyncio.gather(*(scorer.score(question, Answer(text=text)) for text in ("one", "two")))

    assert ["'one'" in score.explanation for score in asyncio.run(both())] == [True, False]


def test_it_sends_nothing_about_us() -> None:
    assert scored({"metric": "QuietMetric"}).explanation == "1"
    assert {name: os.environ[name] for name in QUIET} == QUIET


@pytest.mark.parametrize(
    ("settings", "case", "problem"),
    [
        ({"metric": "FoundMetric"}, {}, "needs `contexts`, or `found`, a path to what the agent found"),
        ({"metric": "FoundMetric", "found": "x"}, {}, ""),
        ({"metric": "ContextMetric"}, {"contexts": ("x",)}, "needs `expected`"),
        ({"metric": "ContextMetric"}, {"expected": "x"}, "needs `contexts`"),
        ({"metric": "ContextMetric"}, {"contexts": ("x",), "expected": "x"}, ""),
        ({"metric": "ShownMetric", "expected": "reply"}, {"expected": {}}, "needs `expected.reply`"),
        ({"metric": "ToolCorrectnessMetric"}, {}, "needs `tools`"),
        (
            {
                "metric": "AskingMetric",
                "model": MODEL,
                "arguments": {"evaluation_params": ["expected_output"]},
            },
            {},
            "needs `expected`",
        ),
    ],
)
def test_a_case_that_lacks_what_it_needs_is_found_before_anything_is_asked(
    settings: dict[str, Any], case: dict[str, Any], problem: str
) -> None:
    assert DeepEval(settings, Path()).problem(Question(id="a", input="x", **case)) == problem


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"metric": "ShowMetric"}, r"^metric: unknown metric of DeepEval 'ShowMetric'; did you mean 'ShownMetric'\?"),
        ({"metric": "BaseMetric"}, r"^metric: unknown metric of DeepEval 'BaseMetric'"),
        ({"metric": "ElsewhereMetric"}, r"^metric: unknown metric of DeepEval 'ElsewhereMetric'"),
        ({"metric": "TraceMetric"}, r"^metric: `TraceMetric` judges a trace, which a case has not"),
        ({"metric": "ServersMetric"}, r"^metric: `ServersMetric` needs mcp_servers, which a case has not"),
        ({"metric": "ShownMetric", "arguments": {"x": 1}}, r"^arguments: `ShownMetric` cannot be made: TypeError"),
        ({"metric": "AskingMetric"}, r"^model: `AskingMetric` asks a model, and none is named\n  mend: model:"),
        (
            {"metric": "AskingMetric", "arguments": {"model": "gpt-5"}},
            r"^arguments\.model: the suite says who is asked",
        ),
        (
            {"metric": "AskingMetric", "model": MODEL, "arguments": {"evaluation_params": ["inpt"]}},
            r"^arguments\.evaluation_params\.0: unknown parameter 'inpt'; did you mean 'input'\?",
        ),
        ({"metric": "AskingMetric", "model": {**MODEL, "key": "NO_KEY"}}, r"^model\.key: the environment variable"),
        ({"metric": "AskingMetric", "model": {"url": "x", "model": "m"}}, r"^model\.url: expected an address"),
    ],
)  # fmt: skip
def test_mistakes_are_found_before_anything_is_asked(settings: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigurationError, match=error):
        scored(settings)


def test_where_it_is_not_installed_or_too_old_the_mend_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("deepeval"), "__version__", "3.9")
    with pytest.raises(
        ConfigurationError, match=r"^expected deepeval 4\.3 or newer, found 3\.9\n  mend: pip"
    ):
        scored({"metric": "ShownMetric"})
    monkeypatch.setitem(sys.modules, "deepeval", None)
    with pytest.raises(ConfigurationError, match=r"^deepeval is not installed\n  mend: pip install 'esclusa"):
        scored({"metric": "ShownMetric"})
