"""ragas: metrics of another library as scorers.

The library with all it wants is far too much to be installed for this: `stand_in` has the few classes that are touched, in the
shapes of ragas 0.4.3, and other metrics. What its own metrics do is the library's affair.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.bill import Bill, laid_open
from esclusa.evals.endpoint import EndpointFailed
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score
from esclusa.evals.scorers.ragas import Ragas
from tests.evals.fakes import ImpatientClock
from tests.evals.models import SaidModel, said_model

MODEL = {"url": "http://127.0.0.1:1/v1", "model": "m"}
STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RAGAS_DO_NOT_TRACK", "")
    monkeypatch.syspath_prepend(STAND_IN)
    _forget()
    yield
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "ragas"]:
        del sys.modules[name]


def scored(settings: dict[str, Any], answer: Answer | None = None, **case: Any) -> Score:
    scorer = Ragas(settings, Path())
    question = Question(id="a", input="Hi", **case)
    assert scorer.problem(question) == ""
    return asyncio.run(scorer.score(question, answer or Answer(text="Hello", data={"n": 9})))


def vectors(asked: dict[str, Any]) -> web.Response:
    return web.json_response(
        {"data": [{"index": at, "embedding": [at, 1]} for at in range(len(asked["input"]))]}
    )


def asked(*replies: Any, bill: Bill | None = None) -> tuple[Score, SaidModel]:
    async def scene() -> tuple[Score, SaidModel]:
        async with said_model(*replies) as server:
            place = {"url": server.url, "model": "m"}
            scorer = Ragas(
                {"metric": "Asking", "model": place, "embeddings": place}, Path(), ImpatientClock()
            )
            question = Question(id="a", input="Hi")
            assert scorer.problem(question) == ""
            with laid_open(bill or Bill(lambda _: 0.0, lambda: "")):
                return await scorer.score(question, Answer(text="Hello")), server

    return asyncio.run(scene())


def test_a_metric_is_called_with_what_it_takes_and_nothing_is_told_about_us() -> None:
    assert scored({"metric": "Shown"}) == Score(0.25, "'Hi' 'Hello' '' '' jaro true")
    settings = {"metric": "Shown", "path": "n", "expected": "reply", "with": {"extra": "more"}}
    settings["arguments"] = {"worth": 1, "distance_measure": "hamming"}
    assert scored(settings, turns=("And?",), expected={"reply": ["x"]}) == Score(
        1.0, "'Hi\\nAnd?' '9' '[\"x\"]' 'more' hamming true"
    )


def test_contexts_are_what_the_agent_found_and_what_the_case_names() -> None:
    answer = Answer(text="Hello", data={"found": [{"text": "Free."}]})
    assert scored({"metric": "Found", "found": "found"}, answer, contexts=("Two days.",)) == Score(
        1.0, "['Free.'] ['Two days.']"
    )
    assert scored({"metric": "Found"}, contexts=("Two days.",)) == Score(1.0, "['Two days.'] ['Two days.']")


def test_calls_are_judged_at_the_end_of_the_conversation() -> None:
    call = ToolCall(name="find", arguments={"id": 7})
    answer = Answer(text="Done", earlier=("Yes?",), tool_calls=(call,))
    right = scored({"metric": "Calls"}, answer, turns=("And?",), tools=(call,))
    assert right == Score(1.0, "['HumanMessage Hi', 'AIMessage Yes?', 'HumanMessage And?', 'AIMessage Done']")
    assert scored({"metric": "Calls"}, Answer(text="Done"), tools=(call,)).value == 0.0


def test_what_an_answer_lacks_is_worth_nothing() -> None:
    assert scored({"metric": "Shown", "path": "m"}) == Score(0.0, "there is no `m` in the response")
    assert scored({"metric": "Shown"}, Answer(text="")) == Score(0.0, "it answered nothing")
    assert scored({"metric": "Found", "found": "m"}, contexts=("x",)) == Score(
        0.0, "expected a list of texts at `m`, found none"
    )


def test_its_models_are_the_suites_and_what_they_took_is_on_the_bill() -> None:
    bill = Bill(lambda _: 0.5, lambda: "")
    score, server = asked({"worth": 0.75}, vectors, vectors, bill=bill)
    assert score == Score(0.75, "[0.0, 1.0] [[0.0, 1.0], [1.0, 1.0]]")
    assert [one["path"] for one in server.asked] == [
        "/v1/chat/completions",
        "/v1/embeddings",
        "/v1/embeddings",
    ]
    assert server.asked[0]["messages"] == [{"role": "user", "content": "Judge: Hello"}]
    assert bill.scoring.calls == 3


def test_rounding_puts_no_score_out_of_its_range_and_what_is_really_beyond_stays_to_be_refused() -> None:
    assert scored({"metric": "Shown", "arguments": {"worth": 1.0000000000000004}}).value == 1.0
    assert scored({"metric": "Shown", "arguments": {"worth": 1.7}}).value == 1.7


def test_a_model_that_talks_nonsense_leaves_the_case_unseen() -> None:
    with pytest.raises(EndpointFailed, match="expected an answer in JSON"):
        asked("Very good!")


@pytest.mark.parametrize("worth", ["high", float("nan"), None])
def test_no_number_is_no_score(worth: Any) -> None:
    with pytest.raises(ValueError, match=r"^it gave no score: "):
        scored({"metric": "Shown", "arguments": {"worth": worth}})


@pytest.mark.parametrize(
    ("settings", "case", "problem"),
    [
        ({"metric": "Reference"}, {}, "needs `expected`"),
        ({"metric": "Reference"}, {"expected": "x"}, ""),
        ({"metric": "Shown", "expected": "reply"}, {"expected": {}}, "needs `expected.reply`"),
        ({"metric": "Found"}, {}, "needs `contexts`, or `found`, a path to what the agent found"),
        ({"metric": "Found", "found": "x"}, {}, "needs `contexts`"),
        ({"metric": "Found"}, {"contexts": ("x",)}, ""),
        ({"metric": "Calls"}, {}, "needs `tools`"),
    ],
)
def test_a_case_that_lacks_what_it_needs_is_found_before_anything_is_asked(
    settings: dict[str, Any], case: dict[str, Any], problem: str
) -> None:
    assert Ragas(settings, Path()).problem(Question(id="a", input="x", **case)) == problem


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"metric": "Show"}, r"^metric: unknown metric of ragas 'Show'; did you mean 'Shown'\?"),
        ({"metric": "BaseMetric"}, r"^metric: unknown metric of ragas 'BaseMetric'"),
        ({"metric": "NoiseSensitivity"}, r"^metric: unknown metric of ragas 'NoiseSensitivity'"),
        ({"metric": "Rubrics", "arguments": {"worth": 1}}, r"^metric: `Rubrics` gives 1 to 5, and a score is 0 to 1\n"),
        ({"metric": "Schema"}, r"^with: `Schema` is called with `schema`, which a case has not"),
        ({"metric": "Shown", "arguments": {"wort": 1}}, r"^arguments\.wort: unknown argument of `Shown` 'wort'"),
        ({"metric": "Shown", "arguments": {"distance_measure": "jar"}}, r"^arguments\.distance_measure: unknown"),
        ({"metric": "Reference", "arguments": {"x": 1}}, r"^arguments\.x: unknown argument of `Reference`"),
        ({"metric": "Asking", "embeddings": MODEL}, r"^model: `Asking` asks a model, and none is named\n  mend: mod"),
        ({"metric": "Asking", "model": MODEL}, r"^embeddings: `Asking` asks a model, and none is named"),
        ({"metric": "Asking", "model": {**MODEL, "key": "NO_KEY"}}, r"^model\.key: the environment variable"),
        ({"metric": "Asking", "model": MODEL, "embeddings": {"url": "x", "model": "m"}}, r"^embeddings\.url: expe"),
    ],
)  # fmt: skip
def test_mistakes_are_found_before_anything_is_asked(settings: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigurationError, match=error):
        scored(settings)


def test_where_it_is_not_installed_the_mend_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [one for one in sys.path if Path(one) != STAND_IN])
    with pytest.raises(ConfigurationError, match=r"^ragas is not installed\n  mend: pip install 'esclusa"):
        scored({"metric": "Shown"})
