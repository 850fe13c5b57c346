"""Foresight: what a rollout would see of a regression, played many times before it sets out.

It drives the guards that judge live traffic, with drawn traffic: independent turns at a steady rate, the
candidate's share of them as each phase says. Real traffic is burstier and comes in conversations, so this is
a plan and no promise; what is promised, the share of false rollbacks, does not depend on it.
"""

import math
import random
import statistics
from collections.abc import Sequence

from esclusa.core.gate import Mode, Rule
from esclusa.core.value import Value
from esclusa.gates.guard import ERRORS, Guard
from esclusa.stats.planning import stratum_seconds

MANY = 60.0
"""From this mean on a number of turns is drawn as a rounded normal."""


class Step(Value, frozen=True, kw_only=True):
    """A judged phase: how much of the traffic it shows the candidate, and when it may end."""

    name: str
    share: float
    bake: float
    min_samples: int
    timeout: float
    mirrored: bool = False
    """Whether the share is of copies: stable answers everything, and the candidate harms nobody."""


class Prospect(Value, frozen=True, kw_only=True):
    """What became of many rollouts of a candidate that fails with one probability."""

    candidate: float
    """The share of turns it fails."""
    caught: float
    """The share of rollouts that it was taken back in."""
    where: tuple[tuple[str, float], ...]
    """The share that was taken back in each step."""
    seconds: float | None = None
    """From the first step to the decision, the median of those that were taken back; None when none was."""
    late: float | None = None
    """The same for nine in ten."""
    exposed: float = 0.0
    """Turns that the candidate answered, on average over all rollouts, up to the end of the last step."""
    harmed: float = 0.0
    """Those of them that failed."""


def foresee(
    steps: Sequence[Step],
    rules: Sequence[Rule],
    *,
    rate: float,
    baseline: float,
    candidate: float,
    alpha: float,
    prove: Sequence[Rule] = (),
    max_harmed: int | None = None,
    plays: int = 400,
    seed: int = 1,
) -> Prospect:
    """Play the rollout. `rate` is turns a second, of both releases together; `baseline` and `candidate` are
    the shares of them that fail; `prove` are those rules that must be shown to hold before a step ends.
    ValueError for a rate that is not above 0.
    """
    if not rate > 0.0:
        raise ValueError(f"{rate:g} turns a second are no traffic")
    asked = [rule for rule in rules if rule.metric == ERRORS and rule.mode is Mode.BLOCK]
    ends = []
    for number in range(plays):
        drawn = random.Random(f"{seed}-{number}-{candidate}")
        guards = [Guard.new(rule, alpha / max(1, len(rules)), rule in prove) for rule in asked]
        ends.append(_play(steps, guards, rate, (candidate, baseline), max_harmed, drawn))
    caught = [end for end in ends if end.step is not None]
    seconds = sorted(end.seconds for end in caught)
    return Prospect(
        candidate=candidate,
        caught=len(caught) / plays,
        where=tuple(
            (step.name, sum(end.step == place for end in caught) / plays) for place, step in enumerate(steps)
        ),
        seconds=statistics.median(seconds) if seconds else None,
        late=seconds[math.ceil(0.9 * len(seconds)) - 1] if seconds else None,
        exposed=statistics.fmean(end.exposed for end in ends),
        harmed=statistics.fmean(end.harmed for end in ends),
    )


class _End(Value, frozen=True, kw_only=True):
    step: int | None
    seconds: float
    exposed: int
    harmed: int


def _play(
    steps: Sequence[Step],
    guards: Sequence[Guard],
    rate: float,
    failing: tuple[float, float],
    max_harmed: int | None,
    drawn: random.Random,
) -> _End:
    seconds, exposed, harmed = 0.0, 0, 0
    width = stratum_seconds(rate)
    for place, step in enumerate(steps):
        spent, seen = 0.0, 0
        while (spent < step.bake or _holds(step, seen, guards)) and spent < step.timeout:
            left = 1.0 if step.mirrored else 1.0 - step.share
            turns = _count(drawn, rate * step.share * width), _count(drawn, rate * left * width)
            failed = tuple(_hits(drawn, n, share) for n, share in zip(turns, failing, strict=True))
            spent, seen = spent + width, seen + turns[0]
            if not step.mirrored:
                exposed, harmed = exposed + turns[0], harmed + failed[0]
            for guard in guards:
                guard.bet(turns[0], turns[1], failed[0], failed[1])
            over = max_harmed is not None and harmed >= max_harmed
            if over or any(guard.violated for guard in guards):
                return _End(step=place, seconds=seconds + spent, exposed=exposed, harmed=harmed)
        seconds += spent
        if spent >= step.timeout and _holds(step, seen, guards):
            return _End(step=place, seconds=seconds, exposed=exposed, harmed=harmed)
    return _End(step=None, seconds=seconds, exposed=exposed, harmed=harmed)


def _holds(step: Step, seen: int, guards: Sequence[Guard]) -> bool:
    return seen < step.min_samples or any(guard.proof is not None and not guard.proven for guard in guards)


def _count(drawn: random.Random, mean: float) -> int:
    """A Poisson number."""
    if mean >= MANY:
        return max(0, round(drawn.gauss(mean, math.sqrt(mean))))
    count, product, floor = 0, drawn.random(), math.exp(-mean)
    while product > floor:
        count, product = count + 1, product * drawn.random()
    return count


def _hits(drawn: random.Random, n: int, share: float) -> int:
    """A binomial number, counted from hit to hit: as quick as hits are few."""
    if share <= 0.0 or n == 0:
        return 0
    if share >= 1.0:
        return n
    hits, at = 0, 0
    miss = math.log1p(-share)
    while True:
        at += 1 + math.floor(math.log(1.0 - drawn.random()) / miss)
        if at > n:
            return hits
        hits += 1
