"""`for: population`: what a dataset's cases say beyond themselves."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.evidence import Amounts, Evidence, Measurement, Scores
from esclusa.core.gate import RuleJudgement, Verdict
from esclusa.core.value import replace
from esclusa.gates.catalogue import BUILT_IN, need
from esclusa.gates.judge import judge
from esclusa.gates.population import TAIL, decide, share_decided
from esclusa.gates.question import Expected
from esclusa.gates.resolution import resolve
from esclusa.gates.samples import Sample, sample
from esclusa.gates.stopping import Stopping
from tests.gates.worlds import SUBJECT, gate, right, rule, scores, times

STEP = "eval.quality"


def judged(text: str, measurement: Measurement, before: Measurement | None = None) -> RuleJudgement:
    asked = replace(rule(text), population=True)
    evidence, stable = (
        Evidence(measurements={asked.metric: one}, subject=SUBJECT) if one else None
        for one in (measurement, before)
    )
    assert evidence is not None
    state = "none yet" if stable is None else "readable"
    the_gate = replace(gate(text), rules=(asked,))
    known = {STEP: stable} if stable else None
    return judge(the_gate, {STEP: evidence}, known, baseline_state=state).rules[0]


@pytest.mark.parametrize(
    ("hits", "verdict"), [(200, "pass"), (186, "pass"), (180, "undecided"), (160, "undecided"), (150, "fail")]
)
def test_a_share_passes_or_fails_only_when_its_interval_is_clear_of_the_limit(
    hits: int, verdict: str
) -> None:
    found = judged("accuracy > 85%", right(hits, 200))
    assert found.verdict.value == verdict
    assert found.interval is not None
    low, high = found.interval
    assert low is not None
    assert high is not None
    assert (low > 0.85, high <= 0.85) == (verdict == "pass", verdict == "fail")


def test_it_says_how_many_more_cases_would_tell() -> None:
    found = judged("accuracy > 85%", right(45, 50))
    assert found.verdict is Verdict.UNDECIDED
    assert found.needed is not None
    n = 50 + found.needed
    assert share_decided(rule("accuracy > 85%"), 0.85, round(0.9 * n), n) is Verdict.PASS
    fewer = n - n // 10
    assert share_decided(rule("accuracy > 85%"), 0.85, round(0.9 * fewer), fewer) is Verdict.UNDECIDED
    assert found.sentence == (
        "accuracy is 90 % (45 of 50; 95 % interval 78.2 to 96.7 %), which leaves it on either side of the"
        f" limit of 85 % beyond this dataset; about {found.needed} more cases like these would tell"
    )


def test_a_verdict_says_how_sure_it_is() -> None:
    assert judged("accuracy > 85%", right(200, 200)).sentence == (
        "accuracy is 100 % (200 of 200; 95 % interval 98.2 to 100 %); with 97.5 % confidence the limit of 85 %"
        " is kept beyond this dataset"
    )


def test_cases_that_were_not_seen_count_at_either_end() -> None:
    assert judged("accuracy > 85%", right(190, 200)).verdict is Verdict.PASS
    found = judged("accuracy > 85%", right(190, 200, unseen=30))
    assert (found.verdict, found.needed) == (Verdict.UNDECIDED, None)
    assert "30 cases could not be seen" in found.sentence
    assert judged("error_rate < 5%", right(60, 200, unseen=30)).verdict is Verdict.FAIL


def test_a_mean_of_amounts_with_an_unseen_case_is_never_shown_to_be_small() -> None:
    amounts = Amounts(unit="USD", cases={f"c{i}": 0.001 * (1 + i % 3) for i in range(100)})
    assert judged("cost_per_query < 0.01 USD", amounts).verdict is Verdict.PASS
    lost = replace(amounts, unseen=("lost",))
    assert judged("cost_per_query < 0.01 USD", lost).verdict is Verdict.UNDECIDED
    assert judged("cost_per_query < 0.0001 USD", lost).verdict is Verdict.FAIL


@pytest.mark.parametrize(("n", "verdict"), [(50, Verdict.UNDECIDED), (73, Verdict.PASS)])
def test_a_quantile_takes_as_many_cases_as_bound_it(n: int, verdict: Verdict) -> None:
    assert judged("latency.p95 < 2 s", times(*[1.0] * n)).verdict is verdict


@settings(max_examples=40)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=5, max_size=60), st.floats(0.1, 0.9))
def test_what_fails_has_a_chance_that_says_so(values: list[float], limit: float) -> None:
    """The p-value and the interval are of one test, so that one rule alone is as it was before Holm."""
    for text, value in (("relevance > 1%", scores(*values)), ("accuracy > 1%", right(int(sum(values)), 60))):
        asked = rule(text)
        found = sample(STEP, asked, Evidence(measurements={asked.metric: value}))
        assert isinstance(found, Sample)
        decision = decide(asked, limit, found)
        assert (decision.chance <= TAIL + 1e-6) is (decision.verdict is Verdict.FAIL)


def test_an_approximate_interval_has_an_approximate_chance() -> None:
    dear = Amounts(unit="USD", cases={f"c{i}": 0.001 * (1 + i % 3) for i in range(100)})
    asked = rule("cost_per_query < 0.0018 USD")
    found = sample(STEP, asked, Evidence(measurements={"cost_per_query": dear}))
    assert isinstance(found, Sample)
    decision = decide(asked, 0.0018, found)
    assert decision.verdict is Verdict.FAIL
    assert 0.0 < decision.chance <= TAIL


def test_scores_are_decided_by_an_interval_that_holds_for_few() -> None:
    few = judged("relevance > 80%", scores(*[0.95, 0.9, 0.99] * 5))
    assert few.verdict is Verdict.UNDECIDED
    assert few.needed is not None
    more = [0.95, 0.9, 0.99] * ((15 + few.needed) // 3 + 1)
    assert judged("relevance > 80%", scores(*more)).verdict is Verdict.PASS
    assert judged("relevance > 80%", scores(*[0.95, 0.9, 0.99] * 20)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("hits", "verdict"), [(390, Verdict.PASS), (384, Verdict.UNDECIDED), (360, Verdict.FAIL)]
)
def test_against_a_baseline_the_margin_has_to_be_shown(hits: int, verdict: Verdict) -> None:
    found = judged("accuracy >= baseline - 3%", right(hits, 400), right(390, 400))
    assert found.verdict is verdict


def test_what_is_within_a_margin_and_not_shown_to_be_is_said_so() -> None:
    found = judged("accuracy >= baseline - 3%", right(38, 40), right(38, 40))
    assert found.verdict is Verdict.UNDECIDED
    assert "which is not shown: it may be chance (p = 0.3)" in found.sentence


def test_an_agent_at_the_limit_passes_hardly_ever_and_fails_as_seldom() -> None:
    chance = random.Random(3)
    asked = replace(rule("accuracy >= 85%"), population=True)
    drawn = Counter(sum(chance.random() < 0.85 for _ in range(120)) for _ in range(2000))
    seen = Counter[Verdict]()
    for hits, times_ in drawn.items():
        seen[share_decided(asked, 0.85, hits, 120)] += times_
    assert seen[Verdict.PASS] <= 0.025 * 2000
    assert seen[Verdict.FAIL] <= 0.025 * 2000


def test_a_suite_is_asked_to_the_end_for_it() -> None:
    cases = {f"c{number}": () for number in range(100)}
    told = {"accuracy"}
    for population in (False, True):
        asked = replace(rule("accuracy > 85%"), population=population)
        watch = Stopping((asked,), STEP).watch(cases, measured=told, told=told, subject=SUBJECT)
        assert (watch is None) is population


def test_a_suite_that_was_stopped_for_others_leaves_it_as_open_as_its_cases_do() -> None:
    asked = replace(rule("accuracy > 85%"), population=True)
    found = sample(STEP, asked, Evidence(measurements={"accuracy": right(100, 100, unseen=200)}))
    assert isinstance(found, Sample)
    assert decide(asked, 0.85, found).verdict is Verdict.UNDECIDED


def test_repeated_cases_count_once() -> None:
    """A hundred answers of ten cases do not tell what a hundred cases do."""
    ten = Scores(cases={f"c{i}": 1.0 for i in range(10)})
    assert judged("pass^3 >= 80%", ten).verdict is Verdict.UNDECIDED
    assert judged("pass^3 >= 80%", Scores(cases={f"c{i}": 1.0 for i in range(100)})).verdict is Verdict.PASS


@pytest.mark.parametrize("text", ["accuracy > 85%", "error_rate < 10%"])
def test_a_plan_says_which_counts_show_it(text: str) -> None:
    metrics = {metric.name: metric for metric in BUILT_IN}
    asked = replace(rule(text), population=True)
    few, many = (resolve(asked, metrics[asked.metric], n, Expected()) for n in (10, 100))
    assert (few.can_pass, few.can_fail) == (False, True)
    assert "it can never pass with so few cases" in few.says
    assert many.can_pass
    said = {"accuracy": "it passes with 93 or more of 100", "error_rate": "it passes with 4 or fewer of 100"}
    assert said[asked.metric] in many.says


def test_a_plan_says_that_it_is_about_more_than_the_cases() -> None:
    asked = replace(rule("accuracy{es} > 85%"), population=True)
    metrics = {metric.name: metric for metric in BUILT_IN}
    assert need(asked, metrics["accuracy"]).quantity == "accuracy over the cases tagged es and beyond them"


@pytest.mark.parametrize(
    ("now", "then", "verdict"),
    [
        (times(*[0.1] * 61), times(*[0.1, 0.2] * 30, 0.1), Verdict.PASS),
        (times(*[0.1] * 60, unseen=1), times(*[0.1, 0.2] * 30, 0.1), Verdict.UNDECIDED),
        (times(*[0.1] * 61), times(*[0.1, 0.2] * 30, unseen=1), Verdict.PASS),
        (times(*[9.0] * 60, unseen=1), times(*[0.1, 0.2] * 30, 0.1), Verdict.FAIL),
        (times(*[9.0] * 61), times(*[0.1, 0.2] * 30, unseen=1), Verdict.UNDECIDED),
    ],
)
def test_amounts_that_were_not_seen_on_either_side_count_without_an_end(
    now: Amounts, then: Amounts, verdict: Verdict
) -> None:
    found = judged("latency.mean <= baseline + 1 s", now, then)
    assert found.verdict is verdict
    assert ("they could put it on either side" in found.sentence) is (verdict is Verdict.UNDECIDED)


def test_a_plan_does_not_say_that_a_release_is_let_through_which_has_to_be_shown() -> None:
    asked = rule("accuracy >= baseline - 3%")
    metrics = {metric.name: metric for metric in BUILT_IN}
    plain, beyond = (
        resolve(one, metrics["accuracy"], 200, Expected()) for one in (asked, replace(asked, population=True))
    )
    assert plain.unchanged is not None
    assert beyond.unchanged is None
    assert plain.worse == beyond.worse
