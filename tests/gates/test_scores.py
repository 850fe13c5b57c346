"""Rules on what was answered, judged on pairs of scored conversations."""

import json
import random
from collections.abc import Iterator

import pytest

from esclusa.core.gate import Rule, RuleJudgement, Verdict
from esclusa.core.value import encode
from esclusa.gates.catalogue import catalogue
from esclusa.gates.language import parse
from esclusa.gates.live import Terms
from esclusa.gates.live_gate import LiveGate
from esclusa.gates.scores import QUIET, WARM, Pair, ScoreGuard
from esclusa.stats import binomial

METRICS = catalogue()


def rule(text: str) -> Rule:
    return parse(text, METRICS, live=True)


def guard(text: str, *, least: int = 5, prove: bool = False) -> ScoreGuard:
    return ScoreGuard.new(rule(text), 0.05, least=least, prove=prove)


def relevances(seed: int, number: int, candidate: float, baseline: float) -> Iterator[Pair]:
    """Scores of 0.9 and, for the rest of the mean, 0.1."""
    drawn = random.Random(seed)
    for at in range(number):
        mine, theirs = (0.9 if drawn.random() < (mean - 0.1) / 0.8 else 0.1 for mean in (candidate, baseline))
        yield Pair(float(at), {"relevance": mine}, {"relevance": theirs})


def costs(number: int, candidate: float, baseline: float) -> Iterator[Pair]:
    for at in range(number):
        yield Pair(
            float(at),
            {"cost_per_query": candidate * (1 + at % 3)},
            {"cost_per_query": baseline * (1 + at % 3)},
        )


def test_answers_that_have_become_worse_are_found_with_their_numbers() -> None:
    worse = guard("relevance >= baseline - 10%")
    worse.take(Pair(float(at), {"relevance": 0.3}, {"relevance": 0.9}) for at in range(30))
    evidence = 10**worse.log10_e
    assert evidence > 20
    assert worse.judge(30.0, "") == RuleJudgement(
        rule="relevance >= baseline - 10%",
        metric="relevance",
        verdict=Verdict.FAIL,
        mode=worse.rule.mode,
        sentence=(
            "relevance >= baseline - 10% is violated: the candidate's mean relevance is 30 % over 30"
            f" conversations, the baseline's 90 % over 30; evidence {evidence:.3g}, shown from 20."
        ),
        estimate=pytest.approx(0.3),
        baseline=pytest.approx(0.9),
        n=30,
        unit="share",
        evidence_from="scored conversations",
        e_value=pytest.approx(evidence),
        threshold=20.0,
    )


@pytest.mark.parametrize(
    ("text", "candidate", "baseline"),
    [
        ("relevance >= baseline - 10%", 0.6, 0.7),
        ("relevance >= baseline", 0.7, 0.7),
        ("relevance >= baseline * 0.9", 0.63, 0.7),
        ("relevance >= 60%", 0.6, 0.9),
    ],
)
def test_as_bad_as_allowed_is_refuted_at_most_as_often_as_promised(
    text: str, candidate: float, baseline: float
) -> None:
    refuted = 0
    for seed in range(300):
        one = guard(text)
        for pair in relevances(seed, 300, candidate, baseline):
            one.take([pair])
            if one.violated:
                refuted += 1
                break
    assert binomial.at_least(refuted, 300, 0.05) > 0.001


def test_at_the_limit_it_is_proven_at_most_as_often_as_promised() -> None:
    proven = 0
    for seed in range(300):
        one = guard("relevance >= baseline - 10%", prove=True)
        one.take(relevances(seed, 300, 0.6, 0.7))
        proven += one.proven
    assert binomial.at_least(proven, 300, 0.05) > 0.001


def test_what_is_no_worse_is_proven_in_time_and_stays_so() -> None:
    one = guard("relevance >= baseline - 20%", prove=True)
    one.take(relevances(1, 10, 0.8, 0.8))
    early = one.judge(10.0, "")
    assert early.verdict is Verdict.UNDECIDED
    assert early.sentence.startswith(
        "relevance >= baseline - 20% is not shown to hold yet: the candidate's mean"
    )
    one.take(relevances(2, 600, 0.8, 0.8))
    late = one.judge(600.0, "")
    assert late.verdict is Verdict.PASS
    assert late.sentence.startswith("relevance >= baseline - 20% is shown to hold: ")


