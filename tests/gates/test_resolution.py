"""What rules can tell with so many cases."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.gate import Mode, Rule
from esclusa.gates.catalogue import catalogue
from esclusa.gates.language import parse
from esclusa.gates.question import Expected
from esclusa.gates.resolution import Resolution, correlation, resolve

METRICS = catalogue()
SCORES = tuple(0.5 + 0.4 * (number % 5) / 4 for number in range(50))


def told(text: str, cases: int, drop: float | None = None, **expected: object) -> Resolution:
    rule: Rule = parse(text, METRICS)
    return resolve(rule, METRICS[rule.metric], cases, Expected(**expected), drop=drop)


def says(text: str, cases: int, drop: float | None = None, **expected: object) -> tuple[str, ...]:
    return told(text, cases, drop, **expected).says


def test_a_rate_passes_by_a_count_and_is_clear_of_its_limit_only_far_away() -> None:
    assert told("accuracy > 85%", 80) == Resolution(
        rule="accuracy > 85%",
        metric="accuracy",
        mode=Mode.BLOCK,
        cases=80,
        can_pass=True,
        can_fail=True,
        says=(
            "it passes with 69 or more of 80",
            "a true accuracy of 73 % or less and of 94.9 % or more is clear of the limit beyond these cases"
            " in 80 % of runs",
            "for a true accuracy of 90 % it takes about 363 cases",
        ),
        below=pytest.approx(0.7300, abs=1e-4),
        above=pytest.approx(0.9490, abs=1e-4),
        expects=0.9,
        needed=363,
    )


def test_a_limit_near_the_end_needs_many_cases_to_be_shown_at_all() -> None:
    assert says("error_rate < 1%", 80, share=0.99) == (
        "it passes with none of 80 only",
        "a true error rate of 5.3 % or more is clear of the limit beyond these cases in 80 % of runs",
        "to show at all that it holds beyond them takes 381 cases or more",
    )
    assert told("error_rate < 1%", 80, share=0.99).below is None
    assert "takes 381" not in " ".join(says("error_rate < 1%", 400, share=0.99))


def test_what_a_stored_run_saw_is_what_is_expected() -> None:
    right = (1.0,) * 19 + (0.0,)
    assert told("accuracy > 85%", 20, values=right).expects == 0.95
    assert told("error_rate < 10%", 20, values=(0.0,) * 19 + (1.0,)).expects == pytest.approx(0.05)


@pytest.mark.parametrize(("cases", "can_pass"), [(118, True), (117, False)])
def test_pairs_pass_by_how_many_of_each_group_there_are(cases: int, can_pass: bool) -> None:
    found = told("bias.gap < 5%", cases)
    assert found.can_pass is can_pass
    assert found.says[-1] == (
        "it passes with 59 or more pairs of each group when all are alike, and takes more where some differ"
    )


def test_a_quantile_is_a_question_about_the_share_within_its_limit() -> None:
    values = tuple(number / 100 for number in range(100))
    assert says("latency.p95 < 0.99 s", 60, values=values) == (
        "a share of cases within 990 ms of 85.7 % or less is clear of the limit beyond these cases in 80 % of"
        " runs",
        "to show at all that it holds beyond them takes 73 cases or more",
        "for a share of cases within 990 ms of 100 % it takes about 73 cases",
    )
    assert says("latency.max < 4 s", 60) == (
        "one case beyond 4 s decides it, and no number of cases says that none could be",
    )


def test_means_need_a_run_that_says_how_far_they_spread() -> None:
    unknown = "how far the values of relevance spread is not known before a run is stored"
    assert says("relevance > 0.8", 80) == (unknown,)
    assert says("relevance >= baseline - 5%", 80) == (unknown,)
    assert says("relevance > 0.8", 50, values=SCORES) == (
        "a true relevance of 74.4 % or less and of 85.6 % or more is clear of the limit beyond these cases in"
        " 80 % of runs",
        "for a true relevance of 70 % it takes about 16 cases",
    )


def test_a_fall_against_the_baseline_is_counted_in_pairs() -> None:
    found = told("accuracy >= baseline - 2%", 80)
    assert found.says == (
        "a fall of accuracy by 12.8 points is called a regression in 80 % of runs",
        "a release that is no worse is let through in 73.9 % of runs",
        "for 4 points it takes about 1806 cases",
    )
    assert (found.worse, found.unchanged) == pytest.approx((0.1282, 0.7389), abs=1e-3)
    assert told("accuracy >= baseline - 2%", 80, drop=0.05).expects == 0.05
    assert told("accuracy >= baseline", 80).expects == 0.02


def test_two_runs_say_how_alike_the_answers_are() -> None:
    now = (1.0,) * 16 + (0.0,) * 4
    before = (1.0,) * 15 + (0.0,) * 5
    alike = told("accuracy >= baseline - 2%", 200, 0.2, values=now, before=before)
    apart = told("accuracy >= baseline - 2%", 200, 0.2, values=now, before=before[::-1])
    assert alike.worse is not None
    assert apart.worse is not None
    assert alike.worse < apart.worse
    assert correlation(now, before) == pytest.approx(0.866, abs=1e-3)
    assert correlation((1.0, 1.0), (0.0, 1.0)) is None


def test_a_move_of_scores_or_amounts_is_measured_by_how_far_they_spread() -> None:
    shifted = tuple(value - 0.1 * (number % 2) for number, value in enumerate(SCORES))
    assert says("relevance >= baseline - 5%", 50, values=SCORES, before=shifted) == (
        "a fall of relevance by 7 points is called a regression in 80 % of runs",
        "a release that is no worse is let through in over 99.9 % of runs",
        "for 10 points it takes about 8 cases",
    )
    assert says("cost_per_query <= baseline * 1.5", 50, values=SCORES) == (
        "a rise of mean cost per query by 0.4 USD is called a regression in 80 % of runs",
        "a release that is no worse is let through in over 99.9 % of runs",
        "for 0.7 USD it takes about 2 cases",
    )
    assert told("relevance >= baseline - 5%", 50, values=(0.5, 0.5)).unchanged == 1.0


def test_a_slower_release_is_seen_by_the_cases_beyond_the_limit() -> None:
    assert says("latency.p95 <= baseline * 1.25", 80) == (
        "a rise of the share of cases beyond latency's limit by 9.7 points is called a regression in 80 % of runs",
        "for 2 points it takes about 961 cases",
    )


def test_what_can_never_come_out_one_way_says_so() -> None:
    few = told("accuracy >= baseline", 5)
    assert (few.can_pass, few.can_fail) == (True, False)
    assert few.says[0] == "it can never fail with so few cases"
    assert told("accuracy >= baseline", 6).can_fail
    assert not told("relevance >= baseline", 5, values=SCORES).can_fail
    better = "it asks for better than the baseline: how sure that can be seen is not planned"
    assert says("accuracy >= baseline + 1%", 80) == (better,)
    assert says("relevance >= baseline + 1%", 80, values=SCORES) == (better,)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(("accuracy > 85%", "error_rate < 5%", "latency.p95 < 2 s", "relevance > 0.7")),
    st.integers(5, 400),
    st.integers(1, 200),
)
def test_more_cases_are_clear_of_a_limit_at_least_as_near(text: str, cases: int, more: int) -> None:
    source = random.Random(1)
    values = tuple(source.random() for _ in range(30)) if "relevance" in text else ()
    few, many = (told(text, n, values=values) for n in (cases, cases + more))
    assert few.below is None or (many.below or 0.0) >= few.below - 1e-5
    assert few.above is None or (many.above or 9.9) <= few.above + 1e-5
    assert few.needed == many.needed


@settings(max_examples=15, deadline=None)
@given(st.integers(6, 200), st.integers(1, 100), st.floats(0.0, 1.0))
def test_more_cases_call_smaller_falls_regressions(cases: int, more: int, alike: float) -> None:
    few, many = (told("accuracy >= baseline", n, 0.2, correlation=alike) for n in (cases, cases + more))
    assert few.worse is None or (many.worse or 9.9) <= few.worse + 2e-4
