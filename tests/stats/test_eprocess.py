import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from esclusa.stats import binomial, eprocess

Rates = st.floats(0.0, 1.0)
Arms = st.integers(0, 6)


def chance(hits: int, n: int, p: float) -> float:
    return math.comb(n, hits) * p**hits * (1 - p) ** (n - hits)


@given(Arms, Arms, Rates, Rates, st.floats(0.2, 5.0), st.floats(-0.1, 0.5))
def test_a_stratum_is_not_expected_to_pay_while_the_rule_holds(
    candidates: int, baselines: int, share: float, healthy: float, times: float, plus: float
) -> None:
    failing = share * min(1.0, max(0.0, times * healthy + plus))
    if times * healthy + plus < 0.0:
        return
    expected = [0.0] * len(eprocess.BETS)
    for failed in range(candidates + 1):
        for others in range(baselines + 1):
            weight = chance(failed, candidates, failing) * chance(others, baselines, healthy)
            gains = eprocess.two_arms(candidates, baselines, failed, others, times, plus)
            expected = [total + weight * math.exp(gain) for total, gain in zip(expected, gains, strict=True)]
    assert max(expected) <= 1.0 + 1e-9


@given(st.integers(1, 5), st.integers(0, 20), Rates, Rates, st.floats(0.2, 5.0), st.floats(0.0, 0.1))
def test_copies_that_fail_together_with_their_originals_are_not_expected_to_pay_either(
    pairs: int, alone: int, together: float, healthy: float, times: float, plus: float
) -> None:
    """Copy and original fail as two dice with probability 1 - `together`, and else as one."""
    failing = min(1.0, times * healthy + plus)
    both = together * min(healthy, failing) + (1 - together) * healthy * failing
    for win, loss, cost in eprocess.payoffs(pairs, pairs + alone, times, plus):
        gain, drop = math.exp(win), math.exp(loss)
        neither = 1 - failing - healthy + both
        pair = both * gain * drop + (failing - both) * gain + (healthy - both) * drop + neither
        single = 1 - healthy + healthy * drop
        assert pair**pairs * single**alone * math.exp(-cost) <= 1.0 + 1e-9


@given(st.integers(0, 12), Rates, st.floats(0.0, 1.0))
@example(units=12, share=1.0, limit=math.nextafter(1.0, 0.0))
def test_a_limit_is_not_expected_to_pay_while_it_holds(units: int, share: float, limit: float) -> None:
    failing = share * limit
    expected = [0.0] * len(eprocess.BETS)
    for failed in range(units + 1):
        gains = eprocess.one_arm(units, failed, limit)
        weight = chance(failed, units, failing)
        expected = [total + weight * math.exp(gain) for total, gain in zip(expected, gains, strict=True)]
    assert max(expected) <= 1.0 + 1e-9


@given(Arms, Arms, Rates, Rates, st.floats(0.2, 5.0), st.floats(-0.3, 0.5))
def test_a_proof_is_not_expected_to_pay_while_the_rule_is_broken(
    candidates: int, baselines: int, more: float, healthy: float, times: float, plus: float
) -> None:
    allowed = times * healthy + plus
    if not 0.0 <= allowed <= 1.0:
        return
    failing = allowed + more * (1.0 - allowed)
    expected = [0.0] * len(eprocess.PROOF_STAKES)
    for failed in range(candidates + 1):
        for others in range(baselines + 1):
            weight = chance(failed, candidates, failing) * chance(others, baselines, healthy)
            gains = eprocess.within_margin(candidates, baselines, failed, others, times, plus)
            expected = [total + weight * math.exp(gain) for total, gain in zip(expected, gains, strict=True)]
    assert max(expected) <= 1.0 + 1e-9


@given(st.integers(0, 12), Rates, st.floats(0.0, 1.0))
def test_a_proof_of_a_limit_is_not_expected_to_pay_beyond_it(units: int, more: float, limit: float) -> None:
    failing = limit + more * (1.0 - limit)
    expected = [0.0] * len(eprocess.BELOW_STAKES)
    for failed in range(units + 1):
        gains = eprocess.below_limit(units, failed, limit)
        weight = chance(failed, units, failing)
        expected = [total + weight * math.exp(gain) for total, gain in zip(expected, gains, strict=True)]
    assert max(expected) <= 1.0 + 1e-9


def test_no_limit_of_zero_or_one_is_ever_proven() -> None:
    assert eprocess.below_limit(1000, 0, 0.0) == eprocess.below_limit(1000, 0, 1.0) == (0.0,) * 5