def test_what_was_once_shown_to_hold_stays_shown_when_a_few_worse_answers_come() -> None:
    one = guard("relevance >= baseline - 20%", prove=True)
    for pair in relevances(2, 600, 0.8, 0.8):
        if not one.proven:
            one.take([pair])
    one.take(Pair(600.0 + at, {"relevance": 0.1}, {"relevance": 0.9}) for at in range(2))
    assert one.in_favour is not None
    assert one.in_favour < one.threshold
    assert one.judge(602.0, "").verdict is Verdict.PASS


def test_a_dearer_candidate_is_found_and_the_first_amounts_only_choose_the_cap() -> None:
    one = guard("cost_per_query <= baseline * 1.5")
    one.take(costs(WARM, 0.03, 0.01))
    assert (one.log_e, one.cap) == (pytest.approx(0.0), pytest.approx(4 * 0.03))
    one.take(costs(60, 0.03, 0.01))
    assert one.judge(60.0, "").verdict is Verdict.FAIL


def test_one_answer_that_costs_a_thousand_times_as_much_does_not_decide_alone() -> None:
    one = guard("tokens_per_query <= baseline * 1.5")
    tokens = [Pair(float(at), {"tokens_per_query": 100.0}, {"tokens_per_query": 100.0}) for at in range(40)]
    one.take(tokens)
    one.take([Pair(41.0, {"tokens_per_query": 100_000.0}, {"tokens_per_query": 100.0})])
    judged = one.judge(41.0, "")
    assert judged.verdict is Verdict.NOT_REFUTED
    assert judged.unit == "tokens"


def test_a_limit_of_its_own_needs_no_baseline() -> None:
    one = guard("relevance > 80%")
    one.take(Pair(float(at), {"relevance": 0.2}) for at in range(20))
    assert one.judge(20.0, "").verdict is Verdict.FAIL
    against = guard("relevance >= baseline - 10%")
    against.take(Pair(float(at), {"relevance": 0.2}) for at in range(20))
    assert (against.candidate.n, against.unscored) == (0, 0)


@pytest.mark.parametrize(
    ("pairs", "now", "trouble", "words"),
    [
        (0, 0.0, "", "0 of at least 5 conversations have been scored"),
        (3, 3.0, "the tap is away", "3 of at least 5 conversations have been scored (the tap is away)"),
        (9, 9.0 + QUIET, "", f"no conversation was scored for {QUIET:g} s"),
    ],
)
def test_three_ways_to_see_nothing_are_missing_with_their_reason(
    pairs: int, now: float, trouble: str, words: str
) -> None:
    one = guard("relevance >= baseline - 10%")
    one.take(relevances(1, pairs, 0.9, 0.9))
    judged = one.judge(now, trouble)
    assert judged.verdict is Verdict.MISSING
    assert judged.sentence == f"relevance >= baseline - 10% cannot be judged: {words}."


def test_what_could_not_be_scored_is_counted_and_never_betted_on() -> None:
    one = guard("relevance >= baseline - 10%")
    one.take([Pair(1.0, {}, {"relevance": 0.9}), Pair(2.0, {"relevance": 0.1}, {})])
    assert (one.log_e, one.unscored) == (pytest.approx(0.0), 2)
    assert "2 could not be" in one.judge(3.0, "").sentence


def test_a_limit_that_nothing_can_break_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be betted on"):
        guard("relevance >= baseline + 100%")


def test_the_live_gate_judges_them_beside_the_routers_rules_and_writes_them_down() -> None:
    texts = ("error_rate <= 1%", "relevance >= baseline - 10%")
    gate = LiveGate.new(
        Terms(candidate="new", baseline="old", since=0.0, rules=tuple(map(rule, texts)), least_scored=5)
    )
    gate.score(relevances(1, 40, 0.2, 0.9))
    again = LiveGate.read(json.loads(encode(gate.written())))
    assert again == gate
    judged = again.judge(40.0)
    assert [one.rule for one in judged.rules] == list(texts)
    assert judged.rules[1].verdict is Verdict.FAIL
    assert [one.alpha for one in (*gate.guards, *gate.scored)] == [0.025, 0.025]


def test_without_a_stable_release_a_rule_on_the_baseline_is_not_applicable() -> None:
    gate = LiveGate.new(Terms(candidate="new", since=0.0, rules=(rule("relevance >= baseline - 10%"),)))
    assert gate.judge(1.0).rules[0].verdict is Verdict.NOT_APPLICABLE
