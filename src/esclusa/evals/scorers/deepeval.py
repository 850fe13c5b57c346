"""deepeval: a metric of DeepEval for one answer, where that is installed: `deepeval: AnswerRelevancyMetric`.

It is shown a test case of what the user says, the answer, what is expected, the contexts and the tool calls,
and asks its model through our endpoint: with its retries, on the case's bill, and nowhere else. Its threshold
has no say. Metrics that judge a trace are refused: without one they would judge nothing and give a number.
"""

import importlib
import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET
from packaging.version import Version

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.model import Model
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.contexts import found_texts
from esclusa.evals.scorers.foreign import filled, lacking, mapping, plain
from esclusa.evals.scorers.texts import expectation, wanting
from esclusa.evals.settings import read_settings, unknown

OLDEST = Version("4.3")
"""The first that is known to count upwards in every metric; bias and toxicity once counted downwards."""
INSTALL = "pip install 'esclusa[deepeval]'"
QUIET = {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DEEPEVAL_UPDATE_WARNING_OPT_IN": "0",
    "DEEPEVAL_DISABLE_DOTENV": "1",
    "DEEPEVAL_DISABLE_LEGACY_KEYFILE": "1",
    "DEEPEVAL_EVAL_MODE": "llm",
}
"""What it is told by the environment, which it reads again and again: to send nothing, to write no file where
it is called, to take no keys from files into the environment, and to ask no service of its own choice."""
OURS = ("model", "system_one_model", "eval_mode")
"""Arguments that say who is asked: here the suite does."""
ASKS_NOBODY = ("ToolCorrectnessMetric",)
"""Metrics that take a model and, made from a suite, never ask it."""
GIVEN = (
    "input",
    "actual_output",
    "expected_output",
    "context",
    "retrieval_context",
    "tools_called",
    "expected_tools",
)
"""What a test case can have of an eval."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`metric` is the name of a class of DeepEval, `arguments` are what it is made with.

    `found` and `text` lead to what the agent found, as `path` and `text` of `context_recall`.
    """

    metric: str
    arguments: dict[str, Any] = {}
    model: dict[str, Any] | None = None
    path: str = ""
    expected: str = ""
    found: str = ""
    text: str = ""


class DeepEval(Scorer):
    """Makes the metric anew for each answer: it keeps its result in itself."""

    def __init__(self, settings: Mapping[str, Any], directory: Path, clock: Clock | None = None) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        given = self._settings.model
        self._model = None if given is None else Model(given, clock=clock)
        self._asked: Any = None
        self._needs: frozenset[str] | None = None

    def problem(self, question: Question) -> str:
        if self._needs is None:
            self._needs = self._checked()
        wants = self._settings.expected or "expected_output" in self._needs
        if wants and (lacks := wanting(question, self._settings.expected)):
            return lacks
        return lacking(
            question,
            tools="expected_tools" in self._needs,
            retrieved="retrieval_context" in self._needs,
            contexts="context" in self._needs,
            found=self._settings.found,
        )

    async def score(self, question: Question, answer: Answer) -> Score:
        output = answer.at(self._settings.path)
        if output is NOTHING:
            return Score(0.0, f"there is no `{self._settings.path}` in the response")
        contexts = None if question.contexts is UNSET else list(question.contexts)
        found = contexts
        if self._settings.found:
            found = found_texts(answer, self._settings.found, self._settings.text)
            if found is None:
                return Score(0.0, f"expected a list of texts at `{self._settings.found}`, found none")
        metric = self._made()
        if not _text(output) and "actual_output" in _needs(metric):
            return Score(0.0, "it answered nothing")
        wanted = expectation(question, self._settings.expected)
        case = _module("deepeval.test_case").LLMTestCase(
            input=_text("\n".join((question.text, *question.turns))),
            actual_output=_text(output),
            expected_output=None if wanted is NOTHING else _text(wanted),
            context=_texts(contexts),
            retrieval_context=_texts(found),
            tools_called=_calls(answer.tool_calls),
            expected_tools=None if question.tools is UNSET else _calls(question.tools),
        )
        await metric.a_measure(case, _show_indicator=False)
        if metric.score is None:
            raise ValueError(f"it gave no score: {metric.error or metric.reason}")
        return Score(float(metric.score), " ".join(str(metric.reason or "").split())[:1000])

    def _checked(self) -> frozenset[str]:
        """What the metric needs; ConfigurationError if it, or its model, cannot be had."""
        metric = self._made()
        if self._model is not None:
            self._model.check()
        if metric.requires_trace:
            raise ConfigurationError(
                f"`{self._settings.metric}` judges a trace, which a case has not",
                key="metric",
                mend="take one that judges an answer: GEval does, with `evaluation_params` in `arguments`",
            )
        needs = _needs(metric)
        if strange := sorted(needs.difference(GIVEN)):
            raise ConfigurationError(
                f"`{self._settings.metric}` needs {' and '.join(strange)}, which a case has not", key="metric"
            )
        return needs

    def _made(self) -> Any:
        module = _module("deepeval.metrics")
        names = [name for name, one in vars(module).items() if _is_metric(module, one)]
        name = self._settings.metric
        if name not in names:
            raise unknown("metric of DeepEval", name, names, key="metric")
        if named := sorted(self._settings.arguments.keys() & set(OURS)):
            raise ConfigurationError(
                "the suite says who is asked",
                key=f"arguments.{named[0]}",
                mend="say it in `model`, beside `arguments`",
            )
        kind = getattr(module, name)
        arguments = {key: _worded(key, value) for key, value in self._settings.arguments.items()}
        if "model" in inspect.signature(kind).parameters:
            if self._model is None and name not in ASKS_NOBODY:
                raise ConfigurationError(
                    f"`{name}` asks a model, and none is named",
                    key="model",
                    mend="model: {url: https://api.openai.com/v1, model: ..., key: OPENAI_API_KEY}",
                )
            if self._asked is None:
                self._asked = _asked(self._model)
            arguments["model"] = self._asked
        try:
            return kind(**arguments)
        except Exception as error:  # a stranger's constructor: a wrong argument, or a library that it lacks
            why = f"{type(error).__name__}: {error}"[:1000]
            raise ConfigurationError(f"`{name}` cannot be made: {why}", key="arguments") from None


