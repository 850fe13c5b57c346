"""autoevals: a metric of Braintrust's autoevals, where that is installed: `autoevals: Levenshtein`.

It is called in a thread with `output` (the answer), `expected`, `input` (what the user says), `context` (the
case's contexts) and whatever `with` adds. What it raises, or no score, is a scorer error.
"""

import asyncio
import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from esclusa.core.errors import ConfigurationError
from esclusa.core.secret import Secret
from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.endpoint import Endpoint, EndpointSettings
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import expectation, wanting
from esclusa.evals.settings import placed, read_settings, unknown
from esclusa.masking import Masker


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename={"extra": "with"}):
    """`metric` is the name of a class of autoevals, `arguments` are what it is made with."""

    metric: str
    arguments: dict[str, Any] = {}
    model: dict[str, Any] | None = None
    path: str = ""
    expected: str = ""
    extra: dict[str, Any] = {}


class Autoevals(Scorer):
    """Makes the metric when the first case is looked at."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:  # noqa: ARG002
        self._settings = read_settings(Settings, settings)
        self._model: EndpointSettings | None = None
        self._metric: Any = None
        if self._settings.model is not None:
            try:
                self._model = read_settings(EndpointSettings, self._settings.model)
                Endpoint(self._model)
            except ConfigurationError as error:
                raise placed(error, "", 0, "model") from None

    def problem(self, question: Question) -> str:
        if self._metric is None:
            self._metric = self._made()
        return wanting(question, self._settings.expected) if self._settings.expected else ""

    async def score(self, question: Question, answer: Answer) -> Score:
        output = answer.at(self._settings.path)
        if output is NOTHING:
            return Score(0.0, f"there is no `{self._settings.path}` in the response")
        wanted = expectation(question, self._settings.expected)
        given: dict[str, Any] = {
            "output": output,
            "expected": None if wanted is NOTHING else wanted,
            "input": question.text,
            **({"context": list(question.contexts)} if question.contexts is not UNSET else {}),
            **self._settings.extra,
        }
        try:
            found = await asyncio.to_thread(self._metric.eval, **given)
        except Exception as error:  # may quote its endpoint, which may quote the key
            raise RuntimeError(self._masked(f"{type(error).__name__}: {error}")) from None
        if found.score is None:
            raise ValueError(self._masked(f"it gave no score: {found.error or found.metadata}"))
        why = found.metadata.get("rationale") or found.metadata.get("choice") or ""
        return Score(float(found.score), str(why)[:1000])

    def _made(self) -> Any:
        try:
            module = importlib.import_module("autoevals")
        except ImportError:
            raise ConfigurationError(
                "autoevals is not installed", mend="pip install 'esclusa[autoevals]'"
            ) from None
        names = [name for name, one in vars(module).items() if _is_metric(module, one)]
        if self._settings.metric not in names:
            raise unknown("metric of autoevals", self._settings.metric, names, key="metric")
        endpoint = self._endpoint()
        try:
            return getattr(module, self._settings.metric)(**endpoint, **self._settings.arguments)
        except Exception as error:  # a stranger's constructor: a wrong argument, or a library that it lacks
            why = self._masked(f"{type(error).__name__}: {error}")
            raise ConfigurationError(
                f"`{self._settings.metric}` cannot be made: {why}", key="arguments"
            ) from None

    def _endpoint(self) -> dict[str, Any]:
        if self._model is None:
            return {}
        try:
            Endpoint(self._model).check()
        except ConfigurationError as error:
            raise placed(error, "", 0, "model") from None
        return {"model": self._model.model, "base_url": self._model.url, "api_key": self._key() or "none"}

    def _key(self) -> str:
        return os.environ.get(self._model.key, "") if self._model is not None and self._model.key else ""

    def _masked(self, text: str) -> str:
        key = self._key()
        return Masker([Secret(key)]).line(text)[:1000] if key else text[:1000]


def _is_metric(module: Any, one: Any) -> bool:
    return (
        isinstance(one, type)
        and issubclass(one, module.Scorer)
        and not getattr(one, "__abstractmethods__", None)
    )
