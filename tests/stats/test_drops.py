import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.stats import drops, paired

shares = st.floats(0.5, 1.0)
correlations = st.floats(0.0, 1.0)


def test_a_drop_is_seen_with_about_the_cases_that_the_books_say() -> None:
    # Connor 1987 says 1549, for a test that is not exact; Fleiss 1981 says 3841.
    assert drops.paired_cases(0.9, 0.02, 0.6) == 1626
    assert drops.unpaired_cases(0.9, 0.02) == 3841
    assert drops.discordance(0.9, 0.02, 0.6) == pytest.approx(0.0790, abs=1e-4)
    # Two shares without any correlation differ as often as chance says.
    assert drops.discordance(0.9, 0.02, 0.0) == pytest.approx(0.9 * 0.12 + 0.1 * 0.88)


@pytest.mark.parametrize(
    ("cases", "drop", "correlation", "margin"),
    [(12, 0.4, 0.3, 0.0), (12, 0.4, 0.3, 0.05), (9, 0.3, 1.0, 0.0), (10, 0.0, 0.0, 0.1)],
)
def test_power_is_the_sum_over_all_that_could_be_seen(
    cases: int, drop: float, correlation: float, margin: float
) -> None:
    differing = drops.discordance(0.9, drop, correlation)
    gained, lost = (differing - drop) / 2, (differing + drop) / 2
    shown = seen_within = 0.0
    for gains, losses in itertools.product(range(cases + 1), repeat=2):
        if gains + losses > cases:
            continue
        same = cases - gains - losses
        ways = math.factorial(cases) // (
            math.factorial(gains) * math.factorial(losses) * math.factorial(same)
        )
        chance = ways * gained**gains * lost**losses * (1 - differing) ** same
        shown += chance * (paired.mcnemar_worse(gains, losses, cases, margin) <= 0.025)
        seen_within += chance * (gains - losses >= -margin * cases)
    found = drops.paired_power(cases, 0.9, drop, correlation, margin=margin)
    assert found == pytest.approx(shown, abs=1e-6)
    if drop == 0.0:
        assert drops.kept(cases, 0.9, correlation, margin) == pytest.approx(seen_within, abs=1e-6)


def test_so_many_cases_that_summing_takes_too_long_are_approximated_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    summed = drops.paired_power(40_000, 0.9, 0.005, 0.5, margin=0.001), drops.kept(40_000, 0.9, 0.5, 0.001)
    monkeypatch.setattr(drops, "SUMMED", 0)
    near = drops.paired_power(40_000, 0.9, 0.005, 0.5, margin=0.001), drops.kept(40_000, 0.9, 0.5, 0.001)
    assert near == pytest.approx(summed, abs=0.005)


@given(st.floats(0.05, 1.0), st.floats(0.01, 0.5), correlations)
def test_no_correlation_makes_cases_differ_less_than_the_drop(
    share: float, part: float, correlation: float
) -> None:
    drop = share * part
    assert drop - 1e-9 <= drops.discordance(share, drop, correlation) <= 1.0
    assert drops.discordance(share, drop, 1.0) <= drops.discordance(share, drop, correlation) + 1e-9


@settings(max_examples=15, deadline=None)
@given(st.integers(6, 90), st.integers(1, 60), shares, correlations)
def test_more_cases_never_resolve_less(cases: int, more: int, share: float, correlation: float) -> None:
    few, many = (drops.paired_drop(n, share, correlation) for n in (cases, cases + more))
    assert few is None or (many is not None and many <= few + drops.SMALLEST)
    few, many = (drops.unpaired_drop(n, share) for n in (cases, cases + more))
    assert few is None or (many is not None and many <= few + drops.SMALLEST)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.6, 0.99), st.floats(0.1, 0.3), correlations)
def test_so_many_cases_are_enough_and_one_fewer_is_not(share: float, drop: float, correlation: float) -> None:
    enough = drops.paired_cases(share, drop, correlation)
    assert enough is not None
    assert drops.paired_power(enough, share, drop, correlation) >= 0.8
    assert drops.paired_power(enough - 1, share, drop, correlation) < 0.8


@settings(max_examples=15, deadline=None)
@given(st.integers(10, 300), shares, correlations, st.floats(0.0, 0.1))
def test_what_is_not_beyond_the_margin_is_seldom_called_a_drop(
    cases: int, share: float, correlation: float, margin: float
) -> None:
    assert drops.paired_power(cases, share, margin, correlation, margin=margin) <= 0.025 + 1e-9


def test_pairing_takes_fewer_cases_the_more_alike_the_answers_are() -> None:
    needed = [drops.paired_cases(0.9, 0.05, correlation) or 0 for correlation in (0.0, 0.6, 0.9)]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] == pytest.approx(drops.unpaired_cases(0.9, 0.05) or 0, rel=0.1)


def test_too_few_cases_and_too_small_falls_are_never_shown() -> None:
    assert drops.paired_drop(3, 0.9, 0.6) is None
    assert drops.paired_drop(80, 0.02, 0.6, margin=0.02) is None
    assert drops.paired_cases(0.9, 0.02, 0.6, margin=0.02) is None
    assert drops.unpaired_cases(0.9, 0.0) is None
    assert drops.paired_cases(0.5, 1e-7, 0.0) is None


def test_a_simulation_agrees() -> None:
    source = random.Random(7)
    gained, lost = 0.03, 0.09
    drop, share = lost - gained, 0.9
    # The correlation that makes so many cases differ.
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if drops.discordance(share, drop, middle) > gained + lost else (low, middle)
        )
    shown = 0
    for _ in range(1000):
        moves = source.choices((1, -1, 0), (gained, lost, 1 - gained - lost), k=150)
        shown += paired.mcnemar_worse(moves.count(1), moves.count(-1), 150) <= 0.025
    assert shown / 1000 == pytest.approx(drops.paired_power(150, share, drop, low), abs=0.05)
