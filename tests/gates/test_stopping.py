"""Stopping early: which rules a part of the cases settles, and that the judge says the same afterwards."""

import random
from collections.abc import Mapping, Sequence

import pytest

from esclusa.core.evidence import Coverage, Draw, Evidence, Measurement, Rate, Scores
from esclusa.core.gate import Mode, Verdict
from esclusa.core.value import decode, encode, replace
from esclusa.gates.judge import judge
from esclusa.gates.stopping import Stopping, Watch, waiting
from tests.gates.worlds import SUBJECT, gate, rule, times

QUALITY = "eval.quality"
TOLD = ("accuracy", "error_rate", "latency", "relevance")
MEASURED = (*TOLD, "cost_per_query")


def watch(cases: Mapping[str, Sequence[str]], *rules: str, baseline: Evidence | None = None) -> Watch | None:
    stopping = Stopping(tuple(map(rule, rules)), QUALITY, baseline)
    return stopping.watch(cases, measured=MEASURED, told=TOLD, subject=SUBJECT)


def world(wrong: int, size: int, seed: int) -> dict[str, float]:
    """Cases in a random order, of which some are wrong."""
    order = [f"c{number}" for number in range(size)]
    random.Random(seed).shuffle(order)
    return {case: float(int(case[1:]) >= wrong) for case in order}


def stopped(values: Mapping[str, float], *rules: str, baseline: Evidence | None = None) -> Evidence:
    """What a suite sees that asks until the rules are settled."""
    seen: dict[str, float] = {}
    looking = watch(dict.fromkeys(values, ()), *rules, baseline=baseline)
    for case, value in values.items():
        if looking is not None and looking.settled:
            break
        seen[case] = value
        if looking is not None:
            looking.see(case, {"accuracy": value})
    left = tuple(case for case in values if case not in seen)
    return Evidence(
        measurements={"accuracy": Rate(hits=int(sum(seen.values())), n=len(seen), cases=seen, unseen=left)},
        coverage=Coverage(total=len(values), seen=len(seen), not_run=len(left)),
        draw=Draw(order=tuple(values), not_run=left),
        subject=SUBJECT,
    )


def full(values: Mapping[str, float]) -> Evidence:
    measurement = Rate(hits=int(sum(values.values())), n=len(values), cases=values)
    return Evidence(measurements={"accuracy": measurement}, subject=SUBJECT)


def test_a_good_release_passes_after_a_part_of_the_cases_and_says_what_that_saved() -> None:
    evidence = stopped(world(50, 1000, 1), "accuracy > 85%")
    (judged,) = judge(gate("accuracy > 85%"), {QUALITY: evidence}, None, baseline_state="none yet").rules
    assert (judged.verdict, judged.settled_after, judged.saved, judged.error) == (Verdict.PASS, 52, 948, 0.05)
    assert judged.sentence == (
        "accuracy is 96.2 % (50 of 52; 95 % interval 83.5 to 99.8 %); settled, with at most 5 % error, after 52"
        " cases, 948 cases not run: over all of them the limit of 85 % is kept"
    )


@pytest.mark.parametrize("wrong", [0, 20, 50, 140, 150, 160, 250, 600])
def test_the_verdict_is_that_of_all_cases(wrong: int) -> None:
    values = world(wrong, 1000, 2)
    quality = gate("accuracy > 85%")
    verdicts = [
        judge(quality, {QUALITY: seen}, None, baseline_state="none yet").verdict
        for seen in (stopped(values, "accuracy > 85%"), full(values))
    ]
    assert verdicts[0] is verdicts[1]


def test_stopped_evidence_goes_to_json_and_back_with_the_same_judgement() -> None:
    evidence = stopped(world(20, 300, 3), "accuracy > 85%")
    again = decode(Evidence, encode(evidence))
    assert again == evidence
    assert evidence.draw is not None
    assert evidence.draw.not_run


def test_a_warning_that_is_open_when_the_suite_stops_is_undecided() -> None:
    evidence = stopped(world(50, 1000, 1), "accuracy > 85%")
    asked = gate("accuracy > 85%", "accuracy > 94.9% (warn)")
    judged = judge(asked, {QUALITY: evidence}, None, baseline_state="none yet")
    assert judged.verdict is Verdict.PASS
    assert judged.rules[1].verdict is Verdict.UNDECIDED
    assert judged.rules[1].needed == 948


def test_cases_behind_one_that_was_not_run_say_nothing() -> None:
    """All but the first of the order were run, and the first was not: nothing is settled by their order."""
    values = world(50, 1000, 1)
    first = next(iter(values))
    rest = {case: value for case, value in values.items() if case != first}
    seen = {case: rest[case] for case in list(rest)[:500]}
    left = tuple(case for case in values if case not in seen)
    evidence = Evidence(
        measurements={"accuracy": Rate(hits=int(sum(seen.values())), n=500, cases=seen, unseen=left)},
        draw=Draw(order=tuple(values), not_run=left),
        subject=SUBJECT,
    )
    (judged,) = judge(gate("accuracy > 85%"), {QUALITY: evidence}, None, baseline_state="none yet").rules
    assert judged.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    "open_rule",
    ["cost_per_query < 0.01 USD", "latency.mean < 2 s", "accuracy >= baseline - 2%"],
)
def test_what_only_all_cases_tell_keeps_the_suite_running(open_rule: str) -> None:
    values = world(5, 100, 1)
    before = Evidence(measurements={"accuracy": Rate(hits=1, n=1)}, subject=SUBJECT)
    cases = dict.fromkeys(values, ())
    assert watch(cases, "accuracy > 85%", open_rule, baseline=before) is None or "baseline" in open_rule
    assert watch(cases, "accuracy > 85%") is not None


