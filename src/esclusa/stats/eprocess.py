"""E-processes: evidence that may be looked at after every stratum without ever spending more than alpha.

A bettor bets on "the candidate fails more than it may". While that is false the expected capital never rises,
whatever the schedule of looks, the ramp, the router, or the weather that both arms share; so
P(it ever reaches 1/alpha) <= alpha (Ville 1939). Multiply stratum by stratum; never pool totals over a share
that changes (Simpson's paradox).

Two arms: Turner, Ly & Grunwald 2024 (arXiv 2106.02693), with the bets below mixed as in Howard, Ramdas et
al. 2021 (arXiv 1810.08240). One arm: the likelihood ratio of Wald 1945 with the same mixture.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

STAKES = {1.4: 0.08, 2.0: 0.20, 4.0: 0.42, 8.0: 0.24, 20.0: 0.06}
"""By how much the odds of failing are betted to be raised, and the part of the capital on each bet.

Roughly a log-normal around 4. With a baseline at 1 % and a candidate share of 10 %, this sees 5 % of failures
in 0.92 and 2 % in 0.99 of the time that equal stakes on 1.4, 2, 3, 6, 15 and 50 take (6,000 simulations).
"""

BETS = tuple(STAKES)

START = tuple(math.log(stake) for stake in STAKES.values())
"""The log capital of each bet before the first stratum: 1 together."""

CERTAIN = 700.0
"""The log payoff of what the limit says never happens; exp() of it is still a number."""

NEUTRAL = (0.0,) * len(BETS)


def two_arms(
    candidates: int, baselines: int, failed: int, baselines_failed: int, times: float = 1.0, plus: float = 0.0
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
        return NEUTRAL
    return tuple(
        [
            failed * win + baselines_failed * loss - cost
            for win, loss, cost in payoffs(candidates, baselines, times, plus)
        ]
    )


@lru_cache(maxsize=1 << 16)
def payoffs(
    candidates: int, baselines: int, times: float, plus: float
) -> tuple[tuple[float, float, float], ...]:
    """For each bet: the log payoffs of a candidate and of a baseline failure, the stratum's log cost."""
    n = candidates + baselines
    if candidates == 0 or baselines == 0:
        return ((0.0, 0.0, 0.0),) * len(BETS)
    return tuple(_payoff(odds, candidates / n, n, times, plus) for odds in BETS)


def _payoff(odds: float, share: float, n: float, times: float, plus: float) -> tuple[float, float, float]:
    scale = times * share + 1.0 - share
    fair = times * share / scale
    raised = tilted(odds, fair)
    cost = math.log1p((raised - fair) * scale * plus / times)
    win, loss = _log_ratios(odds, fair)
    return win, loss, n * cost


def next_failure(share: float, times: float = 1.0, plus: float = 0.0) -> tuple[float, ...]:
    """What one more candidate failure adds to each bet, with the units that come along at `share`."""
    if not 0.0 < share < 1.0:
        return NEUTRAL
    wins = (_payoff(odds, share, 1.0 / share, times, plus) for odds in BETS)
    return tuple(win - cost for win, _, cost in wins)


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


@lru_cache(maxsize=256)
def limit_payoffs(limit: float) -> tuple[tuple[float, float], ...]:
    """For each bet: the log payoff of a failure and of a success."""
    return tuple(_log_ratios(odds, limit) for odds in BETS)


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
