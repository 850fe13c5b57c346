"""`for: population`: what a dataset's cases say beyond themselves."""

import random

import pytest

from esclusa.core.evidence import Amounts, Evidence, Measurement, Scores
from esclusa.core.gate import RuleJudgement, Verdict
from esclusa.core.value import replace
from esclusa.gates.catalogue import BUILT_IN
from esclusa.gates.judge import judge
from esclusa.gates.population import decide, share_decided
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
    assert share_decided(rule("accuracy > 85%"), 0.85, round(0.9 * (n - 40)), n - 40) is Verdict.UNDECIDED
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


def test_scores_are_decided_by_an_interval_that_holds_for_few() -> None:
    assert judged("relevance > 80%", scores(*[0.95, 0.9, 0.99] * 5)).verdict is Verdict.UNDECIDED
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
    drawn = [sum(chance.random() < 0.85 for _ in range(120)) for _ in range(2000)]
    verdicts = [share_decided(asked, 0.85, hits, 120) for hits in drawn]
    assert verdicts.count(Verdict.PASS) <= 0.025 * 2000
    assert verdicts.count(Verdict.FAIL) <= 0.025 * 2000


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
