"""Worlds: seeded traffic whose truth is known, each with one thing in it that misleads an analysis.

All have 50 requests a second. `failing` is the candidate's failure rate; the baseline's is 1 %.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Random = np.random.Generator

RATE = 50.0
HEALTHY = 0.01
CANARY = 0.10
TURNS = 8
CORRELATION = 0.2


@dataclass(frozen=True)
class Traffic:
    """Requests as arrays of one length, in the order of their starts; second 0 is when the rollout begins."""

    started: Floats
    seconds: Floats
    """How long each took; infinite if the router never told its end."""
    candidate: Bools
    failed: Bools
    conversation: Ints | None = None
    away: tuple[float, float] | None = None
    """When the router was down, from and to."""
    shifts: tuple[float, ...] = ()


@dataclass(frozen=True)
class World:
    """`counts` makes seconds of (candidates, baselines, candidates failed, baselines failed) directly;
    `traffic` makes single requests, for worlds in which putting the strata together is what is tested."""

    name: str
    words: str
    horizon: int
    failing: tuple[float, ...]
    deadline: float = 30.0
    counts: Callable[[Random, float], Ints] | None = None
    traffic: Callable[[Random, float], Traffic] | None = None
    plus: float = 0.0
    share: float | None = None
    """The candidate's share where it is constant, so that Wald's bound has one value."""


def independent(random: Random, failing: float) -> Ints:
    """Single-turn requests, independent, an hour at a constant share."""
    shares = np.full(3600, CANARY)
    return _seconds(random, shares, np.full(3600, failing), np.full(3600, HEALTHY))


def incident(random: Random, failing: float) -> Ints:
    """A ramp, in which both arms fail at 30 % more for a minute, at a random time."""
    shares = np.repeat([0.05, 0.25, 0.50], 300)
    begin = random.integers(0, len(shares) - 60)
    extra = np.zeros(len(shares))
    extra[begin : begin + 60] = 0.30
    return _seconds(random, shares, failing + extra, HEALTHY + extra)


def sticky(random: Random, failing: float) -> Traffic:
    """Conversations of 8 turns that stay with their release; some customers fail much more often than others
    (beta with correlation 0.2), and everybody twice as often in the first turn. A ramp over new
    conversations.

    The first two minutes are before the rollout.
    """
    before, horizon, phase = 120.0, 600.0, 200.0
    number = random.poisson((before + horizon) * RATE / TURNS)
    born = np.sort(random.uniform(-before, horizon, number))
    candidate = random.random(number) < _ramp(born, phase)
    spread = 1.0 / CORRELATION - 1.0
    mean = np.where(candidate, failing, HEALTHY)
    hazard = random.beta(mean * spread, (1.0 - mean) * spread)
    seconds = random.gamma(4.0, 0.3, (number, TURNS))
    pauses = random.exponential(6.0, (number, TURNS))
    waits = np.cumsum(np.hstack([np.zeros((number, 1)), (seconds + pauses)[:, :-1]]), axis=1)
    weight = np.where(np.arange(TURNS) == 0, 2.0, 6.0 / 7.0)
    failed = random.random((number, TURNS)) < np.minimum(1.0, hazard[:, None] * weight)
    return _ordered(
        Traffic(
            started=(born[:, None] + waits).ravel(),
            seconds=np.where(failed, seconds * random.uniform(0.1, 1.0, failed.shape), seconds).ravel(),
            candidate=np.repeat(candidate, TURNS),
            failed=failed.ravel(),
            conversation=np.repeat(np.arange(number), TURNS),
            shifts=(phase, 2 * phase),
        ),
        horizon,
    )


def streams(random: Random, failing: float) -> Traffic:
    """A ramp in which a success streams for 30 s and a failure comes at once."""
    horizon, phase = 450.0, 150.0
    started = _arrivals(random, 0.0, horizon)
    candidate = random.random(len(started)) < _ramp(started, phase)
    failed = random.random(len(started)) < np.where(candidate, failing, HEALTHY)
    length = np.where(failed, 0.05, random.normal(30.0, 1.0, len(started)))
    return Traffic(started, length, candidate, failed, shifts=(phase, 2 * phase))


def restart(random: Random, failing: float) -> Traffic:
    """A candidate that takes twice as long as the baseline; in mid-run the router is killed.

    What was in flight never ends in the log, what comes while it is down is never logged, and for half a
    second after it is back both arms fail half of the time.
    """
    horizon, share = 300.0, 0.25
    started = _arrivals(random, 0.0, horizon)
    candidate = random.random(len(started)) < share
    down = random.uniform(60.0, 240.0)
    up = down + random.uniform(0.14, 0.59)
    unwell = (started >= up) & (started < up + 0.5)
    failed = random.random(len(started)) < np.where(unwell, 0.5, np.where(candidate, failing, HEALTHY))
    length = np.where(failed, 0.05, random.exponential(np.where(candidate, 3.0, 1.5)))
    length[(started < down) & (started + length >= down)] = np.inf
    logged = (started < down) | (started >= up)
    return Traffic(started[logged], length[logged], candidate[logged], failed[logged], away=(down, up))


WORLDS = (
    World(
        "independent",
        "single-turn requests, 10 % canary",
        3600,
        (0.01, 0.02, 0.05, 0.20),
        counts=independent,
        share=CANARY,
    ),
    World(
        "sticky",
        "8 turns, correlation .2, first turn worse, ramp 5/25/50 %",
        600,
        (0.01, 0.05, 0.20),
        traffic=sticky,
    ),
    World(
        "streams",
        "30 s successes, instant errors, ramp 5/25/50 %",
        450,
        (0.01, 0.05, 0.20),
        deadline=45.0,
        traffic=streams,
    ),
    World(
        "incident",
        "both arms +30 % for a minute, ramp 5/25/50 %",
        900,
        (0.01, 0.05, 0.20),
        counts=incident,
    ),
    World(
        "restart",
        "router killed in mid-run, candidate slower, 25 % canary",
        300,
        (0.01, 0.05, 0.20),
        traffic=restart,
    ),
    World(
        "margin",
        "as independent, rule `<= baseline + 0.5%`, at the margin",
        3600,
        (0.015, 0.03, 0.05),
        counts=independent,
        plus=0.005,
        share=CANARY,
    ),
)


def _seconds(random: Random, shares: Floats, failing: Floats, healthy: Floats) -> Ints:
    requests = random.poisson(RATE, len(shares))
    candidates = random.binomial(requests, shares)
    baselines = requests - candidates
    failed = random.binomial(candidates, failing)
    baselines_failed = random.binomial(baselines, healthy)
    return np.stack([candidates, baselines, failed, baselines_failed], axis=1)


def _arrivals(random: Random, begin: float, end: float) -> Floats:
    return np.sort(random.uniform(begin, end, random.poisson((end - begin) * RATE)))


def _ramp(at: Floats, phase: float) -> Floats:
    """The candidate's share of what begins at each time: none before 0, then 5, 25 and 50 %."""
    steps = np.clip(np.floor(at / phase).astype(int) + 1, 0, 3)
    shares: Floats = np.choose(steps, [0.0, 0.05, 0.25, 0.50])
    return shares


def _ordered(traffic: Traffic, horizon: float) -> Traffic:
    order = np.argsort(traffic.started, kind="stable")
    order = order[traffic.started[order] < horizon]
    conversation = traffic.conversation
    return Traffic(
        traffic.started[order],
        traffic.seconds[order],
        traffic.candidate[order],
        traffic.failed[order],
        None if conversation is None else conversation[order],
        traffic.away,
        traffic.shifts,
    )
