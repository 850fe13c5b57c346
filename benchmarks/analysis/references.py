"""What others do, on the same traffic as their counters see it: by the second in which requests ended."""

import numpy as np
from scipy.stats import mannwhitneyu

from benchmarks.analysis.worlds import Floats, Ints, Traffic

NAMES = ("z-test each 10 s", "Flagger tutorial", "Argo docs", "Kayenta-style")
LEAST = 5
"""Minutes from which on a rank test of minutes is made."""
CONFIDENCE = 0.98
"""Of Kayenta's Mann-Whitney test."""


def delays(counts: Ints) -> dict[str, float | None]:
    """When each rule rolled back, in seconds; None if it did not."""
    totals = np.vstack([np.zeros((1, 4), dtype=np.int64), np.cumsum(counts, axis=0)])
    return {
        "z-test each 10 s": z_test(totals),
        "Flagger tutorial": threshold(totals, every=60, success=0.99, failures=5),
        "Argo docs": threshold(totals, every=300, success=0.95, failures=4),
        "Kayenta-style": ranks(_rates(totals[:, 0], totals[:, 2]), _rates(totals[:, 1], totals[:, 3])),
    }


def of_values(mine: Floats, theirs: Floats, *, higher: bool) -> dict[str, float | None]:
    """The same rules on values that come one a second: a t-test on all so far, a limit on the last minute's
    and the last five minutes' mean (a fifth worse than the baseline's is), ranks of the minutes' means."""
    sign = 1.0 if higher else -1.0
    mine, theirs = sign * mine, sign * theirs
    limit = float(np.mean(theirs)) - 0.2 * abs(float(np.mean(theirs)))
    return {
        "z-test each 10 s": t_test(mine, theirs),
        "Flagger tutorial": low_mean(mine, limit, every=60, failures=5),
        "Argo docs": low_mean(mine, limit, every=300, failures=4),
        "Kayenta-style": ranks(-_minutes(mine), -_minutes(theirs)),
    }


def t_test(mine: Floats, theirs: Floats, every: int = 10, critical: float = 1.645) -> float | None:
    """One-sided on the differences of all pairs so far, looked at every ten seconds."""
    looks = np.arange(every, len(mine) + 1, every)
    gap = theirs - mine
    total, squares = np.cumsum(gap)[looks - 1], np.cumsum(gap**2)[looks - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / looks
        spread = np.sqrt(np.maximum(squares / looks - mean**2, 0.0) / looks)
        return _first(looks, mean / spread > critical)


def low_mean(values: Floats, limit: float, every: int, failures: int) -> float | None:
    """The mean over the last interval below a limit, so many times."""
    looks = np.arange(every, len(values) + 1, every)
    recent = np.array([values[look - every : look].mean() for look in looks])
    return _first(looks, np.cumsum(recent < limit) >= failures)


def ranks(mine: Floats, theirs: Floats) -> float | None:
    """Mann-Whitney on the values of single minutes, looked at each minute from the fifth on; higher is
    worse.
    """
    for minutes in range(LEAST, len(mine) + 1):
        chance = mannwhitneyu(mine[:minutes], theirs[:minutes], alternative="greater").pvalue
        if chance < (1.0 - CONFIDENCE) / 2:
            return 60.0 * minutes
    return None


def _minutes(values: Floats) -> Floats:
    whole = len(values) // 60
    means: Floats = values[: 60 * whole].reshape(whole, 60).mean(axis=1)
    return means


def _rates(totals: Ints, failed: Ints) -> Floats:
    """The share that failed in each minute, from running totals."""
    marks = np.arange(0, len(totals), 60)
    n, bad = np.diff(totals[marks]), np.diff(failed[marks])
    rates: Floats = bad / np.maximum(n, 1)
    return rates


def z_test(totals: Ints, every: int = 10, critical: float = 1.645) -> float | None:
    """One-sided pooled z-test at 5 % on all counts so far, looked at every ten seconds."""
    looks = np.arange(every, len(totals), every)
    candidates, baselines, failed, baselines_failed = totals[looks].T.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (failed + baselines_failed) / (candidates + baselines)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / candidates + 1 / baselines))
        z = (failed / candidates - baselines_failed / baselines) / spread
    return _first(looks, z > critical)


def threshold(totals: Ints, every: int, success: float, failures: int) -> float | None:
    """Canary success rate over the last interval below a limit, so many times: Flagger's tutorial (99 %, 1
    m, 5 failed checks) and the Argo Rollouts documentation (95 %, 5 m, failureLimit 3: the fourth fails)."""
    looks = np.arange(every, len(totals), every)
    recent = totals[looks] - totals[looks - every]
    low = recent[:, 0] - recent[:, 2] < success * recent[:, 0]
    return _first(looks, np.cumsum(low) >= failures)


def counted(traffic: Traffic, horizon: int) -> Ints:
    """What counters that tick at a request's end have by each second; a request that a restart broke ends,
    failed, when the router went down."""
    ended = traffic.started + traffic.seconds
    broken = ~np.isfinite(ended)
    down = traffic.away[0] if traffic.away else 0.0
    second = np.floor(np.where(broken, down, ended)).astype(int)
    failed = traffic.failed | broken
    inside = (second >= 0) & (second < horizon)
    return np.stack(
        [
            np.bincount(second[inside & chosen], minlength=horizon)
            for chosen in (
                traffic.candidate,
                ~traffic.candidate,
                traffic.candidate & failed,
                ~traffic.candidate & failed,
            )
        ],
        axis=1,
    )


def _first(looks: Ints, shown: np.typing.NDArray[np.bool_]) -> float | None:
    return float(looks[int(np.argmax(shown))]) if shown.any() else None
