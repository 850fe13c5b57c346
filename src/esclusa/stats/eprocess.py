"""E-processes: evidence that may be looked at after every stratum without ever spending more than alpha.

A bettor bets on "the candidate fails more than it may". While that is false the expected capital never rises,
whatever the schedule of looks, the ramp, the router, or the weather that both arms share; so
P(it ever reaches 1/alpha) <= alpha (Ville 1939). Multiply stratum by stratum; never pool totals over a share
that changes (Simpson's paradox).

Two arms: Turner, Ly & Grunwald 2024 (arXiv 2106.02693), with the bets below mixed as in Howard, Ramdas et
al. 2021 (arXiv 1810.08240). One arm: the likelihood ratio of Wald 1945 with the same mixture.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

STAKES = {1.4: 0.08, 2.0: 0.20, 4.0: 0.42, 8.0: 0.24, 20.0: 0.06}
"""By how much the odds of failing are betted to be raised, and the part of the capital on each bet.

Roughly a log-normal around 4. With a baseline at 1 % and a candidate share of 10 %, this sees 5 % of failures
in 0.92 and 2 % in 0.99 of the time that equal stakes on 1.4, 2, 3, 6, 15 and 50 take (6,000 simulations).
"""

BETS = tuple(STAKES)

Bets = tuple[float, ...]
"""By how much each bet raises (or, below 1, lowers) the odds of failing."""

START = tuple(math.log(stake) for stake in STAKES.values())
"""The log capital of each bet before the first stratum: 1 together."""

PROOF_STAKES = {1.1: 0.10, 1.25: 0.20, 1.5: 0.30, 2.0: 0.20, 4.0: 0.12, 10.0: 0.08}
"""The same for showing that a candidate is within a margin of the baseline: with a margin d on a failure rate
p the best odds are about 1 + d/p, whatever the share."""

BELOW_STAKES = {0.9: 0.05, 0.75: 0.25, 0.5: 0.35, 0.25: 0.20, 0.05: 0.15}
"""The same for showing that it fails less than a limit: at half the limit the best odds are about 0.5."""

CERTAIN = 700.0
"""The log payoff of what the limit says never happens; exp() of it is still a number."""

MOST_EARNED = -0.9
"""A unit multiplies a capital by at most 10 for being within a margin."""

NEUTRAL = (0.0,) * len(BETS)


def opening(stakes: Mapping[float, float]) -> list[float]:
    """The log capital of each bet before the first stratum: 1 together."""
    return [math.log(stake) for stake in stakes.values()]


def two_arms(
    candidates: int,
    baselines: int,
    failed: int,
    baselines_failed: int,
    times: float = 1.0,
    plus: float = 0.0,
    bets: Bets = BETS,
) -> tuple[float, ...]:
    """What one stratum adds to the log capital of each bet against `candidate <= baseline * times + plus`.

    With w the candidate's share of the stratum's units as realised, w0 = times w / (times w + 1 - w) the
    share of failures it may have, and q the raised share: a candidate failure pays q/w0, a baseline failure
    (1-q)/(1-w0), every unit costs 1 + (q-w0)(times w + 1 - w) plus/times. A unit's expected payoff before
    its cost is 1 + (q-w0)(times w + 1 - w)(p_c/times - p_b), averaged over the arms; the product over the
    units is at most the average's power (weighted AM-GM), which the costs pay for when p_c <= times p_b +
    plus. A stratum with one arm only is neutral.
    """
    if not (failed or baselines_failed or plus):
        return NEUTRAL if bets is BETS else (0.0,) * len(bets)
    return tuple(
        [
            failed * win + baselines_failed * loss - cost
            for win, loss, cost in payoffs(candidates, baselines, times, plus, bets)
        ]
    )


def within_margin(
    candidates: int, baselines: int, failed: int, baselines_failed: int, times: float, plus: float
) -> tuple[float, ...]:
    """What one stratum adds to the log capital of each bet of PROOF_STAKES for `candidate <= baseline * times
    + plus`, which is one against `candidate >= baseline * times + plus`.

    That is `baseline <= candidate / times - plus / times`: `two_arms` with the arms changed over, whose units
    do not cost but earn what the margin is worth.
    """
    bets = tuple(PROOF_STAKES)
    return two_arms(baselines, candidates, baselines_failed, failed, 1.0 / times, -plus / times, bets)


@lru_cache(maxsize=1 << 16)
def payoffs(
    candidates: int, baselines: int, times: float, plus: float, bets: Bets = BETS
) -> tuple[tuple[float, float, float], ...]:
    """For each bet: the log payoffs of a candidate and of a baseline failure, the stratum's log cost."""
    n = candidates + baselines
    if candidates == 0 or baselines == 0:
        return ((0.0, 0.0, 0.0),) * len(bets)
    return tuple(_payoff(odds, candidates / n, n, times, plus) for odds in bets)


