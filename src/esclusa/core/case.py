"""A case: one question of an eval suite, asked and scored."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from esclusa.core.value import EMPTY, Value


class ToolCall(Value, frozen=True, kw_only=True):
    """A tool that an agent called, or is expected to call. `arguments` are a mapping, as a rule."""

    name: str
    arguments: Any | UnsetType = UNSET


class Scoring(Value, frozen=True, kw_only=True):
    """What the models took that a case's scorers asked. The agent's own calls are no part of it."""

    calls: int = 0
    tokens_in: int | None = 0
    """None where a model did not say."""
    tokens_out: int | None = 0
    cost: float = 0.0
    """USD, of the calls that have a price."""
    unpriced: tuple[str, ...] = ()
    """The models that have none."""
    refused: str = ""
    """Why a scorer was not let ask any more, so that the case has no score of its; empty if none was."""


class Case(Value, frozen=True, kw_only=True, gc=False):
    """One asked case of an eval suite; one of its askings, where the suite repeats them.

    No part of it can lead back to it, so that the garbage collector need not look at thousands of them.
    """

    id: str
    repeat: int = 0
    """Which asking of it this is; the first is 0."""
    answer: str = ""
    earlier: tuple[str, ...] = ()
    """In a conversation by a script, the answers before this one."""
    scores: Mapping[str, float] = EMPTY
    explanations: Mapping[str, str] = EMPTY
    seconds: float = 0.0
    first_token: float | None = None
    """Seconds until the first piece of an answer that came as a stream."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    """USD."""
    cached: bool = False
    """The answer is one that was given before; `seconds` and `cost` are those of then."""
    error: str = ""
    error_kind: str = ""
    """`agent`, `outside` or empty."""
    tags: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    """In the order in which the agent made them."""
    model: str = ""
    """The model that answered, as the response names it."""
    decision: str = ""
    """What was decided, as JSON, where the suite compares counterfactual pairs by it."""
    scoring: Scoring | None = None
    """None where no scorer asked a model."""
    subject: str = ""
    """What it is a case of: suite and release. A resumed run takes over only its own."""

    @property
    def key(self) -> str:
        """Names this asking."""
        return asking(self.id, self.repeat)


def asking(case: str, repeat: int) -> str:
    """Names one asking of a case; the first has the case's own name."""
    return f"{case}\0{repeat}" if repeat else case
