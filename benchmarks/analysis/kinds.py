"""Worlds for every other kind of evidence and form of margin: each at the margin, where whatever is shown is
false, and beyond it.

`level` is what a world varies: the candidate's failure rate, the factor on its durations or costs, or its
mean score. The bound of these worlds is the delay of the best single bet in hindsight, for which Wald's bound
is the name where the evidence is one share against a number.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.analysis import drive, references
from benchmarks.analysis.worlds import HEALTHY, RATE, Floats, Ints, Random, Traffic, World
from esclusa.core.gate import Rule
from esclusa.gates.catalogue import catalogue
from esclusa.gates.language import parse
from esclusa.gates.live import Terms
from esclusa.gates.live_gate import LiveGate
from esclusa.gates.scores import Pair, ScoreGuard

ALPHA = 0.05
METRICS = catalogue()
ODDS = np.exp(np.linspace(math.log(0.02), math.log(50.0), 400))
Found = tuple[float | None, dict[str, float | None]]
"""When it was shown, and when each of the references rolled back."""


def rule(text: str) -> Rule:
    """A live rule."""
    return parse(text, METRICS, live=True)


def gate(text: str, *, prove: bool = False, deadline: float = 30.0) -> LiveGate:
    """The live gate with this rule alone and all of alpha."""
    return LiveGate.new(
        Terms(
            candidate="c",
            baseline="b",
            since=0.0,
            rules=(rule(text),),
            prove=(text,) if prove else (),
            alpha=ALPHA,
            deadline=deadline,
            lag=drive.LAG,
            least_scored=1,
        )
    )


# Errors by the second, with other margins than a sum, and proofs.


def by_seconds(text: str, share: float, *, prove: bool = False) -> Callable[[Random, float], Found]:
    """Single-turn requests, independent, an hour at a constant share."""

    def play(random: Random, level: float) -> Found:
        counts = _hour(random, share, level)
        analysis = gate(text, prove=prove).errors
        [guard] = analysis.guards
        shown = None
        for second, (candidates, baselines, failed, baselines_failed) in enumerate(counts.tolist()):
            analysis.bet(candidates, baselines, failed, baselines_failed)
            if guard.proven if prove else guard.violated:
                shown = second + 1.0 + drive.LAG
                break
        return shown, references.delays(counts)

    return play


def _hour(random: Random, share: float, level: float) -> Ints:
    seconds = 3600
    requests = random.poisson(RATE, seconds)
    candidates = random.binomial(requests, share)
    baselines = requests - candidates
    failed = random.binomial(candidates, level)
    baselines_failed = random.binomial(baselines, HEALTHY)
    return np.stack([candidates, baselines, failed, baselines_failed], axis=1)


def best_bet(share: float, times: float, plus: float, *, prove: bool) -> Callable[[float], float | None]:
    """The delay of the best bet in hindsight for a rule on the baseline, at a constant share."""

    def bound(level: float) -> float | None:
        w, t, d = (1.0 - share, 1.0 / times, -plus / times) if prove else (share, times, plus)
        mine, theirs = (HEALTHY, level) if prove else (level, HEALTHY)
        scale = t * w + 1.0 - w
        fair = t * w / scale
        raised = ODDS * fair / (ODDS * fair + 1.0 - fair)
        earned = w * mine * np.log(raised / fair) + (1 - w) * theirs * np.log((1 - raised) / (1 - fair))
        cost = np.log1p(np.maximum(-0.999, (raised - fair) * scale * d / t))
        return _delay(float(np.max(RATE * (earned - cost))))

    return bound


def best_limit(share: float, limit: float) -> Callable[[float], float | None]:
    """The same for a limit of its own: Wald's bound, log(1/alpha) over the divergence of the two shares."""

    def bound(level: float) -> float | None:
        divergence = level * math.log(level / limit) + (1 - level) * math.log((1 - level) / (1 - limit))
        return _delay(RATE * share * divergence)

    return bound


# Latency by the request, through the log's lines.


