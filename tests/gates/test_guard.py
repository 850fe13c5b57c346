import math

import pytest

from esclusa.core.gate import Absolute, Limit, Relative, Rule, RuleJudgement, Verdict
from esclusa.core.value import replace
from esclusa.gates.guard import Arm, Guard
from esclusa.stats import eprocess, intervals


def rule(text: str, limit: Limit) -> Rule:
    return Rule(text=text, metric="error_rate", operator="<=", limit=limit, estimator="mean")


MARGIN = rule("error_rate <= baseline + 0.5%", Relative(plus=0.005))
TIMES = rule("error_rate <= baseline * 2", Relative(times=2.0))
LIMIT = rule("error_rate <= 5%", Absolute(value=0.05))


def arms(failed: int, turns: int, baselines_failed: int, baselines: int) -> tuple[Arm, Arm]:
    return Arm(turns=turns, turns_failed=failed), Arm(turns=baselines, turns_failed=baselines_failed)


def test_what_is_worse_than_its_margin_is_shown_with_its_numbers() -> None:
    guard = Guard.new(MARGIN, alpha=0.05)
    for _ in range(12):
        guard.bet(10, 90, 1, 1)
    evidence = math.exp(guard.log_e)
    assert guard.judge(*arms(12, 120, 12, 1080), silence="", share=0.1) == RuleJudgement(
        rule=MARGIN.text,
        metric="error_rate",
        verdict=Verdict.FAIL,
        mode=MARGIN.mode,
        sentence=(
            "error_rate <= baseline + 0.5% is violated: the candidate failed 12 of 120 turns (10%), "
            f"the baseline failed 12 of 1080 turns (1.11%); evidence {evidence:.3g}, shown from 20."
        ),
        estimate=0.1,
        interval=(*intervals.wilson(12, 120),),
        baseline=12 / 1080,
        n=120,
        unit="share",
        evidence_from="the router",
        e_value=evidence,
        threshold=20.0,
    )


def test_what_is_not_shown_says_what_would_show_it() -> None:
    guard = Guard.new(LIMIT, alpha=0.05)
    guard.bet(40, 0, 3, 0)
    judged = guard.judge(*arms(3, 40, 0, 0), silence="", share=1.0)
    assert judged.verdict is Verdict.NOT_REFUTED
    assert judged.sentence == (
        "No violation of error_rate <= 5% is shown: the candidate failed 3 of 40 turns (7.5%); "
        f"evidence {judged.e_value:.3g} of the 20 needed; {judged.needed} more candidate failures in a row would show one."
    )
    assert judged.needed is not None
    guard.bet(judged.needed - 1, 0, judged.needed - 1, 0)
    assert not guard.violated
    guard.bet(1, 0, 1, 0)
    assert guard.violated


@pytest.mark.parametrize("text", [MARGIN, TIMES])
def test_a_margin_on_the_baseline_is_betted_as_the_e_process_says(text: Rule) -> None:
    guard = Guard.new(text, alpha=0.01)
    guard.bet(5, 45, 2, 1)
    limit = text.limit
    assert isinstance(limit, Relative)
    gains = eprocess.two_arms(5, 45, 2, 1, limit.times, limit.plus)
    assert guard.capital == [start + gain for start, gain in zip(eprocess.START, gains, strict=True)]


def test_nothing_seen_is_missing_and_says_why() -> None:
    guard = Guard.new(MARGIN, alpha=0.05)
    lacks = [
        guard.judge(*arms(0, 0, 0, 0), silence="the traffic cannot be seen (no file)", share=0.1),
        guard.judge(*arms(0, 0, 0, 9), silence="", share=0.1),
        guard.judge(*arms(0, 9, 0, 0), silence="", share=0.1),
    ]
    assert [lack.verdict for lack in lacks] == [Verdict.MISSING] * 3
    assert [lack.sentence for lack in lacks] == [
        "error_rate <= baseline + 0.5% cannot be judged: the traffic cannot be seen (no file).",
        "error_rate <= baseline + 0.5% cannot be judged: no turn of the candidate has been judged yet.",
        "error_rate <= baseline + 0.5% cannot be judged: no turn of the baseline has been judged yet.",
    ]


def test_a_violation_that_has_been_shown_stays_shown_when_the_traffic_is_gone() -> None:
    guard = Guard.new(LIMIT, alpha=0.05)
    guard.bet(20, 0, 20, 0)
    assert guard.judge(*arms(20, 20, 0, 0), silence="gone", share=0.1).verdict is Verdict.FAIL


@pytest.mark.parametrize("other", [replace(MARGIN, metric="latency"), replace(LIMIT, operator=">=")])
def test_a_rule_that_live_traffic_cannot_answer_is_missing_and_bets_nothing(other: Rule) -> None:
    guard = Guard.new(other, alpha=0.05)
    guard.bet(10, 10, 10, 0)
    assert guard.capital == list(eprocess.START)
    assert guard.judge(*arms(10, 10, 0, 10), silence="", share=0.5).verdict is Verdict.MISSING


@pytest.mark.parametrize("limit", [Relative(times=0.0), Relative(times=0.5, plus=-0.5)])
def test_a_limit_that_cannot_be_tested_is_refused(limit: Relative) -> None:
    with pytest.raises(ValueError, match="a baseline is multiplied by a number above 0"):
        Guard.new(rule("error_rate <= nonsense", limit), alpha=0.05)


def test_evidence_beyond_every_number_stays_a_number() -> None:
    guard = Guard.new(rule("error_rate <= 0%", Absolute(value=0.0)), alpha=0.05)
    for _ in range(10):
        guard.bet(5, 0, 5, 0)
    assert guard.violated
    assert math.isfinite(guard.judge(*arms(50, 50, 0, 0), silence="", share=0.5).e_value or math.inf)
