"""Rules on what somebody else counts, judged from running totals."""

import random

import pytest

from esclusa.core.gate import Relative, Rule, Verdict
from esclusa.gates.counts import CountGuard, Reading, Total
from esclusa.gates.guard import Guard
from esclusa.gates.live import Terms
from esclusa.gates.live_gate import LiveGate
from esclusa.stats import binomial

RULE = Rule(
    text="tool_errors <= baseline + 1%",
    metric="tool_errors",
    operator="<=",
    limit=Relative(plus=0.01),
    estimator="mean",
)


def counting(*, settle: float = 0.0) -> CountGuard:
    return CountGuard(Guard.new(RULE, 0.05), settle=settle, quiet=60.0)


def totals(at: float, mine: tuple[float, float] | None, theirs: tuple[float, float] | None) -> Reading:
    return Reading(at, Total(*mine) if mine else None, Total(*theirs) if theirs else None)


def test_what_was_counted_between_two_readings_is_what_is_betted_on() -> None:
    guard = counting()
    guard.take(totals(0.0, (1000, 900), (5000, 10)))
    guard.take(totals(15.0, (1100, 930), (5500, 15)))
    assert (guard.candidate.turns, guard.candidate.turns_failed) == (100, 30)
    assert (guard.baseline.turns, guard.baseline.turns_failed) == (500, 5)
    judged = guard.judge(16.0, "", 0.2)
    assert judged.verdict is Verdict.FAIL
    assert judged.evidence_from == "Prometheus"
    assert judged.sentence.startswith(
        "tool_errors <= baseline + 1% is violated: the candidate failed 30 of 100 turns (30%), the baseline"
    )


def test_nothing_is_betted_on_while_traffic_moves_and_shortly_after() -> None:
    guard = counting(settle=30.0)
    guard.take(totals(0.0, (0, 0), (0, 0)))
    guard.shifted(10.0)
    guard.take(totals(15.0, (100, 100), (100, 0)))
    guard.take(totals(45.0, (200, 200), (200, 0)))
    assert (guard.candidate.turns, guard.guard.violated) == (0, False)
    guard.take(totals(60.0, (300, 300), (300, 0)))
    assert guard.candidate.turns == 100


@pytest.mark.parametrize(
    ("before", "after"),
    [((100, 5), (3, 0)), ((100, 5), (110, 4)), ((100, 5), None)],
    ids=["a counter began anew", "failures fell", "a series went away"],
)
def test_a_total_that_falls_is_a_gap_and_not_a_number(
    before: tuple[float, float], after: tuple[float, float] | None
) -> None:
    guard = counting()
    guard.take(totals(0.0, before, (100, 0)))
    guard.take(totals(15.0, after, (200, 0)))
    assert (guard.resets, guard.candidate.turns, guard.baseline.turns) == (1, 0, 0)
    guard.take(totals(30.0, (20, 0), (300, 0)))
    assert guard.candidate.turns == (17 if after == (3, 0) else 0 if after is None else guard.candidate.turns)


def test_what_was_counted_before_anybody_looked_is_nobodys() -> None:
    guard = counting()
    guard.take(totals(0.0, None, (100, 0)))
    guard.take(totals(15.0, (500, 500), (200, 0)))
    assert guard.candidate.turns == 0
    guard.take(totals(30.0, (510, 501), (300, 0)))
    assert (guard.candidate.turns, guard.candidate.turns_failed) == (10, 1)


def test_a_reading_that_is_not_newer_is_passed_over() -> None:
    guard = counting()
    guard.take(totals(10.0, (0, 0), (0, 0)))
    guard.take(totals(10.0, (50, 50), (50, 0)))
    guard.take(totals(5.0, (60, 60), (60, 0)))
    assert guard.candidate.turns == 0


def test_three_ways_to_see_nothing_are_told_apart() -> None:
    guard = counting()
    assert "no turn of the candidate" in guard.judge(0.0, "", 0.1).sentence
    guard.take(totals(0.0, (0, 0), (0, 0)))
    guard.take(totals(15.0, (10, 0), (10, 0)))
    assert guard.judge(20.0, "", 0.1).verdict is Verdict.NOT_REFUTED
    assert "nothing was counted of the candidate for 60 s" in guard.judge(90.0, "", 0.1).sentence
    away = guard.judge(20.0, "it does not answer", 0.1)
    assert away.verdict is Verdict.MISSING
    assert "the totals cannot be read (it does not answer)" in away.sentence


def test_at_the_margin_a_violation_is_shown_at_most_as_often_as_promised() -> None:
    shown = 0
    for seed in range(200):
        drawn, guard = random.Random(seed), counting()
        mine = theirs = bad = others = 0
        for at in range(120):
            guard.take(totals(15.0 * at, (mine, bad), (theirs, others)))
            mine, theirs = mine + 75, theirs + 75
            bad += sum(drawn.random() < 0.02 for _ in range(75))
            others += sum(drawn.random() < 0.01 for _ in range(75))
            shown += guard.guard.violated
            if guard.guard.violated:
                break
    assert binomial.at_least(shown, 200, 0.05) > 0.001


def test_the_live_gate_takes_counted_metrics_from_readings_even_error_rate() -> None:
    errors = Rule(
        text="error_rate <= baseline", metric="error_rate", operator="<=", limit=Relative(), estimator="mean"
    )
    gate = LiveGate.new(
        Terms(
            candidate="new",
            baseline="old",
            since=0.0,
            rules=(errors, RULE),
            counted=("error_rate", "tool_errors"),
        )
    )
    assert (gate.guards, len(gate.counted)) == ((), 2)
    gate.count(
        [("error_rate", totals(40.0, (0, 0), (0, 0))), ("error_rate", totals(60.0, (90, 80), (90, 0)))]
    )
    judged = gate.judge(61.0, share=0.5)
    assert [one.verdict for one in judged.rules] == [Verdict.FAIL, Verdict.MISSING]
    assert LiveGate.read(gate.written()) == gate
