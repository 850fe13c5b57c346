"""ragas: a metric of ragas for one answer, where that is installed: `ragas: Faithfulness`.

Metrics are those of `ragas.metrics.collections`. One is called with what its signature names of the question,
the answer, what is expected, the contexts and the tool calls, and asks models through our endpoints: with
their retries, on the case's bill, and nowhere else.
"""

import asyncio
import importlib
import inspect
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.conversation import transcript
from esclusa.evals.embeddings import Remote
from esclusa.evals.model import Model
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.contexts import found_texts
from esclusa.evals.scorers.foreign import filled, lacking, mapping, plain
from esclusa.evals.scorers.texts import expectation, wanting
from esclusa.evals.settings import read_settings, unknown

INSTALL = "pip install 'esclusa[ragas]'"
NOT_OURS = ("NoiseSensitivity", "SemanticSimilarity", "MultiModalFaithfulness", "MultiModalRelevance")
"""The first is the better the lower it is, the second stops all else while it waits for its embeddings
(`similarity` measures the same), and the others judge images."""
GIVEN = (
    "user_input",
    "response",
    "reference",
    "retrieved_contexts",
    "reference_contexts",
    "reference_tool_calls",
)
"""What a metric may be called with of a case."""
SCALE = (0.0, 1.0)
ROUNDING = 1e-9
"""By how much a sum of shares may be above 1."""
M = TypeVar("M", Model, Remote)
MODELS = ("llm", "embeddings")
"""Its arguments that the suite's `model` and `embeddings` are."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename={"extra": "with"}):
    """`metric` is the name of a class of ragas, `arguments` are what it is made with, `with` what it is
    called with beside what a case has.

    `found` and `text` lead to what the agent found, as `path` and `text` of `context_recall`.
    """

    metric: str
    arguments: dict[str, Any] = {}
    model: dict[str, Any] | None = None
    embeddings: dict[str, Any] | None = None
    path: str = ""
    expected: str = ""
    found: str = ""
    text: str = ""
    extra: dict[str, Any] = {}


class Ragas(Scorer):
    """Makes the metric when the first case is looked at; it keeps nothing of an answer."""

    def __init__(self, settings: Mapping[str, Any], directory: Path, clock: Clock | None = None) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        model, embeddings = self._settings.model, self._settings.embeddings
        self._model = None if model is None else Model(model, clock=clock)
        self._embeddings = None if embeddings is None else Remote(embeddings, clock)
        self._metric: Any = None
        self._asks = False
        self._takes: Mapping[str, inspect.Parameter] = {}

    def problem(self, question: Question) -> str:
        if self._metric is None:
            self._metric = self._made()
        needs = {name for name, one in self._takes.items() if one.default is one.empty}
        wants = self._settings.expected or "reference" in needs
        if wants and (lacks := wanting(question, self._settings.expected)):
            return lacks
        return lacking(
            question,
            tools="reference_tool_calls" in needs,
            retrieved="retrieved_contexts" in needs,
            contexts="reference_contexts" in needs,
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
            if not found:
                return Score(0.0, f"expected a list of texts at `{self._settings.found}`, found none")
        if "response" in self._takes and not plain(output):
            return Score(0.0, "it answered nothing")
        wanted = expectation(question, self._settings.expected)
        case = {
            "user_input": self._said(question, answer),
            "response": plain(output),
            "reference": None if wanted is NOTHING else plain(wanted),
            "retrieved_contexts": found,
            "reference_contexts": contexts,
            "reference_tool_calls": None if question.tools is UNSET else _calls(question.tools),
        }
        called = {key: value for key, value in case.items() if key in self._takes and value is not None}
        result = await self._called({**called, **self._settings.extra})
        if not isinstance(result.value, int | float) or math.isnan(result.value):
            raise ValueError(f"it gave no score: {result}")
        # A cosine of embeddings may be below 0, which is as far away as can be.
        value = max(0.0, float(result.value))
        rounded = 1.0 if 1.0 < value < 1.0 + ROUNDING else value
        return Score(rounded, " ".join(str(result.reason or "").split())[:1000])

    async def _called(self, case: Mapping[str, Any]) -> Any:
        """The result. What only computes does so in a thread: a slow text must not look like a slow agent."""
        if self._asks:
            return await self._metric.ascore(**case)
        return await asyncio.to_thread(asyncio.run, self._metric.ascore(**case))

    def _said(self, question: Question, answer: Answer) -> Any:
        """What the user says; the whole conversation for a metric that takes one."""
        takes = self._takes.get("user_input")
        if takes is None or "Message" not in str(takes.annotation):
            return "\n".join((question.text, *question.turns))
        kinds = _module("ragas.messages")
        said = [
            (kinds.HumanMessage if one["role"] == "user" else kinds.AIMessage)(content=plain(one["content"]))
            for one in transcript(question, answer)
            if one["role"] in ("user", "assistant")
        ]
        said[-1] = kinds.AIMessage(content=answer.text, tool_calls=_calls(answer.tool_calls))
        return said

    def _made(self) -> Any:
        module = _module("ragas.metrics.collections")
        names = [name for name, one in vars(module).items() if _is_metric(module, name, one)]
        name = self._settings.metric
        if name not in names:
            raise unknown("metric of ragas", name, names, key="metric")
        kind = getattr(module, name)
        arguments = self._arguments(module, kind)
        self._takes = inspect.signature(kind.ascore).parameters
        self._takes = {
            key: one for key, one in self._takes.items() if key not in ("self", *self._settings.extra)
        }
        for key, one in self._takes.items():
            if one.default is one.empty and key not in GIVEN:
                raise ConfigurationError(
                    f"`{name}` is called with `{key}`, which a case has not",
                    key="with",
                    mend=f"with: {{{key}: ...}}",
                )
        try:
            metric = kind(**arguments)
        except Exception as error:  # a stranger's constructor: a wrong argument, or a library that it lacks
            why = f"{type(error).__name__}: {error}"[:1000]
            raise ConfigurationError(f"`{name}` cannot be made: {why}", key="arguments") from None
        # Marks from 1 to 5 would make of the worst of them a score of 1, which is the best.
        if tuple(metric.allowed_values) != SCALE:
            low, high = metric.allowed_values
            raise ConfigurationError(
                f"`{name}` gives {low:g} to {high:g}, and a score is 0 to 1",
                key="metric",
                mend="take the scorer `judge`, whose `choices` say what each mark is worth",
            )
        return metric

    def _arguments(self, module: Any, kind: Any) -> dict[str, Any]:
        """Those of the settings, with our models. ConfigurationError for one that it would pass over."""
        takes = inspect.signature(kind).parameters
        known = {key for key, one in takes.items() if one.kind is not one.VAR_KEYWORD}.difference(MODELS)
        given = dict(self._settings.arguments)
        for key in given:
            if key not in known:
                raise unknown(f"argument of `{kind.__name__}`", key, known, key=f"arguments.{key}")
        if (word := given.get("distance_measure")) is not None:
            measures = {one.value: one for one in module.DistanceMeasure}
            if word not in measures:
                raise unknown("measure", str(word), measures, key="arguments.distance_measure")
            given["distance_measure"] = measures[word]
        if "llm" in takes:
            given["llm"] = _asked(self._checked(self._model, "model"))
        if "embeddings" in takes:
            given["embeddings"] = _embedded(self._checked(self._embeddings, "embeddings"))
        self._asks = not given.keys().isdisjoint(MODELS)
        return given

    def _checked(self, model: M | None, key: str) -> M:
        """The model that the metric asks; ConfigurationError if it is not named, or its key is not there."""
        if model is None:
            raise ConfigurationError(
                f"`{self._settings.metric}` asks a model, and none is named",
                key=key,
                mend=f"{key}: {{url: https://api.openai.com/v1, model: ..., key: OPENAI_API_KEY}}",
            )
        model.check()
        return model


def _module(name: str) -> Any:
    """A module of ragas, which finds in its environment that it is to send nothing."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if error.name in (None, "ragas"):
            raise ConfigurationError("ragas is not installed", mend=INSTALL) from None
        raise ConfigurationError(f"ragas cannot be imported: {error}", mend=INSTALL) from None