def _module(name: str) -> Any:
    """A module of DeepEval, which finds its environment as `QUIET` says."""
    os.environ.update(QUIET)
    try:
        found = importlib.import_module(name)
        version = Version(str(importlib.import_module("deepeval").__version__))
    except ImportError as error:
        if error.name not in (None, "deepeval"):
            raise ConfigurationError(f"deepeval cannot be imported: {error}", mend=INSTALL) from None
        raise ConfigurationError("deepeval is not installed", mend=INSTALL) from None
    if version < OLDEST:
        raise ConfigurationError(f"expected deepeval {OLDEST} or newer, found {version}", mend=INSTALL)
    return found


def _is_metric(module: Any, one: Any) -> bool:
    """Whether it judges text, and by nobody or by a model that the suite names."""
    if not isinstance(one, type) or not issubclass(one, module.BaseMetric) or one is module.BaseMetric:
        return False
    takes = inspect.signature(one).parameters
    return "multimodal" not in one.__module__ and ("model" in takes or "system_one_model" not in takes)


def _needs(metric: Any) -> frozenset[str]:
    """The fields of a test case that the metric cannot do without."""
    kind = _module("deepeval.test_case").SingleTurnParams
    listed = metric._required_params  # a bare type where a metric names none
    named = [
        *(listed if isinstance(listed, list) else ()),
        *(getattr(metric, "evaluation_params", None) or ()),
    ]
    return frozenset(one.value for one in named if isinstance(one, kind))


def _worded(key: str, value: Any) -> Any:
    """An argument, with the words of its enumerations as their members: no word is in both."""
    if key != "evaluation_params" or not isinstance(value, list):
        return value
    module = _module("deepeval.test_case")
    members = {one.value: one for one in (*module.SingleTurnParams, *module.ToolCallParams)}
    for number, word in enumerate(value):
        if word not in members:
            raise unknown("parameter", str(word), members, key=f"arguments.{key}.{number}")
    return [members[word] for word in value]


def _asked(model: Model | None) -> Any:
    """The model as DeepEval knows models. Only asked asynchronously, as `a_measure` does."""
    base: Any = _module("deepeval.models").DeepEvalBaseLLM

    class Asked(base):  # type: ignore[misc]
        def load_model(self) -> Any:
            return model

        def get_model_name(self) -> str:
            return "the suite's model"

        def generate(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("it waits for its model, which would stop all else")

        async def a_generate(self, prompt: str, schema: Any = None) -> Any:
            return await filled(model, prompt, schema)

    return Asked()


def _text(value: Any) -> str:
    """A value as a test case has it. DeepEval would take `[DEEPEVAL:IMAGE:/a/path]` in it for an image, and
    read the file there: whoever writes an answer does not choose what is read.
    """
    return plain(value).replace("[DEEPEVAL:", "[DEEPEVAL ")


def _texts(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else [_text(value) for value in values]


def _calls(calls: Sequence[ToolCall]) -> list[Any]:
    """As DeepEval knows calls: their arguments are a mapping, or there are none."""
    kind = _module("deepeval.test_case").ToolCall
    return [kind(name=call.name, input_parameters=mapping(call.arguments)) for call in calls]
