"""Search: up the levels until one is not held, then between it and the one before. Pure.

What is found is the highest level that was seen to be held; the saturation point is between it and the lowest
that was not. A level is held when its p95 and its share of errors are within the limits and the requests
under way do not pile up. Requests that were unseen count as errors there: a level is held only if it is for
certain.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from esclusa.evals.load.passage import SLACK, Passage, backlog, late, latencies, latency, throughput
from esclusa.evals.load.profile import Limits, Profile, Saturation
from esclusa.stats.intervals import quantile


class Outcome(NamedTuple):
    """What one level came to."""

    at: float
    throughput: float
    """Answers a second."""
    trouble: str
    """Why it was not held; empty if it was."""
    unclear: str = ""
    """Why nobody knows whether it was: the generator was measured instead of the agent."""

    @property
    def held(self) -> bool:
        """Whether it was seen to be."""
        return not self.trouble and not self.unclear


def outcome(passage: Passage, at: float, limits: Limits) -> Outcome:
    """Whether a level was held."""
    rates = throughput(passage)
    through = sum(rates) / len(rates)
    trouble = passage.broken or _trouble(passage, limits)
    if trouble:
        # Without what the generator added, so that its lag is not laid to the agent.
        on_time = passage._replace(requests=tuple(one._replace(due=one.sent) for one in passage.requests))
        if passage.broken or _trouble(on_time, limits):
            return Outcome(at, through, trouble)
    return Outcome(at, through, "", late(passage))


def following(search: Saturation, outcomes: Sequence[Outcome], *, whole: bool) -> float | None:
    """The next level to try; None when the search is over. `whole`: levels are numbers of users."""
    if any(one.unclear for one in outcomes):
        return None
    failed = min((one.at for one in outcomes if not one.held), default=None)
    if failed is None:
        return next((level for level in search.levels if all(level > one.at for one in outcomes)), None)
    best = max((one.at for one in outcomes if one.held), default=0.0)
    if not best or failed <= best * (1.0 + search.within) or (whole and failed - best <= 1):
        return None
    middle = (best + failed) / 2.0
    return float(math.floor(middle)) if whole else middle


def best(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The highest level that was held; None if none was."""
    return max((one for one in outcomes if one.held), key=lambda one: one.at, default=None)


def described(profile: Profile, at: float) -> str:
    """A level in words."""
    return f"{at:.3g} requests a second" if profile.loop == "open" else f"{at:.0f} users"


def _trouble(passage: Passage, limits: Limits) -> str:
    requests = passage.requests
    if not requests:
        return "no request was sent"
    bad = sum(one.error_kind != "" for one in requests)
    if bad > limits.error_rate * len(requests):
        first = next(one.error for one in requests if one.error_kind)
        return f"{bad} of {len(requests)} requests failed: {first.splitlines()[0]}"
    p95 = quantile([_worst(latency(one, passage.timeout)) for one in requests], 0.95)
    if p95 > limits.p95:
        return f"p95 was {p95:.3g} s, over {limits.p95:.3g} s"
    growth = backlog(passage)
    if growth > max(SLACK * len(requests), 3.0 * math.sqrt(max(1.0, _usual(passage)))):
        return f"the requests under way grew by {growth}"
    return ""


def _worst(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds


def _usual(passage: Passage) -> float:
    """How many requests are under way at a time, by Little's law."""
    return sum(latencies(passage)) / (passage.until - passage.start)
