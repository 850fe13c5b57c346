"""Metrics that keep their result in themselves, as DeepEval's do."""

import asyncio
import os
from typing import Any

from deepeval.test_case import LLMTestCase, SingleTurnParams


class BaseMetric:
    _required_params: Any = list[SingleTurnParams]
    score: float | None = None
    reason: str | None = None
    error: str | None = None
    requires_trace: bool = False


class ShownMetric(BaseMetric):
    """Its reason is what it was shown."""

    _required_params = [SingleTurnParams.INPUT]  # noqa: RUF012

    def __init__(self, threshold: float = 0.5, score: float | None = 0.25) -> None:
        self._threshold, self._score = threshold, score

    async def a_measure(self, test_case: LLMTestCase, _show_indicator: bool = True) -> None:
        assert not _show_indicator
        self.score, self.reason, self.error = self._score, f"{test_case}", "it was skipped"
        await asyncio.sleep(0)


class QuietMetric(ShownMetric):
    """Its reason is the environment's word on telemetry."""

    async def a_measure(self, test_case: LLMTestCase, _show_indicator: bool = True) -> None:  # noqa: ARG002
        self.score, self.reason = 1.0, os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"]


class _Schema:
    """As a class of pydantic is used."""

    def __init__(self, worth: float) -> None:
        self.worth = worth

    @staticmethod
    def model_json_schema() -> dict[str, Any]:
        return {"type": "object", "properties": {"worth": {"type": "number"}}, "required": ["worth"]}

    @classmethod
    def model_validate(cls, value: Any) -> "_Schema":
        return cls(**value)


class AskingMetric(BaseMetric):
    _required_params = [SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT]  # noqa: RUF012

    def __init__(self, model: Any, system_one_model: Any = None, evaluation_params: Any = None) -> None:  # noqa: ARG002
        self._model, self.evaluation_params = model, evaluation_params

    async def a_measure(self, test_case: LLMTestCase, _show_indicator: bool = True) -> None:
        found = await self._model.a_generate(f"Judge: {test_case.actual_output}", schema=_Schema)
        self.score, self.reason = found.worth, await self._model.a_generate("Why?")


class ToolCorrectnessMetric(BaseMetric):
    _required_params = [SingleTurnParams.TOOLS_CALLED, SingleTurnParams.EXPECTED_TOOLS]  # noqa: RUF012

    def __init__(self, model: Any) -> None:
        self._model = model

    async def a_measure(self, test_case: LLMTestCase, _show_indicator: bool = True) -> None:
        self.score = float(test_case.tools_called == test_case.expected_tools)


class FoundMetric(ShownMetric):
    _required_params = [SingleTurnParams.RETRIEVAL_CONTEXT]  # noqa: RUF012


class ContextMetric(ShownMetric):
    _required_params = [SingleTurnParams.CONTEXT, SingleTurnParams.EXPECTED_OUTPUT]  # noqa: RUF012


class ServersMetric(ShownMetric):
    _required_params = [SingleTurnParams.MCP_SERVERS]  # noqa: RUF012


class TraceMetric(ShownMetric):
    requires_trace = True


class ElsewhereMetric(ShownMetric):
    """Asks another service."""

    def __init__(self, system_one_model: Any = None) -> None: ...
