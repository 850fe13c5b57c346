"""The search: climbs, halves, and calls a level held only when it certainly is."""

import random

import pytest

from esclusa.evals.load.passage import Passage, Request, late, throughput
from esclusa.evals.load.profile import Limits, Saturation
from esclusa.evals.load.search import Outcome, best, following, outcome

LIMITS = Limits(p95=0.5, error_rate=0.01)


def searched(capacity: float, *levels: float, within: float = 0.25, whole: bool = False) -> list[float]:
    """The levels that were tried of an agent that holds what is at most its capacity."""
    search = Saturation(levels=levels, duration=10.0, limits=LIMITS, within=within)
    outcomes: list[Outcome] = []
    while (at := following(search, outcomes, whole=whole)) is not None:
        outcomes.append(Outcome(at, at, "" if at <= capacity else "p95 was 9 s"))
    return [one.at for one in outcomes]


def test_the_levels_are_climbed_and_the_gap_is_halved() -> None:
    assert searched(5.5, 2, 4, 8, 16) == [2, 4, 8, 6, 5]
    assert searched(5.5, 2, 4, 8, 16, within=0.05) == [2, 4, 8, 6, 5, 5.5, 5.75]


def test_nothing_is_halved_below_the_first_level_or_above_the_last() -> None:
    assert searched(1, 2, 4) == [2]
    assert searched(9, 2, 4) == [2, 4]


def test_users_are_whole() -> None:
    assert searched(5, 1, 4, 8, within=0.01, whole=True) == [1, 4, 8, 6, 5]


def test_a_search_ends_where_the_generator_could_not_keep_up() -> None:
    search = Saturation(levels=(1, 2), duration=1.0, limits=LIMITS, within=0.25)
    assert following(search, [Outcome(1, 1, "", "the generator was late")], whole=False) is None


def test_the_best_is_the_highest_that_was_held() -> None:
    assert best([Outcome(1, 1, ""), Outcome(2, 2, ""), Outcome(3, 2, "slow")]) == Outcome(2, 2, "")
    assert best([Outcome(1, 1, "slow")]) is None


def passage(seconds: list[float], *, lag: float = 0.0, **more: object) -> Passage:
    """Ten requests a second, answered after so many seconds each."""
    requests = [
        Request(due=one / 10, sent=one / 10 + lag, ended=one / 10 + lag + taken)
        for one, taken in enumerate(seconds)
    ]
    made = Passage(
        requests=tuple(requests), planned=len(seconds), start=0.0, until=len(seconds) / 10, timeout=9.0
    )
    return made._replace(**more) if more else made


def test_a_level_is_held_when_it_is_quick_and_whole() -> None:
    found = outcome(passage([0.1] * 100), 10, LIMITS)
    assert found == Outcome(10, pytest.approx(9.9), "")


@pytest.mark.parametrize(
    ("seen", "trouble"),
    [
        (passage([0.1] * 90 + [0.9] * 10), "p95 was 0.9 s, over 0.5 s"),
        (passage([0.1] * 30, broken="500 requests were under way"), "500 requests were under way"),
        (passage([]), "no request was sent"),
    ],
)
def test_a_level_that_is_not_held_says_why(seen: Passage, trouble: str) -> None:
    seen = seen if seen.until else seen._replace(until=1.0)
    assert outcome(seen, 10, LIMITS).trouble == trouble


@pytest.mark.parametrize("kind", ["agent", "outside"])
def test_requests_that_failed_or_were_unseen_are_not_held(kind: str) -> None:
    seen = passage([0.1] * 100)
    bad = tuple(one._replace(error="503\nmore", error_kind=kind) for one in seen.requests[:2])
    found = outcome(seen._replace(requests=(*bad, *seen.requests[2:])), 10, LIMITS)
    assert found.trouble == "2 of 100 requests failed: 503"


def test_a_queue_that_grows_is_not_held_however_lenient_the_limits() -> None:
    growing = [0.05 * one for one in range(100)]
    found = outcome(passage(growing), 10, Limits(p95=60.0, error_rate=1.0))
    assert found.trouble.startswith("the requests under way grew by ")
    source = random.Random(3)
    steady = [source.expovariate(1.0) for _ in range(100)]
    assert outcome(passage(steady), 10, Limits(p95=60.0, error_rate=1.0)).held


def test_the_generators_lag_is_not_laid_to_the_agent() -> None:
    found = outcome(passage([0.1] * 100, lag=0.6), 10, LIMITS)
    assert (found.held, found.trouble) == (False, "")
    assert found.unclear.startswith(
        "the load generator could not keep up: one in a hundred requests was sent 600 ms late or later"
    )
    slow = outcome(passage([3.0] * 100, lag=0.6), 10, LIMITS)
    assert (slow.trouble, slow.unclear) == ("p95 was 3.6 s, over 0.5 s", "")


def test_a_lag_that_is_small_beside_the_latency_is_let_pass() -> None:
    assert late(passage([2.0] * 100, lag=0.15)) == ""
    assert late(passage([0.2] * 100, lag=0.15)) != ""


def test_failed_requests_are_no_throughput() -> None:
    seen = passage([0.01] * 80)
    bad = tuple(one._replace(error="503", error_kind="agent") for one in seen.requests[:40])
    assert throughput(seen._replace(requests=(*bad, *seen.requests[40:]))) == pytest.approx(
        [0] * 4 + [10] * 4
    )
