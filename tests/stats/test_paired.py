import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from esclusa.stats import intervals, paired
from esclusa.stats.intervals import Interval

Counts = st.integers(0, 60)


@given(Counts, Counts)
def test_mcnemar_is_the_sign_test_on_pairs_that_differ(gained: int, lost: int) -> None:
    if gained + lost:
        exact = stats.binomtest(gained, gained + lost).pvalue
        assert paired.mcnemar(gained, lost) == pytest.approx(exact, abs=1e-9)
        below = stats.binomtest(gained, gained + lost, alternative="less").pvalue
        assert paired.mcnemar_worse(gained, lost, 200) == pytest.approx(below, abs=1e-9)


@given(Counts, Counts, st.floats(0, 0.2), st.floats(0, 0.2))
def test_a_wider_margin_forgives_more(gained: int, lost: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    n = 200
    assert paired.mcnemar_worse(gained, lost, n, low) <= paired.mcnemar_worse(gained, lost, n, high) + 1e-9
    assert paired.mcnemar_enough(gained, lost, n, high) <= paired.mcnemar_enough(gained, lost, n, low) + 1e-9


@pytest.mark.parametrize(("margin", "lost_share"), [(0.0, 0.1), (0.02, 0.03), (0.02, 0.1), (0.05, 0.08)])
def test_at_the_margin_neither_direction_is_called_too_often(margin: float, lost_share: float) -> None:
    source = random.Random(4)
    worse = enough = 0
    for _ in range(400):
        draws = [source.random() for _ in range(200)]
        lost = sum(draw < lost_share for draw in draws)
        gained = sum(lost_share <= draw < 2 * lost_share - margin for draw in draws)
        worse += paired.mcnemar_worse(gained, lost, 200, margin) <= 0.05
        enough += paired.mcnemar_enough(gained, lost, 200, margin) <= 0.05
    assert max(worse, enough) <= 32


@given(st.integers(0, 30), st.integers(0, 30), st.floats(-0.6, 0.6))
def test_tangos_statistic_uses_the_likeliest_shares_with_that_difference(
    gained: int, lost: int, difference: float
) -> None:
    n = 60 + gained + lost

    def log_likelihood(share_lost: float) -> float:
        shares = (share_lost + difference, share_lost, 1 - difference - 2 * share_lost)
        counts = (gained, lost, n - gained - lost)
        return sum(k * math.log(max(share, 1e-300)) for k, share in zip(counts, shares, strict=True))

    low, high = max(0.0, -difference), (1 - difference) / 2
    grid = [low + (high - low) * step / 2000 for step in range(2001)]
    share_lost = max(grid, key=log_likelihood)
    variance = n * (2 * share_lost + difference * (1 - difference))
    if share_lost - low > 0.01 and high - share_lost > 0.01:
        z = (gained - lost - n * difference) / math.sqrt(variance)
        assert paired.tango(gained, lost, n, difference) == pytest.approx(z, rel=0.02, abs=0.02)


@given(Counts, Counts)
def test_tangos_interval_ends_where_the_statistic_reaches_its_limit(gained: int, lost: int) -> None:
    low, high = paired.share_difference(gained, lost, 130)
    assert paired.tango(gained, lost, 130, low) == pytest.approx(1.96, abs=1e-3)
    assert paired.tango(gained, lost, 130, high) == pytest.approx(-1.96, abs=1e-3)
    assert paired.share_difference(lost, gained, 130) == pytest.approx((-high, -low), abs=1e-6)


def test_equal_answers_compare_as_equal() -> None:
    answers = [True, False] * 50
    same = paired.compare_shares(answers, answers, margin=0.1)
    assert (same.difference, same.worse, same.n) == (0.0, 1.0, 100)
    assert same.enough < 0.0001
    assert same.interval == pytest.approx((-0.037, 0.037), abs=5e-4)


def test_no_pairs_say_nothing() -> None:
    assert paired.compare_shares([], [], 0.02) == paired.Comparison(0.0, Interval(-1.0, 1.0), 1.0, 1.0, 0)
    assert paired.compare_scores([], []).worse == paired.compare_scores([], []).enough == 1.0


def test_few_differences_are_flipped_in_every_way() -> None:
    values = [0.3, -0.1, 0.25, 0.4, 0.05]
    exact = stats.permutation_test((values,), sum, permutation_type="samples", alternative="greater")
    assert paired.sign_flips(values)[1] == pytest.approx(exact.pvalue)


def test_many_differences_are_flipped_at_random_and_never_prove_with_certainty() -> None:
    source = random.Random(9)
    better = [source.gauss(0.1, 0.3) for _ in range(150)]
    worse, enough = paired.sign_flips(better, seed=1)
    assert worse > 0.99
    assert 0.0 < enough < 0.01
    assert paired.sign_flips(better, seed=1) == (worse, enough)


def test_scores_are_compared_with_their_margin() -> None:
    source = random.Random(6)
    baseline = [source.betavariate(8, 2) for _ in range(120)]
    candidate = [max(0.0, score - 0.05) for score in baseline]
    assert paired.compare_scores(candidate, baseline, margin=0.0).worse < 0.01
    assert paired.compare_scores(candidate, baseline, margin=0.1).enough < 0.01


def test_a_difference_of_scores_is_as_sure_as_its_range_allows_and_one_of_amounts_as_its_spread() -> None:
    scores = [1.0, 0.75, 0.875, 0.625] * 5
    moved = [score - 0.125 for score in scores]
    assert paired.compare_scores(moved, scores).interval == intervals.UNKNOWN
    low, high = paired.compare_scores(moved, scores, between=(-1.0, 1.0)).interval
    assert (low, high) == pytest.approx((-0.231, 0.011), abs=2e-3)
