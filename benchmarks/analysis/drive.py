"""Drives the engine's own `Analysis` through a world, and tells when a violation was shown.

Two layers of the same class: `by_strata` calls `bet` with the counts of each second (the strata of
single-turn requests), `by_requests` feeds every line of the router's log and looks once a second.
"""

from collections.abc import Iterator

import numpy as np

from benchmarks.analysis.worlds import Ints, Random, Traffic, World
from esclusa.core.gate import Relative, Rule
from esclusa.core.traffic import Request
from esclusa.gates.live import Analysis, Terms

LAG = 0.5
LINE_DELAY = (0.02, 0.29)
"""How late the router's lines come, in seconds: uniform up to the measured p99."""


def terms(world: World) -> Terms:
    """One rule against the baseline, with the whole alpha."""
    rule = Rule(
        text="error_rate <= baseline",
        metric="error_rate",
        operator="<=",
        limit=Relative(plus=world.plus),
        estimator="mean",
    )
    return Terms(
        candidate="c", baseline="b", since=0.0, rules=(rule,), alpha=0.05, deadline=world.deadline, lag=LAG
    )


def by_strata(world: World, counts: Ints, phase: float) -> float | None:
    """When the look came that showed a violation, None if none did. Looks are at `phase` + 0, 1, 2...

    Evidence rises with candidate failures only, so it is looked at after those.
    """
    analysis = Analysis.new(terms(world))
    for second, (candidates, baselines, failed, baselines_failed) in enumerate(counts.tolist()):
        analysis.bet(candidates, baselines, failed, baselines_failed)
        if failed and analysis.violated:
            return float(second + 1 + LAG + (phase - LAG) % 1.0)
    return None


def by_requests(world: World, traffic: Traffic, phase: float, random: Random) -> float | None:
    """The same by the log's lines. While the router is down nobody looks; then its restart is told, from the
    last look before to a second after."""
    analysis = Analysis.new(terms(world))
    for shift in traffic.shifts:
        analysis.shifted(shift)
    down, up = traffic.away or (np.inf, np.inf)
    told = False
    for now, lines in looks(world, traffic, phase, random):
        analysis.observe(lines)
        if down <= now < up:
            continue
        if now >= up and not told:
            analysis.restarted(np.floor(down - phase) + phase, up + 1.0)
            told = True
        analysis.advance(now)
        if analysis.violated:
            return now
    return None


def looks(
    world: World, traffic: Traffic, phase: float, random: Random
) -> Iterator[tuple[float, list[Request]]]:
    """Each second, the lines that have come since. Of two lines that come together, the second."""
    started, ended = traffic.started, traffic.started + traffic.seconds
    last = world.horizon + world.deadline + 2.0
    seen_open = np.ceil(started + random.uniform(*LINE_DELAY, len(started)) - phase)
    seen_end = np.maximum(np.ceil(ended + random.uniform(*LINE_DELAY, len(started)) - phase), seen_open)
    opens = [(look, place, False) for place, look in enumerate(seen_open.tolist()) if look < seen_end[place]]
    ends = [(look, place, True) for place, look in enumerate(seen_end.tolist()) if look < last]
    events = sorted(opens + ends)
    requests = _requests(traffic)
    position = 0
    for number in range(int(events[0][0]) if events else 0, int(last)):
        lines = []
        while position < len(events) and events[position][0] <= number:
            _, place, over = events[position]
            id, conversation, arm, start, end, failed = requests[place]
            lines.append(
                Request(id, conversation, arm, start, end, failed)
                if over
                else Request(id, conversation, arm, start)
            )
            position += 1
        if number >= 0:
            yield number + phase, lines
        elif lines:
            yield phase, lines


def _requests(traffic: Traffic) -> list[tuple[str, str | None, str, float, float, bool]]:
    number = len(traffic.started)
    conversations = (
        [None] * number if traffic.conversation is None else [f"v{v}" for v in traffic.conversation.tolist()]
    )
    return list(
        zip(
            map(str, range(number)),
            conversations,
            np.where(traffic.candidate, "c", "b").tolist(),
            traffic.started.tolist(),
            (traffic.started + traffic.seconds).tolist(),
            traffic.failed.tolist(),
            strict=True,
        )
    )