def test_nothing_to_settle_means_that_all_are_asked() -> None:
    assert watch({"c0": ()}) is None
    assert watch({"c0": ()}, "failed_tests == 0") is None


def test_a_slice_is_settled_by_its_own_cases_in_the_order_of_all() -> None:
    cases = {f"c{number}": ("es",) if number % 2 else () for number in range(200)}
    looking = watch(cases, "accuracy{es} > 85%")
    assert looking is not None
    for number, case in enumerate(cases):
        if looking.settled:
            break
        looking.see(case, {"accuracy": float(number % 2)})
    assert looking.settled
    assert number % 2 == 0
    assert 40 < number < 80


def test_a_quantile_of_latency_fails_as_soon_as_too_many_cases_are_slow() -> None:
    looking = watch({f"c{number}": () for number in range(100)}, "latency.p95 < 2 s")
    assert looking is not None
    slow: dict[str, float] = {}
    while not looking.settled:
        slow[f"c{len(slow)}"] = 3.0
        looking.see(f"c{len(slow) - 1}", {"latency": 3.0})
    n = len(slow)
    evidence = Evidence(
        measurements={
            "latency": replace(times(), cases=slow, unseen=tuple(f"c{one}" for one in range(n, 100)))
        },
        draw=Draw(
            order=tuple(f"c{n}" for n in range(100)), not_run=tuple(f"c{one}" for one in range(n, 100))
        ),
        subject=SUBJECT,
    )
    (judged,) = judge(gate("latency.p95 < 2 s"), {QUALITY: evidence}, None, baseline_state="none yet").rules
    assert (judged.verdict, judged.saved) == (Verdict.FAIL, 100 - n)
    assert n <= 6


def test_a_rule_against_the_baseline_passes_early_where_the_candidate_is_clearly_better() -> None:
    before = full(world(300, 1000, 5))
    text = "accuracy >= baseline - 2%"
    evidence = stopped(world(50, 1000, 6), text, baseline=before)
    judged = judge(gate(text), {QUALITY: evidence}, {QUALITY: before}, baseline_state="readable").rules[0]
    assert judged.verdict is Verdict.PASS
    assert judged.saved is not None
    assert judged.saved > 500
    assert "over all of them the limit of" in judged.sentence


def test_a_rule_against_the_baseline_that_does_not_pass_takes_all_pairs() -> None:
    before = full(world(50, 300, 5))
    evidence = stopped(world(150, 300, 6), "accuracy >= baseline - 2%", baseline=before)
    assert evidence.draw is not None
    assert evidence.draw.not_run == ()


def test_against_a_baseline_that_was_stopped_early_its_cases_are_enough() -> None:
    values = world(20, 400, 7)
    before = stopped(values, "accuracy > 85%")
    text = "accuracy >= baseline - 2%"
    evidence = stopped(values, text, baseline=before)
    assert before.draw is not None
    assert evidence.draw is not None
    assert len(evidence.draw.not_run) >= len(before.draw.not_run)
    judged = judge(gate(text), {QUALITY: evidence}, {QUALITY: before}, baseline_state="readable").rules[0]
    assert judged.verdict is Verdict.PASS


def test_where_all_pairs_of_two_stopped_suites_were_seen_the_interval_is_of_what_lies_beyond_them() -> None:
    values = world(20, 400, 7)
    before = stopped(values, "accuracy > 85%")
    text = "accuracy >= baseline - 2%"
    worse = {one: float(number % 3 == 0) for number, one in enumerate(values)}
    evidence = stopped(worse, "accuracy > 85%", text, baseline=before)
    judged = judge(gate(text), {QUALITY: evidence}, {QUALITY: before}, baseline_state="readable").rules[0]
    assert judged.verdict is Verdict.FAIL
    assert judged.interval is not None
    assert judged.estimate is not None
    low, high = judged.interval
    assert low is not None
    assert high is not None
    assert low <= judged.estimate < high
    assert high - low > 0.02


def test_only_the_blocking_rules_over_this_step_are_waited_for() -> None:
    gates = (
        gate("accuracy > 85%", "relevance > 0.8 (warn)"),
        gate("latency.p95 < 2 s", name="performance"),
        gate("error_rate < 1%", name="elsewhere", sources=("eval.other",)),
        gate("error_rate < 2%", name="soft", mode=Mode.WARN),
    )
    alone = [one.text for one in waiting(gates, QUALITY, [QUALITY])]
    beside = [one.text for one in waiting(gates, QUALITY, [QUALITY, "eval.performance"])]
    assert (alone, beside) == (["accuracy > 85%", "latency.p95 < 2 s"], ["accuracy > 85%"])


def test_scores_are_settled_by_their_mean() -> None:
    source = random.Random(4)
    scores = {f"c{number}": 0.9 + 0.1 * source.random() for number in range(300)}
    looking = watch(dict.fromkeys(scores, ()), "relevance > 0.8")
    assert looking is not None
    seen: dict[str, float] = {}
    while not looking.settled:
        case = f"c{len(seen)}"
        seen[case] = scores[case]
        looking.see(case, {"relevance": scores[case]})
    left = tuple(case for case in scores if case not in seen)
    measured: dict[str, Measurement] = {"relevance": Scores(cases=seen, unseen=left)}
    evidence = Evidence(measurements=measured, draw=Draw(order=tuple(scores), not_run=left), subject=SUBJECT)
    (judged,) = judge(gate("relevance > 0.8"), {QUALITY: evidence}, None, baseline_state="none yet").rules
    assert (judged.verdict, judged.settled_after) == (Verdict.PASS, len(seen))
    assert len(seen) < 60