def _is_metric(module: Any, name: str, one: Any) -> bool:
    base = module.BaseMetric
    return name not in NOT_OURS and isinstance(one, type) and issubclass(one, base) and one is not base


def _asked(model: Model) -> Any:
    """The model as ragas knows models. Only asked asynchronously, as `ascore` does."""
    base: Any = _module("ragas.llms.base").InstructorBaseRagasLLM

    class Asked(base):  # type: ignore[misc]
        def generate(self, *_: Any) -> Any:
            raise RuntimeError("it waits for its model, which would stop all else")

        async def agenerate(self, prompt: str, response_model: Any) -> Any:
            return await filled(model, prompt, response_model)

    return Asked()


def _embedded(embeddings: Remote) -> Any:
    """The embeddings as ragas knows them."""
    base: Any = _module("ragas.embeddings.base").BaseRagasEmbedding

    class Embedded(base):  # type: ignore[misc]
        def embed_text(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("it waits for its embeddings, which would stop all else")

        async def aembed_text(self, text: str, **_: Any) -> Any:
            return (await embeddings.embed([text]))[0]

        async def aembed_texts(self, texts: list[str], **_: Any) -> Any:
            return await embeddings.embed(texts)

    return Embedded()


def _calls(calls: Sequence[ToolCall]) -> list[Any]:
    """As ragas knows calls: their arguments are a mapping."""
    kind = _module("ragas.messages").ToolCall
    return [kind(name=call.name, args=mapping(call.arguments) or {}) for call in calls]
