"""Metrics that are made once and called with keywords, as those of ragas are."""

import os
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ragas.embeddings.base import BaseRagasEmbedding
from ragas.llms.base import InstructorBaseRagasLLM
from ragas.messages import AIMessage, HumanMessage, ToolCall


@dataclass
class MetricResult:
    value: Any
    reason: str | None = None


class DistanceMeasure(Enum):
    HAMMING = "hamming"
    JARO = "jaro"


class BaseMetric:
    allowed_values: tuple[float, float] = (0.0, 1.0)


class Shown(BaseMetric):
    """Its reason is what it was shown."""

    def __init__(self, worth: Any = 0.25, distance_measure: Any = DistanceMeasure.JARO, **_: Any) -> None:
        self._worth, self._measure = worth, distance_measure

    async def ascore(
        self, user_input: str, response: str, reference: str = "", extra: str = ""
    ) -> MetricResult:
        said = f"{user_input!r} {response!r} {reference!r} {extra!r} {self._measure.value}"
        return MetricResult(self._worth, f"{said} {os.environ['RAGAS_DO_NOT_TRACK']}")


class Reference(BaseMetric):
    async def ascore(self, response: str, reference: str) -> MetricResult:
        return MetricResult(float(response == reference))


class Found(BaseMetric):
    async def ascore(self, retrieved_contexts: list[str], reference_contexts: list[str]) -> MetricResult:
        return MetricResult(1.0, f"{retrieved_contexts} {reference_contexts}")


class Calls(BaseMetric):
    """Its reason is the conversation."""

    async def ascore(
        self, user_input: list[HumanMessage | AIMessage], reference_tool_calls: list[ToolCall]
    ) -> MetricResult:
        made = user_input[-1].tool_calls if isinstance(user_input[-1], AIMessage) else None
        said = [f"{type(one).__name__} {one.content}" for one in user_input]
        return MetricResult(float(made == reference_tool_calls), f"{said}")


class Schema(BaseMetric):
    async def ascore(self, response: str, schema: str) -> MetricResult:
        return MetricResult(1.0, f"{response} {schema}")


class NoiseSensitivity(Shown): ...


class Rubrics(Shown):
    """Marks from 1, the worst, to 5."""

    allowed_values = (1.0, 5.0)


class _Form:
    """As a class of pydantic is used."""

    def __init__(self, worth: float) -> None:
        self.worth = worth

    @staticmethod
    def model_json_schema() -> dict[str, Any]:
        return {"type": "object", "properties": {"worth": {"type": "number"}}, "required": ["worth"]}

    @classmethod
    def model_validate(cls, value: Any) -> "_Form":
        return cls(**value)


class Asking(BaseMetric):
    def __init__(self, llm: InstructorBaseRagasLLM, embeddings: BaseRagasEmbedding, **_: Any) -> None:
        self._llm: Any = llm
        self._embeddings: Any = embeddings

    async def ascore(self, response: str) -> MetricResult:
        found = await self._llm.agenerate(f"Judge: {response}", _Form)
        one = await self._embeddings.aembed_text("one")
        more = await self._embeddings.aembed_texts(["two", "three"])
        return MetricResult(found.worth, f"{one} {more}")