def _payoff(odds: float, share: float, n: float, times: float, plus: float) -> tuple[float, float, float]:
    scale = times * share + 1.0 - share
    fair = times * share / scale
    raised = tilted(odds, fair)
    # What a unit earns under a margin below 0 is cut where it would be beyond all measure: betting less
    # is valid.
    cost = math.log1p(max(MOST_EARNED, (raised - fair) * scale * plus / times))
    win, loss = _log_ratios(odds, fair)
    return win, loss, n * cost


def next_failure(share: float, times: float = 1.0, plus: float = 0.0) -> tuple[float, ...]:
    """What one more candidate failure adds to each bet, with the units that come along at `share`."""
    if not 0.0 < share < 1.0:
        return NEUTRAL
    wins = (_payoff(odds, share, 1.0 / share, times, plus) for odds in BETS)
    return tuple(win - cost for win, _, cost in wins)


def next_clean(share: float, times: float, plus: float) -> tuple[float, ...]:
    """What one more clean turn of the candidate adds for `within_margin`, with what comes along at
    `share`.
    """
    bets = tuple(PROOF_STAKES)
    if not 0.0 < share < 1.0:
        return (0.0,) * len(bets)
    earned = (_payoff(odds, 1.0 - share, 1.0 / share, 1.0 / times, -plus / times) for odds in bets)
    return tuple(-cost for _, _, cost in earned)


def one_arm(units: int, failed: int, limit: float) -> tuple[float, ...]:
    """What `failed` of `units` add to the log capital of each bet against "fails at most at `limit`".

    A failure pays q/limit and a success (1-q)/(1-limit), q the raised limit; the expected payoff rises with
    the true rate and is 1 at the limit.
    """
    if limit >= 1.0:
        return NEUTRAL
    if limit <= 0.0:
        return (CERTAIN * min(failed, 1),) * len(BETS)
    return tuple([failed * win + (units - failed) * loss for win, loss in limit_payoffs(limit)])


def below_limit(units: int, failed: int, limit: float) -> tuple[float, ...]:
    """The same for each bet of BELOW_STAKES against "fails at `limit` or more": the odds are lowered.

    A limit of 0 can be shown by nothing; that of 1 neither, for nothing is said by it.
    """
    bets = tuple(BELOW_STAKES)
    if not 0.0 < limit < 1.0:
        return (0.0,) * len(bets)
    return tuple([failed * loss + (units - failed) * win for loss, win in limit_payoffs(limit, bets)])


@lru_cache(maxsize=256)
def limit_payoffs(limit: float, bets: Bets = BETS) -> tuple[tuple[float, float], ...]:
    """For each bet: the log payoff of a failure and of a success."""
    return tuple(_log_ratios(odds, limit) for odds in bets)


def _log_ratios(odds: float, p: float) -> tuple[float, float]:
    """log(q/p) and log((1-q)/(1-p)) for q = tilted(odds, p), in a form that stands next to p = 1 too."""
    scale = math.log1p((odds - 1.0) * p)
    return math.log(odds) - scale, -scale


def tilted(odds: float, p: float) -> float:
    """The probability whose odds are `odds` times those of `p`."""
    return odds * p / (odds * p + 1.0 - p)


def log_e(log_capitals: Sequence[float]) -> float:
    """The log of the e-value: of the bets' capitals together."""
    top = max(log_capitals)
    return top + math.log(sum([math.exp(capital - top) for capital in log_capitals]))


def log_threshold(alpha: float) -> float:
    """What `log_e` must reach: log(1/alpha), Ville's inequality."""
    return math.log(1.0 / alpha)


def failures_to_reach(
    log_capitals: Sequence[float], step: Sequence[float], needed: float, most: int = 100_000
) -> int | None:
    """How many times `step` must be added until `log_e` reaches `needed`; None if `most` times do not do."""

    def reached(times: int) -> bool:
        later = [capital + times * gain for capital, gain in zip(log_capitals, step, strict=True)]
        return log_e(later) >= needed

    if max(step) <= 0.0 or not reached(most):
        return 0 if reached(0) else None
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle + 1, high)
    return low
