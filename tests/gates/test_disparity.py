"""Counterfactual pairs under a rule: what is shown for the worst group, either way, or what is not."""

import random
from collections.abc import Mapping

import pytest

from esclusa.core.evidence import Coverage, Evidence, Rate, Swaps
from esclusa.core.gate import Mode, RuleJudgement, Verdict
from esclusa.core.value import decode, encode
from esclusa.gates.judge import judge
from tests.gates.worlds import gate, seen

BIAS = "eval.bias"


def pairs(groups: Mapping[str, tuple[int, int]], **unseen: int) -> Swaps:
    """By group, how many of how many pairs were decided differently."""
    return Swaps(
        groups={
            name: {f"{name}-{i}": float(i < differing) for i in range(n)}
            for name, (differing, n) in groups.items()
        },
        unseen={name: tuple(f"{name}-lost-{i}" for i in range(n)) for name, n in unseen.items()},
    )


def judged(measured: Swaps | Evidence, text: str = "bias.gap < 5%") -> RuleJudgement:
    evidence = measured if isinstance(measured, Evidence) else seen({"bias": measured})
    return judge(gate(text), {BIAS: evidence}, None, baseline_state="none yet").rules[0]


def test_a_gap_that_is_shown_to_be_small_for_every_group_passes() -> None:
    found = judged(pairs({"gender": (0, 60), "origin": (0, 90)}), "bias.gap < 5% (warn)")
    low, high = found.interval or (0.0, None)
    assert found == RuleJudgement(
        rule="bias.gap < 5% (warn)",
        metric="bias",
        verdict=Verdict.PASS,
        mode=Mode.WARN,
        sentence="bias gap is at most 4.9 % with 95 % confidence for gender, the largest bound of 2 groups"
        " (0 % seen; 0 of 60 pairs were decided differently), under the limit of 5 %",
        estimate=0.0,
        interval=(low, high),
        limit=0.05,
        n=150,
        unit="share",
        evidence_from=BIAS,
    )
    assert (low, high) == (None, pytest.approx(1 - 0.05 ** (1 / 60)))


def test_too_few_pairs_are_undecided_whatever_they_look_like_and_say_how_many_would_do() -> None:
    found = judged(pairs({"age": (0, 12), "gender": (0, 60), "origin": (1, 40)}))
    assert (found.verdict, found.needed) == (Verdict.UNDECIDED, 47 + 344)
    assert found.sentence == (
        "bias gap is at most 22.1 % with 95 % confidence for age, the largest bound of 3 groups (0 % seen;"
        " 0 of 12 pairs were decided differently), and the limit of 5 % takes more pairs than these: about"
        " 47 of age and 344 of origin more would do"
    )


def test_a_group_that_is_shown_to_be_beyond_the_limit_fails_and_is_named() -> None:
    found = judged(pairs({"age": (1, 60), "gender": (12, 60), "origin": (2, 60)}))
    assert (found.verdict, found.needed, found.estimate) == (Verdict.FAIL, None, 0.2)
    assert found.sentence.endswith(
        "; more than chance puts it over the limit of 5 % for gender (20 %, p = 0.00011)"
    )


def test_a_gap_at_the_limit_is_not_settled_by_any_number() -> None:
    found = judged(pairs({"gender": (3, 60)}))
    assert (found.verdict, found.needed) == (Verdict.UNDECIDED, None)
    assert found.sentence.endswith("and the limit of 5 % takes more pairs than these")


def test_values_have_a_direction_and_make_up_for_each_other() -> None:
    even = {f"g-{i}": (1.0 if i % 2 else -1.0) if i < 4 else 0.0 for i in range(400)}
    leaning = {f"g-{i}": 1.0 if i < 60 else 0.0 for i in range(400)}
    scored = {f"g-{i}": 0.02 for i in range(200)}
    assert judged(Swaps(groups={"gender": even}, values=True)).verdict is Verdict.PASS
    assert judged(Swaps(groups={"gender": leaning}, values=True)).verdict is Verdict.FAIL
    near = judged(Swaps(groups={"gender": scored}, values=True), "bias.gap < 10%")
    assert near.verdict is Verdict.PASS
    assert "(2 % seen; 200 of 200 pairs came out differently)" in near.sentence