@pytest.mark.parametrize("stakes", [eprocess.STAKES, eprocess.PROOF_STAKES, eprocess.BELOW_STAKES])
def test_all_capital_is_staked_and_no_more(stakes: dict[float, float]) -> None:
    assert eprocess.log_e(eprocess.opening(stakes)) == pytest.approx(0.0)


def test_clean_turns_are_counted_with_the_baselines_that_come_along() -> None:
    """At a share of a fifth, one clean candidate turn comes with four of the baseline."""
    assert eprocess.next_clean(0.2, 1.0, 0.02) == pytest.approx(eprocess.within_margin(1, 4, 0, 0, 1.0, 0.02))


def test_without_a_margin_shared_weather_is_fair_too() -> None:
    """Every way in which 3 failures can fall on 2 + 5 units is as likely as another."""
    expected = [0.0] * len(eprocess.BETS)
    for failed in range(3):
        weight = math.comb(2, failed) * math.comb(5, 3 - failed) / math.comb(7, 3)
        gains = eprocess.two_arms(2, 5, failed, 3 - failed)
        expected = [total + weight * math.exp(gain) for total, gain in zip(expected, gains, strict=True)]
    assert max(expected) <= 1.0 + 1e-12


@given(st.integers(1, 50), st.integers(0, 50), st.floats(0.0, 0.1))
def test_one_arm_alone_says_nothing_about_two(units: int, failed: int, plus: float) -> None:
    failed = min(failed, units)
    assert eprocess.two_arms(units, 0, failed, 0, 1.0, plus) == pytest.approx(eprocess.NEUTRAL)
    assert eprocess.two_arms(0, units, 0, failed, 1.0, plus) == pytest.approx(eprocess.NEUTRAL)


def test_the_capital_is_one_at_first() -> None:
    assert eprocess.log_e(eprocess.START) == pytest.approx(0.0)
    assert eprocess.log_threshold(0.05) == pytest.approx(math.log(20))


def test_a_limit_of_zero_falls_with_the_first_failure_and_a_limit_of_one_never() -> None:
    assert eprocess.one_arm(10, 0, 0.0) == eprocess.NEUTRAL
    assert eprocess.log_e(eprocess.one_arm(10, 1, 0.0)) > 600
    assert eprocess.one_arm(10, 10, 1.0) == eprocess.NEUTRAL


@given(st.floats(0.02, 0.98), st.floats(0.0, 0.1), st.floats(0.5, 3.0))
def test_so_many_failures_reach_it_and_one_fewer_does_not(share: float, plus: float, times: float) -> None:
    step = eprocess.next_failure(share, times, plus)
    needed = eprocess.log_threshold(0.05)
    number = eprocess.failures_to_reach(eprocess.START, step, needed)
    if number is None:
        return

    def after(times: int) -> float:
        return eprocess.log_e([c + times * gain for c, gain in zip(eprocess.START, step, strict=True)])

    assert after(number) >= needed
    assert after(number - 1) < needed


def test_no_number_of_failures_settles_it_without_a_baseline() -> None:
    step = eprocess.next_failure(1.0)
    assert eprocess.failures_to_reach(eprocess.START, step, 3.0) is None
    assert eprocess.failures_to_reach([5.0], [0.0], 3.0) == 0


def test_at_the_margin_a_violation_is_shown_at_most_as_often_as_promised() -> None:
    """400 canaries of ten minutes at 10 requests a second, exactly as bad as the rule allows."""
    source = random.Random(12)
    shown = sum(_shown(source, failing=0.07, healthy=0.05, plus=0.02, seconds=600) for _ in range(400))
    assert binomial.at_least(shown, 400, 0.05) > 0.001


def test_what_is_much_worse_is_shown() -> None:
    source = random.Random(13)
    assert all(_shown(source, failing=0.30, healthy=0.02, plus=0.02, seconds=600) for _ in range(30))


def _shown(source: random.Random, failing: float, healthy: float, plus: float, seconds: int) -> bool:
    capital = list(eprocess.START)
    for _ in range(seconds // 2):
        candidates = sum(source.random() < 0.2 for _ in range(20))
        failed = sum(source.random() < failing for _ in range(candidates))
        others = sum(source.random() < healthy for _ in range(20 - candidates))
        gains = eprocess.two_arms(candidates, 20 - candidates, failed, others, 1.0, plus)
        capital = [held + gain for held, gain in zip(capital, gains, strict=True)]
        if failed and eprocess.log_e(capital) >= eprocess.log_threshold(0.05):
            return True
    return False