def by_latency(text: str, seconds: Callable[[Random, int], Floats]) -> Callable[[Random, float], Found]:
    """A quarter of the traffic on the candidate, whose durations are `level` times the baseline's, and for a
    minute everything is three times as slow."""

    def play(random: Random, level: float) -> Found:
        horizon = 240.0
        started = np.sort(random.uniform(0.0, horizon, random.poisson(horizon * RATE)))
        candidate = random.random(len(started)) < 0.25
        begin = random.uniform(30.0, horizon - 90.0)
        weather = np.where((started >= begin) & (started < begin + 60.0), 3.0, 1.0)
        shared = 1.0 if "baseline" not in text else weather
        took = seconds(random, len(started)) * np.where(candidate, level, 1.0) * shared
        traffic = Traffic(started, took, candidate, np.zeros(len(started), dtype=bool))
        live = gate(text)
        return _first_look(live, traffic, random, horizon), _slow_references(traffic, int(horizon))

    return play


def lognormal(random: Random, number: int) -> Floats:
    """Seconds, of which 5 % are above 2: a median of 0.8."""
    spread = math.log(2.0 / 0.8) / 1.6448536
    values: Floats = 0.8 * np.exp(random.normal(0.0, spread, number))
    return values


def _first_look(live: LiveGate, traffic: Traffic, random: Random, horizon: float) -> float | None:
    world = World("latency", "", int(horizon), ())
    phase = float(random.random())
    for now, lines in drive.looks(world, traffic, phase, random):
        live.observe(lines)
        live.advance(now)
        if any(guard.violated for guard in live.guards):
            return now
    return None


def _slow_references(traffic: Traffic, horizon: int) -> dict[str, float | None]:
    """What others would do of "slower than 2 s" as of failures, by the second in which requests ended."""
    slow = Traffic(traffic.started, traffic.seconds, traffic.candidate, traffic.seconds > 2.0)
    return references.delays(references.counted(slow, horizon))


# Scores and amounts, pair by pair: one a second.


def by_pairs(
    text: str, values: Callable[[Random, float, int], Floats], *, healthy: float, prove: bool = False
) -> Callable[[Random, float], Found]:
    """Half an hour of pairs."""

    def play(random: Random, level: float) -> Found:
        number = 1800
        mine, theirs = values(random, level, number), values(random, healthy, number)
        asked = rule(text)
        guard = ScoreGuard.new(asked, ALPHA, least=1, prove=prove)
        shown = None
        for at, (one, other) in enumerate(zip(mine.tolist(), theirs.tolist(), strict=True)):
            guard.take([Pair(float(at), {asked.metric: one}, {asked.metric: other})])
            if guard.proven if prove else guard.violated:
                shown = at + 1.0
                break
        return shown, references.of_values(mine, theirs, higher=asked.operator.startswith(">"))

    return play


def scores(random: Random, mean: float, number: int) -> Floats:
    """Scores in [0, 1] with this mean: a beta distribution with two thirds of the variance that is
    possible.
    """
    spread = 0.5
    drawn: Floats = random.beta(mean * spread, (1.0 - mean) * spread, number)
    return drawn


def costs(random: Random, factor: float, number: int) -> Floats:
    """USD, log-normal around a cent times a factor; one in a thousand costs fifty times as much."""
    drawn = 0.01 * factor * np.exp(random.normal(0.0, 0.8, number))
    drawn[random.random(number) < 0.001] *= 50.0
    values: Floats = drawn
    return values


def best_pairs(
    values: Callable[[Random, float, int], Floats],
    allowed: Callable[[Floats], Floats],
    healthy: float,
    sign: float,
) -> Callable[[float], float | None]:
    """The best bet in hindsight on pairs, by 200,000 of them. `sign` is 1 where a higher value is worse."""

    def bound(level: float) -> float | None:
        random = np.random.default_rng(0)
        mine, theirs = values(random, level, 200_000), values(random, healthy, 200_000)
        worse = sign * (mine - allowed(theirs))
        lowest = float(worse.min())
        if lowest >= 0.0:
            return None
        grown = [float(np.mean(np.log1p(part * worse / -lowest))) for part in np.linspace(0.01, 0.99, 99)]
        return _delay(max(grown))

    return bound


def _delay(growth: float) -> float | None:
    return math.log(1.0 / ALPHA) / growth if growth > 0 else None


@dataclass(frozen=True)
class Kind(World):
    """A world that plays itself."""

    play: Callable[[Random, float], Found] | None = None
    bound_at: Callable[[float], float | None] | None = None
    true: Sequence[float] = ()
    """The levels at which it should be shown."""


