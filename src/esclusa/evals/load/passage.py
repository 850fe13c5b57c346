"""A passage: what came of one level, request by request, and what the whole of it says. Pure."""

import itertools
from collections.abc import Sequence
from typing import Literal, NamedTuple

from esclusa.stats.intervals import quantile

BLOCKS = 8
"""Stretches of equal length into which the measured time is cut (stats.blocks)."""
LATE = 0.05
"""Seconds that one in a hundred requests may be sent after it was due,"""
LATE_SHARE = 0.1
"""or this share of the p95 latency, if that is more; beyond it the generator would be measured."""
SLACK = 0.05
"""The share of a level's requests by which those under way may have grown from its beginning to its end."""


class Request(NamedTuple):
    """One request. Times are in seconds from the beginning of the level."""

    due: float
    sent: float
    ended: float
    error: str = ""
    error_kind: Literal["", "agent", "outside"] = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    model: str = ""
    cost: float | None = None
    first_token: float | None = None
    """When the first piece of the answer came; None if it was not a stream."""

    @property
    def seconds(self) -> float:
        """From when it was due, however late it was sent: a slow agent that delays the generator is seen."""
        return self.ended - self.due


class Passage(NamedTuple):
    """One level."""

    requests: tuple[Request, ...]
    """Those that are measured, in the order in which they were due."""
    planned: int
    """How many should have been; as many as there are, in a closed loop."""
    start: float
    until: float
    """The measured time."""
    timeout: float
    broken: str = ""
    """Why it was not driven to its end; empty if it was."""

    @property
    def not_run(self) -> int:
        """Requests that were never sent."""
        return self.planned - len(self.requests)


def latency(request: Request, timeout: float) -> float | None:
    """Seconds until the answer; where the agent failed, the timeout. None where that is unseen."""
    if request.error_kind == "outside":
        return None
    return max(timeout, request.seconds) if request.error_kind else request.seconds


def first_token(request: Request, timeout: float) -> float | None:
    """The same until the first piece of the answer."""
    if request.error_kind or request.first_token is None:
        return latency(request, timeout) if request.error_kind else None
    return request.first_token - request.due


def latencies(passage: Passage) -> list[float]:
    """Of the requests that were seen."""
    return [seconds for one in passage.requests if (seconds := latency(one, passage.timeout)) is not None]


def lag(passage: Passage) -> float:
    """Seconds after which the latest one in a hundred requests was sent."""
    late = [one.sent - one.due for one in passage.requests]
    return quantile(late, 0.99) if late else 0.0


def late(passage: Passage) -> str:
    """Why the generator and not the agent was measured; empty if it was the agent."""
    seen = latencies(passage)
    allowed = max(LATE, LATE_SHARE * quantile(seen, 0.95)) if seen else LATE
    found = lag(passage)
    if found <= allowed:
        return ""
    return (
        f"the load generator could not keep up: one in a hundred requests was sent {found * 1000:.0f} ms late"
        f" or later, at most {allowed * 1000:.0f} ms are allowed"
    )


def throughput(passage: Passage) -> list[float]:
    """Answers a second in each block of the measured time; failed requests are none."""
    width = (passage.until - passage.start) / BLOCKS
    counts = [0] * BLOCKS
    for one in passage.requests:
        if not one.error_kind and one.ended < passage.until:
            counts[block_of(passage, one.ended)] += 1
    return [count / width for count in counts]


def block_of(passage: Passage, moment: float) -> int:
    """In which block of the measured time a moment lies."""
    share = (moment - passage.start) / (passage.until - passage.start)
    return min(BLOCKS - 1, max(0, int(share * BLOCKS)))


def backlog(passage: Passage) -> int:
    """By how many the requests under way grew over the last three quarters of the measured time.

    Only measured requests are counted, so that there are none at its very beginning.
    """
    quarter = passage.start + (passage.until - passage.start) / 4
    return _under_way(passage.requests, passage.until) - _under_way(passage.requests, quarter)


def _under_way(requests: Sequence[Request], moment: float) -> int:
    return sum(one.due < moment <= one.ended for one in requests)


def correlation(values: Sequence[float]) -> float:
    """The correlation of each value with the next (von Neumann 1941); 0 if they are all alike."""
    mean = sum(values) / len(values)
    spread = sum((value - mean) ** 2 for value in values)
    if spread == 0:
        return 0.0
    pairs = itertools.pairwise(values)
    return sum((one - mean) * (other - mean) for one, other in pairs) / spread