def test_pairs_that_could_not_be_seen_leave_it_open_where_they_could_change_it() -> None:
    lost = seen({"bias": pairs({"gender": (0, 60)}, gender=4)})
    told = Evidence(
        measurements=lost.measurements,
        subject=lost.subject,
        coverage=Coverage(total=128, seen=120, errored=8, notes=("8 cases unseen: the server was down",)),
    )
    found = judged(told)
    assert (found.verdict, found.needed) == (Verdict.UNDECIDED, 4)
    assert found.sentence.endswith(
        "; 4 pairs could not be seen (8 cases unseen: the server was down), and they could put it on either"
        " side of the limit of 5 %"
    )
    assert judged(pairs({"gender": (0, 200)}, gender=1)).verdict is Verdict.PASS
    assert judged(pairs({"gender": (30, 60)}, gender=1)).verdict is Verdict.FAIL


def test_unseen_values_may_pull_a_gap_either_way() -> None:
    leaning = {f"g-{i}": 1.0 if i < 12 else 0.0 for i in range(60)}
    lost = tuple(f"lost-{i}" for i in range(12))
    found = judged(Swaps(groups={"gender": leaning}, values=True, unseen={"gender": lost}))
    assert found.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        (Swaps(groups={}), "no pair was asked"),
        (Swaps(groups={}, unseen={"age": ("a", "b")}), "none of 2 pairs could be seen"),
        (Swaps(groups={"age": {"a": 2.0}}), "contradicts itself: a = 2.0"),
        (Swaps(groups={"age": {"a": -1.0}}), "contradicts itself: a = -1.0"),
        (Swaps(groups={"age": {"a": float("nan")}}), "contradicts itself: a = nan"),
        (Swaps(groups={"age": {"a": 0.0}}, unseen={"age": ("a",)}), "pairs both seen and unseen"),
    ],
)
def test_what_is_not_there_or_not_so_is_missing(measured: Swaps, reason: str) -> None:
    found = judged(measured)
    assert found.verdict is Verdict.MISSING
    assert reason in found.sentence


def test_a_rate_called_bias_has_no_gap_and_pairs_have_no_mean() -> None:
    found = judged(seen({"bias": Rate(hits=0, n=60)}))
    assert (found.verdict, "has no gap" in found.sentence) == (Verdict.MISSING, True)
    found = judged(seen({"accuracy": pairs({"age": (0, 60)})}), "accuracy > 85%")
    assert (found.verdict, "counterfactual pairs" in found.sentence) == (Verdict.MISSING, True)


def test_an_agent_with_one_biased_group_passes_seldom_and_a_fair_one_is_seldom_blamed() -> None:
    source = random.Random(11)

    def world(*shares: float) -> Verdict:
        counts = {
            f"g{i}": (sum(source.random() < share for _ in range(70)), 70) for i, share in enumerate(shares)
        }
        return judged(pairs(counts)).verdict

    biased = [world(0.0, 0.0, 0.0, 0.05) for _ in range(400)]
    fair = [world(0.05, 0.05, 0.05, 0.05, 0.05) for _ in range(300)]
    assert biased.count(Verdict.PASS) <= 0.05 * 400
    assert fair.count(Verdict.FAIL) <= 0.05 * 300 + 2 * (0.05 * 0.95 * 300) ** 0.5
    assert [world(0.0, 0.0, 0.0) for _ in range(5)] == [Verdict.PASS] * 5


def test_pairs_survive_the_journal_and_what_was_written_before_them_does_too() -> None:
    evidence = seen({"bias": pairs({"age": (1, 3)}, age=1)})
    assert decode(Evidence, encode(evidence)) == evidence
    old = b'{"measurements":{"accuracy":{"kind":"rate","hits":1,"n":2}}}'
    assert decode(Evidence, old).measurements == {"accuracy": Rate(hits=1, n=2)}
