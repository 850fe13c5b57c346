"""Counterfactual pairs: bounds that hold, and groups that are named no more often than alpha."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from esclusa.stats import swaps

ALPHA = 0.05


@given(st.integers(0, 40), st.integers(0, 60))
def test_a_share_is_bounded_as_clopper_and_pearson_do(differing: int, alike: int) -> None:
    n = differing + alike
    expected = stats.beta.ppf(1 - ALPHA, differing + 1, alike) if alike else 1.0
    assert swaps.share_most(differing, n, ALPHA) == pytest.approx(expected, abs=1e-6)


def test_59_pairs_that_are_all_alike_show_a_gap_under_5_percent_and_58_do_not() -> None:
    for most in (lambda n: swaps.share_most(0, n, ALPHA), lambda n: swaps.mean_most([0.0] * n, ALPHA)):
        assert most(59) < 0.05 < most(58)


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=60), st.floats(0, 1))
def test_the_bound_is_no_smaller_than_what_was_seen_and_the_same_either_way(
    differences: list[float], limit: float
) -> None:
    turned = [-value for value in differences]
    seen = abs(sum(differences)) / max(1, len(differences))
    assert swaps.mean_most(differences, ALPHA) >= seen - 1e-6
    assert swaps.mean_most(differences, ALPHA) == pytest.approx(swaps.mean_most(turned, ALPHA), abs=1e-6)
    assert swaps.mean_beyond(differences, limit) == pytest.approx(swaps.mean_beyond(turned, limit), abs=1e-9)


@pytest.mark.parametrize(
    ("one_way", "other_way", "n"),
    [(0.05, 0.0, 60), (0.05, 0.0, 150), (0.06, 0.01, 60), (0.08, 0.03, 400), (0.02, 0.0, 150)],
)
def test_the_bound_on_a_gap_holds_as_often_as_it_says(one_way: float, other_way: float, n: int) -> None:
    source = random.Random(6)
    held, shown, known = 0, 0, dict[tuple[int, int], tuple[bool, bool]]()
    for _ in range(1500):
        draws = [source.random() for _ in range(n)]
        up = sum(draw < one_way for draw in draws)
        down = sum(one_way <= draw < one_way + other_way for draw in draws)
        if (up, down) not in known:
            differences = [1.0] * up + [-1.0] * down + [0.0] * (n - up - down)
            gap = one_way - other_way
            known[up, down] = (
                swaps.mean_most(differences, ALPHA) >= gap - 1e-9,
                swaps.mean_beyond(differences, gap) <= ALPHA,
            )
        held += known[up, down][0]
        shown += known[up, down][1]
    assert held / 1500 >= 1 - ALPHA - 0.01 - 0.01  # two standard errors of the simulation
    assert shown / 1500 <= ALPHA + 0.01


def test_the_bound_on_a_gap_of_scores_holds() -> None:
    source = random.Random(3)
    held = 0
    for _ in range(150):
        differences = [source.betavariate(2, 6) - source.betavariate(2, 8) for _ in range(80)]
        held += swaps.mean_most(differences, ALPHA) >= 0.05
    assert held >= 0.94 * 150


def test_no_pairs_know_nothing() -> None:
    assert (swaps.share_most(0, 0, ALPHA), swaps.mean_most([], ALPHA)) == (1.0, 1.0)
    assert (swaps.share_beyond(0, 0, 0.05), swaps.mean_beyond([], 0.05)) == (1.0, 1.0)


@pytest.mark.parametrize(("more", "less", "pairs"), [(0.10, 0.02, 145), (0.06, 0.04, 1960)])
def test_how_many_pairs_see_a_difference_is_as_published(more: float, less: float, pairs: int) -> None:
    gap, differing = more - less, more + less
    assert swaps.pairs_for(gap, differing - gap**2, differing, 0.025) == pairs


def test_no_number_of_pairs_tells_a_gap_from_itself() -> None:
    assert swaps.pairs_for(0.0, 0.1, 0.1, 0.05) is None
    assert swaps.pairs_for(1e-9, 0.1, 0.1, 0.05) is None