KINDS = (
    Kind(
        "times",
        "errors, rule `<= baseline * 2`, 10 % canary",
        3600,
        (0.02, 0.05),
        play=by_seconds("error_rate <= baseline * 2", 0.1),
        bound_at=best_bet(0.1, 2.0, 0.0, prove=False),
        true=(0.05,),
    ),
    Kind(
        "times+plus",
        "errors, rule `<= baseline * 1.5 + 0.5%`, 10 % canary",
        3600,
        (0.02, 0.05),
        play=by_seconds("error_rate <= baseline * 1.5 + 0.5%", 0.1),
        bound_at=best_bet(0.1, 1.5, 0.005, prove=False),
        true=(0.05,),
    ),
    Kind(
        "limit",
        "errors, rule `<= 2%`, 10 % canary",
        3600,
        (0.02, 0.05),
        play=by_seconds("error_rate <= 2%", 0.1),
        bound_at=best_limit(0.1, 0.02),
        true=(0.05,),
    ),
    Kind(
        "prove margin",
        "to be proven: errors `<= baseline + 1%`, half the traffic; false at 2 %",
        3600,
        (0.02, 0.01),
        play=by_seconds("error_rate <= baseline + 1%", 0.5, prove=True),
        bound_at=best_bet(0.5, 1.0, 0.01, prove=True),
        true=(0.01,),
    ),
    Kind(
        "prove times",
        "to be proven: errors `<= baseline * 2`, half the traffic; false at 2 %",
        3600,
        (0.02, 0.01),
        play=by_seconds("error_rate <= baseline * 2", 0.5, prove=True),
        bound_at=best_bet(0.5, 2.0, 0.0, prove=True),
        true=(0.01,),
    ),
    Kind(
        "prove limit",
        "to be proven: errors `<= 2%`, half the traffic; false at 2 %",
        3600,
        (0.02, 0.01),
        play=by_seconds("error_rate <= 2%", 0.5, prove=True),
        bound_at=best_limit(0.5, 0.02),
        true=(0.01,),
    ),
    Kind(
        "latency limit",
        "p95 < 2 s, durations times 1 and 1.5, 25 % canary",
        240,
        (1.0, 1.5),
        play=by_latency("latency.p95 < 2 s", lognormal),
        true=(1.5,),
    ),
    Kind(
        "latency margin",
        "p95 <= baseline * 1.25, durations times 1.25 and 2, a minute of shared weather",
        240,
        (1.25, 2.0),
        play=by_latency("latency.p95 <= baseline * 1.25", lognormal),
        true=(2.0,),
    ),
    Kind(
        "scores",
        "a score `>= baseline - 10%`, the baseline's mean 90 %, a pair a second",
        1800,
        (0.8, 0.7, 0.5),
        play=by_pairs("relevance >= baseline - 10%", scores, healthy=0.9),
        bound_at=best_pairs(scores, lambda b: b - 0.1, 0.9, -1.0),
        true=(0.7, 0.5),
    ),
    Kind(
        "scores times",
        "a score `>= baseline * 0.9`",
        1800,
        (0.81, 0.6),
        play=by_pairs("relevance >= baseline * 0.9", scores, healthy=0.9),
        bound_at=best_pairs(scores, lambda b: b * 0.9, 0.9, -1.0),
        true=(0.6,),
    ),
    Kind(
        "scores limit",
        "a score `> 80%`",
        1800,
        (0.8, 0.6),
        play=by_pairs("relevance > 80%", scores, healthy=0.9),
        bound_at=best_pairs(scores, lambda b: 0.8 + 0.0 * b, 0.9, -1.0),
        true=(0.6,),
    ),
    Kind(
        "prove scores",
        "to be proven: a score `>= baseline - 10%`; false at 80 %",
        1800,
        (0.8, 0.9),
        play=by_pairs("relevance >= baseline - 10%", scores, healthy=0.9, prove=True),
        bound_at=best_pairs(scores, lambda b: b - 0.1, 0.9, 1.0),
        true=(0.9,),
    ),
    Kind(
        "cost",
        "cost `<= baseline * 1.25`, heavy tails, costs times 1.25 and 2",
        1800,
        (1.25, 2.0),
        play=by_pairs("cost_per_query <= baseline * 1.25", costs, healthy=1.0),
        true=(2.0,),
    ),
)
