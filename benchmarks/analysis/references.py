"""What others do, on the same traffic as their counters see it: by the second in which requests ended."""

import numpy as np

from benchmarks.analysis.worlds import Ints, Traffic

NAMES = ("z-test each 10 s", "Flagger tutorial", "Argo docs")


def delays(counts: Ints) -> dict[str, float | None]:
    """When each rule rolled back, in seconds; None if it did not."""
    totals = np.vstack([np.zeros((1, 4), dtype=np.int64), np.cumsum(counts, axis=0)])
    return {
        "z-test each 10 s": z_test(totals),
        "Flagger tutorial": threshold(totals, every=60, success=0.99, failures=5),
        "Argo docs": threshold(totals, every=300, success=0.95, failures=4),
    }


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
