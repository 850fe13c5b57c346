"""Figures: every number with its interval, and beside it the baseline's."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.evidence import Amounts, Count, Evidence, Rate, Scores
from esclusa.core.gate import Relative, Rule
from esclusa.gates.estimates import interval, value
from esclusa.gates.figures import MANY, WORST, Figure, Versus, figures, slipped, weakest
from esclusa.gates.samples import Sample, sample

RELEVANCE = Rule(
    text="relevance >= baseline", metric="relevance", operator=">=", limit=Relative(), estimator="mean"
)


def rate(values: Sequence[int]) -> Rate:
    cases = {f"c{number}": float(one) for number, one in enumerate(values)}
    return Rate(hits=sum(values), n=len(values), cases=cases)


def scores(values: Sequence[float]) -> Scores:
    return Scores(cases={f"c{number}": one for number, one in enumerate(values)})


def accuracy(values: Sequence[int]) -> Evidence:
    return Evidence(measurements={"accuracy": rate(values)}, subject="s")


def test_a_share_has_its_interval_and_its_difference_to_the_baseline_case_by_case() -> None:
    (found,) = figures(accuracy([1, 1, 0, 1]), accuracy([1, 1, 1, 0]))
    assert found.versus is not None
    assert (found.name, found.value, found.n, found.better) == ("accuracy", 0.75, 4, "higher")
    assert found.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert (found.versus.baseline, found.versus.difference) == (0.75, 0.0)
    assert (found.versus.gained, found.versus.lost, found.versus.n) == (1, 1, 4)


def test_latency_has_its_quantiles_and_less_of_it_is_better() -> None:
    now = Evidence(measurements={"latency": Amounts(unit="s", cases={"a": 1.0, "b": 3.0})})
    then = Evidence(measurements={"latency": Amounts(unit="s", cases={"a": 2.0, "b": 2.0})})
    found = figures(now, then)
    assert [(one.name, one.value, one.better) for one in found] == [
        ("latency.p50", 1.0, "lower"),
        ("latency.p95", 3.0, "lower"),
    ]
    assert [(one.versus.gained, one.versus.lost) for one in found if one.versus] == [(1, 1), (1, 1)]


def test_a_count_is_a_number_alone() -> None:
    evidence = Evidence(measurements={"secrets": Count(n=2)})
    assert figures(evidence, evidence) == (
        Figure(metric="secrets", estimator="count", unit="findings", better="lower", value=2.0),
    )


def test_what_the_baseline_did_not_measure_is_said_to_be_not_compared() -> None:
    (found,) = figures(accuracy([1]), Evidence())
    assert found.versus == Versus(gap="the baseline did not measure it")


def test_another_dataset_is_not_compared_and_the_gap_speaks_of_the_baseline() -> None:
    (found,) = figures(accuracy([1]), Evidence(measurements={"accuracy": rate([1])}, subject="another"))
    assert found.versus is not None
    assert found.versus.gap.startswith("the baseline was measured on another dataset")


def test_many_values_say_nearly_what_resampling_says() -> None:
    values = [(number * 37 % 101) / 101 for number in range(MANY + 1)]
    evidence = Evidence(measurements={"relevance": scores(values)}, subject="s")
    seen = sample("", RELEVANCE, evidence)
    assert isinstance(seen, Sample)
    (found,) = figures(evidence)
    assert found.value == value(values, "mean")
    assert found.interval == pytest.approx(interval(seen, "mean"), abs=2e-3)


@pytest.mark.parametrize(("moved", "worse"), [(0.01, 1.0), (-0.01, 0.0), (0.0, 1.0)])
def test_many_values_that_all_moved_alike_leave_nothing_to_chance(moved: float, worse: float) -> None:
    before = Evidence(measurements={"relevance": scores([0.5] * (MANY + 1))}, subject="s")
    now = Evidence(measurements={"relevance": scores([0.5 + moved] * (MANY + 1))}, subject="s")
    (found,) = figures(now, before)
    assert found.versus is not None
    assert found.versus.difference == pytest.approx(moved)
    assert found.versus.worse == pytest.approx(worse, abs=1e-9)


def test_of_many_values_a_fall_that_noise_does_not_make_has_a_small_chance() -> None:
    then = [(number * 37 % 101) / 101 for number in range(MANY + 1)]
    now = [max(0.0, one - 0.1 * (number % 2)) for number, one in enumerate(then)]
    (found,) = figures(
        Evidence(measurements={"relevance": scores(now)}, subject="s"),
        Evidence(measurements={"relevance": scores(then)}, subject="s"),
    )
    assert found.versus is not None
    assert found.versus.worse is not None
    assert found.versus.worse < 1e-9
    assert (found.versus.gained, found.versus.lost > 900) == (0, True)


def sliced(**slices: Sequence[int]) -> Evidence:
    made = {tag: {"accuracy": rate(values)} for tag, values in slices.items()}
    return Evidence(measurements={"accuracy": rate([1])}, slices=made, subject="s")


def test_the_slices_that_slipped_are_told_the_worst_first_and_no_other() -> None:
    now, then = sliced(es=[1, 0], fr=[0, 0], de=[1, 1]), sliced(es=[1, 1], fr=[1, 1], de=[0, 1])
    assert [one.name for one in slipped(now, then)] == ["accuracy{fr}", "accuracy{es}"]


def test_a_slice_where_errors_rose_slipped() -> None:
    now = Evidence(
        slices={"es": {"error_rate": rate([1])}}, measurements={"error_rate": rate([1])}, subject="s"
    )
    then = Evidence(
        slices={"es": {"error_rate": rate([0])}}, measurements={"error_rate": rate([0])}, subject="s"
    )
    assert [one.name for one in slipped(now, then)] == ["error_rate{es}"]
    assert slipped(then, now) == ()


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.booleans(), max_size=60))
def test_only_so_many_slices_are_told(fell: dict[str, bool]) -> None:
    now = sliced(**{tag: [int(not down)] for tag, down in fell.items()})
    then = sliced(**dict.fromkeys(fell, (1,)))
    assert len(slipped(now, then)) == min(WORST, sum(fell.values()))


def test_the_weakest_slices_come_first_and_only_so_many() -> None:
    now = sliced(en=[1, 1], es=[0, 1], fr=[0, 0])
    assert [(one.name, one.value) for one in weakest(now, None, "accuracy", 2)] == [
        ("accuracy{fr}", 0.0),
        ("accuracy{es}", 0.5),
    ]
    (worst,) = weakest(now, sliced(fr=[1, 0]), "accuracy", 1)
    assert worst.versus is not None
    assert worst.versus.difference == -0.5
    assert weakest(now, None, "relevance") == ()
