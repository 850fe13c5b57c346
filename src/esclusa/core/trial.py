"""A trial: what a rollout that was there to find something out has found."""

from collections.abc import Mapping
from enum import StrEnum

from esclusa.core.value import EMPTY, Value


class Finding(StrEnum):
    """How the candidate stands to what it is compared with. Lower is better in all that is compared."""

    BETTER = "better"
    WORSE = "worse"
    MIXED = "better and worse"
    NOTHING = "no difference shown"
    INVALID = "not valid"
    """Something about the trial itself is wrong; `Trial.odd` says what."""


class Variant(Value, frozen=True, kw_only=True):
    """What was seen of one release: turns of conversations that began within the trial."""

    name: str
    release: str
    share: float | None = None
    """Of new conversations, as it was set; None where it was not drawn."""
    conversations: int
    turns: int
    failed: int
    """Turns that failed, or were not answered by the deadline."""
    error_rate: float | None = None
    """None without any turn."""
    latency: Mapping[str, float] = EMPTY
    """`p50` and `p95` in seconds; a failed turn took as long as the deadline."""


class Difference(Value, frozen=True, kw_only=True):
    """How much more one variant has of something than the control."""

    variant: str
    metric: str
    unit: str
    """`share` or `s`."""
    estimate: float
    interval: tuple[float, float]
    """With what is said in `Trial.confidence`: all of them together."""
    finding: Finding


class Trial(Value, frozen=True, kw_only=True):
    """The variants, the differences, and what that comes to."""

    control: str
    """The name of the variant that the others are compared with."""
    variants: tuple[Variant, ...]
    differences: tuple[Difference, ...]
    finding: Finding
    confidence: float
    """That every interval holds the true difference."""
    seconds: float
    """How long the turns that count were started for."""
    odd: str = ""
    """Why the trial says nothing; empty if nothing is wrong with it."""
    sentence: str
