"""Several rules at once: noise fails a gate no more often for there being more of them."""

import random
from collections.abc import Sequence

from esclusa.core.evidence import Evidence, Measurement
from esclusa.core.gate import Gate, Judgement, Mode, Rule, Verdict
from esclusa.core.value import replace
from esclusa.gates.judge import judge
from esclusa.gates.stopping import families, question
from esclusa.stats.finite import drawn
from tests.gates.worlds import SUBJECT, gate, right, rule

STEP = "eval.quality"
AGAINST = "accuracy >= baseline - 0%"
LOST = (1, 2, 3, 4, 5, 6)
"""So many lost and none gained: p is 0.016."""
MORE = (*LOST, 7, 8)
"""p is 0.004."""


def judged(the_gate: Gate, slices: dict[str, Measurement], plain: Measurement) -> Judgement:
    now = Evidence(
        measurements={"accuracy": plain},
        slices={tag: {"accuracy": one} for tag, one in slices.items()},
        subject=SUBJECT,
    )
    before = Evidence(
        measurements={"accuracy": right(100, 100)},
        slices={tag: {"accuracy": right(100, 100)} for tag in slices},
        subject=SUBJECT,
    )
    return judge(the_gate, {STEP: now}, {STEP: before}, baseline_state="readable")


def verdicts(*texts: str, lost: tuple[int, ...] = LOST, mode: Mode = Mode.BLOCK) -> list[Verdict]:
    """Over a slice `es` that lost some cases, and one and a whole that lost one."""
    one = right(100, 100, lost=(1,))
    slices: dict[str, Measurement] = {"es": right(100, 100, lost=lost), "en": one}
    return [each.verdict for each in judged(gate(*texts, mode=mode), slices, one).rules]


ES, EN = AGAINST.replace("accuracy", "accuracy{es}"), AGAINST.replace("accuracy", "accuracy{en}")


def test_what_one_rule_alone_calls_a_regression_may_be_chance_among_several() -> None:
    assert verdicts(ES) == [Verdict.FAIL]
    assert verdicts(ES, EN, AGAINST) == [Verdict.UNDECIDED] * 3


def test_what_holds_out_among_them_is_one_all_the_same() -> None:
    assert verdicts(ES, EN, AGAINST, lost=MORE) == [Verdict.FAIL, Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_it_says_among_how_many_and_what_is_left_of_it() -> None:
    one = right(100, 100, lost=(1,))
    found = judged(gate(ES, AGAINST), {"es": right(100, 100, lost=LOST)}, one)
    assert found.verdict is Verdict.UNDECIDED
    assert found.rules[0].sentence.endswith(
        "but it may be chance (p = 0.016); among 2 such rules of the gate it may be chance (p = 0.031 after Holm)"
    )


def test_warnings_and_limits_of_the_dataset_are_not_among_them() -> None:
    assert verdicts(ES, f"{EN} (warn)", "accuracy > 85%")[0] is Verdict.FAIL
    assert verdicts(f"{ES} (warn)", f"{EN} (warn)", AGAINST)[0] is Verdict.UNDECIDED
    assert verdicts(ES, EN, mode=Mode.WARN)[0] is Verdict.UNDECIDED


def test_a_rule_that_has_no_baseline_yet_or_no_evidence_is_not_among_them() -> None:
    assert verdicts(ES, AGAINST.replace("accuracy", "accuracy{fr}"))[0] is Verdict.FAIL


def test_a_rule_that_unseen_cases_leave_open_makes_no_other_look_better() -> None:
    slices: dict[str, Measurement] = {
        "es": right(100, 100, lost=LOST),
        "en": right(98, 98, unseen=2, lost=(1,)),
    }
    before = [one.verdict for one in judged(gate(ES, EN), slices, right(100, 100)).rules]
    assert before == [Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_rules_for_a_population_are_among_them() -> None:
    beyond = [replace(rule(text), population=True) for text in ("accuracy{es} > 97%", "accuracy{en} > 97%")]
    slices: dict[str, Measurement] = {"es": right(92, 100), "en": right(99, 100)}

    def verdict(*rules: Rule) -> Verdict:
        return judged(replace(gate("accuracy > 1%"), rules=rules), slices, right(100, 100)).rules[0].verdict

    assert verdict(beyond[0]) is Verdict.FAIL
    assert verdict(*beyond) is Verdict.FAIL
    assert verdict(*beyond, rule(EN), rule(AGAINST)) is Verdict.UNDECIDED


def test_limits_that_are_settled_early_share_their_chance_by_mode() -> None:
    texts = ("accuracy > 85%", "accuracy{es} > 80%", "latency.p95 < 2 s", "relevance > 0.8 (warn)")
    others = ("cost_per_query < 1 USD", "latency.mean < 1 s", "bias.gap < 5%", "failed_tests == 0", AGAINST)
    beyond = replace(rule("error_rate < 5%"), population=True)
    asked = gate(*texts, *others)
    asked = replace(asked, rules=(*asked.rules, beyond))
    assert families([asked]) == {**dict.fromkeys(asked.rules[:3], 3), asked.rules[3]: 1}
    assert set(families([replace(asked, mode=Mode.WARN)]).values()) == {4}
    assert families([gate(texts[0]), gate(*texts[:2])])[rule(texts[0])] == 2


def test_a_gate_of_many_limits_that_are_all_kept_is_stopped_as_failed_no_more_often() -> None:
    """Eight slices, each exactly at its limit: 5 % for each of them would fail more gates than that."""
    limits = [rule(f"accuracy{{t{number}}} >= 80%") for number in range(8)]
    shared = families([replace(gate("accuracy > 1%"), rules=tuple(limits))])
    values = [0.0] * 12 + [1.0] * 48
    cases = [f"c{number}" for number in range(60)]
    chance = random.Random(5)
    failed = {1: 0, 8: 0}
    for _ in range(40):
        orders = [chance.sample(values, len(values)) for _ in limits]
        for family in failed:
            failed[family] += any(
                settled(one, cases, order, family) is False for one, order in zip(limits, orders, strict=True)
            )
    assert set(shared.values()) == {8}
    assert failed[8] <= 0.05 * 40
    assert failed[1] > 0.05 * 40


def settled(limit: Rule, cases: Sequence[str], order: Sequence[float], family: int) -> bool | None:
    asked = question(limit, cases, None, family)
    assert asked is not None
    state = asked.begun()
    for value in order:
        if asked.verdict(state) is not None:
            break
        state = drawn(state, value)
    return asked.verdict(state)
