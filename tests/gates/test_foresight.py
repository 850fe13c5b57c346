"""What a rollout would see of a regression: the same numbers for the same seed, and numbers that make sense."""

import random
import statistics

import pytest

from esclusa.gates.catalogue import catalogue
from esclusa.gates.foresight import Prospect, Step, _count, _hits, foresee
from esclusa.gates.language import parse

RULES = (parse("error_rate <= baseline + 0.5%", catalogue(), live=True),)
STEPS = (
    Step(name="5 %", share=0.05, bake=60, min_samples=50, timeout=3600),
    Step(name="50 %", share=0.5, bake=60, min_samples=50, timeout=3600),
)


def seen(candidate: float, **more: object) -> Prospect:
    settings: dict[str, object] = {"rate": 10.0, "baseline": 0.01, "alpha": 0.05, "plays": 200, **more}
    return foresee(STEPS, RULES, candidate=candidate, **settings)  # type: ignore[arg-type]


def test_a_release_that_is_no_worse_is_seldom_taken_back() -> None:
    assert seen(0.01).caught <= 0.05
    assert seen(0.015).caught <= 0.05


def test_the_worse_it_is_the_sooner_and_the_fewer_see_it() -> None:
    bad, worse, dead = seen(0.05), seen(0.3), seen(1.0)
    assert bad.caught < worse.caught <= dead.caught == 1.0
    assert worse.seconds is not None
    assert dead.seconds is not None
    assert dead.seconds < worse.seconds
    assert dead.exposed < worse.exposed < bad.exposed
    assert dead.where[0][1] == 1.0, "in the first step"


def test_the_shares_of_the_steps_are_the_share_in_all() -> None:
    prospect = seen(0.08)
    assert sum(share for _, share in prospect.where) == pytest.approx(prospect.caught)
    assert [name for name, _ in prospect.where] == ["5 %", "50 %"]


def test_copies_are_seen_and_expose_nobody() -> None:
    copies = (Step(name="mirror", share=0.5, bake=60, min_samples=50, timeout=3600, mirrored=True),)
    prospect = foresee(
        copies, RULES, rate=10.0, baseline=0.01, candidate=0.5, alpha=0.05, max_harmed=1, plays=50
    )
    assert (prospect.caught, prospect.exposed, prospect.harmed) == (1.0, 0.0, 0.0)


def test_it_is_the_same_each_time() -> None:
    assert seen(0.1) == seen(0.1)
    assert seen(0.1, seed=2) != seen(0.1)


def test_harm_is_bounded_whatever_the_evidence_says() -> None:
    prospect = foresee(
        STEPS, (), rate=10.0, baseline=0.01, candidate=0.5, alpha=0.05, max_harmed=5, plays=100
    )
    assert prospect.caught == 1.0
    assert 5 <= prospect.harmed < 8


def test_a_step_that_never_sees_enough_is_given_up() -> None:
    prospect = seen(0.01, rate=0.001, plays=20)
    assert prospect.caught == 1.0
    assert prospect.seconds is not None
    assert prospect.seconds >= 3600


def test_no_traffic_is_no_plan() -> None:
    with pytest.raises(ValueError, match="0 turns a second are no traffic"):
        seen(0.01, rate=0.0)


@pytest.mark.parametrize("mean", [0.3, 7.0, 250.0])
def test_numbers_of_turns_are_drawn_as_they_should(mean: float) -> None:
    drawn = random.Random(1)
    counts = [_count(drawn, mean) for _ in range(4000)]
    assert statistics.fmean(counts) == pytest.approx(mean, rel=0.06)
    assert statistics.variance(counts) == pytest.approx(mean, rel=0.12)


@pytest.mark.parametrize(("n", "share"), [(50, 0.02), (50, 0.5), (1000, 0.01), (7, 1.0), (7, 0.0), (0, 0.5)])
def test_numbers_of_failures_are_drawn_as_they_should(n: int, share: float) -> None:
    drawn = random.Random(1)
    hits = [_hits(drawn, n, share) for _ in range(4000)]
    assert max(hits) <= n
    assert statistics.fmean(hits) == pytest.approx(n * share, rel=0.06)
