"""The live gate: rules on errors and on latency side by side, over the same traffic."""

import json
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import StateError
from esclusa.core.gate import Rule, Verdict
from esclusa.core.traffic import Request
from esclusa.core.value import encode
from esclusa.gates.catalogue import catalogue
from esclusa.gates.language import parse
from esclusa.gates.live import Analysis, Terms
from esclusa.gates.live_gate import LiveGate

SINCE = 1_700_000_000.0
METRICS = catalogue()


def rules(*texts: str) -> tuple[Rule, ...]:
    return tuple(parse(text, METRICS, live=True) for text in texts)


def terms(*texts: str, deadline: float = 30.0) -> Terms:
    return Terms(
        candidate="new", baseline="old", since=SINCE, rules=rules(*texts), alpha=0.05, deadline=deadline
    )


def traffic(seed: int, seconds: float, *, slow: float = 0.02, failing: float = 0.0) -> Iterator[Request]:
    """Ten requests a second to each arm; of the candidate's a share fails, and a share takes three seconds."""
    drawn = random.Random(seed)
    for number in range(round(20 * seconds)):
        started = SINCE + number / 20
        new = number % 2 == 0
        took = 3.0 if new and drawn.random() < slow else 0.2
        failed = new and drawn.random() < failing
        yield Request(str(number), None, "new" if new else "old", started, started + took, failed)


def judged(gate: LiveGate, seconds: float) -> dict[str, Verdict]:
    judgement = gate.judge(SINCE + seconds)
    return {rule.rule: rule.verdict for rule in judgement.rules}


def test_a_candidate_that_has_become_slow_is_found_by_the_rule_on_latency_alone() -> None:
    gate = LiveGate.new(terms("latency.p95 < 2 s", "error_rate <= 1%"))
    gate.observe(traffic(1, 60, slow=0.3))
    judgement = gate.judge(SINCE + 60)
    assert [(one.rule, one.verdict) for one in judgement.rules] == [
        ("latency.p95 < 2 s", Verdict.FAIL),
        ("error_rate <= 1%", Verdict.NOT_REFUTED),
    ]
    assert judgement.verdict is Verdict.FAIL
    slow = judgement.rules[0]
    assert slow.sentence.startswith(
        "latency.p95 < 2 s is violated: the candidate failed or took longer than 2 s in "
    )
    assert (slow.metric, slow.unit, slow.limit) == ("latency", "share", 0.05)
    assert slow.estimate == pytest.approx(0.3, abs=0.06)
    assert gate.errors.harmed == 0, "a request that was slow has still been answered"


def test_a_request_that_is_still_open_is_slow_as_soon_as_it_is_too_late() -> None:
    """Nobody waits for the deadline of errors to know that it took longer than two seconds."""
    gate = LiveGate.new(terms("latency.p50 < 2 s"))
    gate.observe(
        Request(f"{arm}{number}", None, arm, SINCE + number / 10)
        for number in range(100)
        for arm in ("new", "old")
    )
    assert judged(gate, 9.0) == {"latency.p50 < 2 s": Verdict.FAIL}
    assert gate.errors.candidate.turns == 0


def test_what_a_copy_comes_to_is_evidence_and_harms_nobody() -> None:
    """Every conversation has two turns, and the copy of the first fails, so the second is at risk for stable only."""
    gate = LiveGate.new(terms("error_rate <= baseline + 0.5%", "latency.p95 < 2 s"))
    for number in range(100):
        for turn in (1, 2):
            at = SINCE + number / 10 + turn
            said = (f"c{number}", "old", at, at + 0.2, False)
            gate.observe([Request(f"{number}.{turn}", *said)])
            copy = (f"c{number}", "new", at, at + 0.3, True, True)
            gate.observe([Request(f"{number}.{turn}~", *copy)])
    judgement = gate.judge(SINCE + 60)
    assert [one.verdict for one in judgement.rules] == [Verdict.FAIL, Verdict.FAIL]
    errors = gate.errors
    assert (errors.exposed, errors.harmed) == (0, 0)
    assert (errors.candidate.mirrored, errors.candidate.mirrored_failures) == (200, 200)
    assert (errors.candidate.turns, errors.baseline.turns) == (100, 200)
    again = LiveGate.read(json.loads(json.dumps(gate.written())))
    assert again.written() == gate.written()


def test_one_that_is_as_slow_as_it_may_be_is_not_refuted() -> None:
    """A false alarm in at most alpha of all worlds, however often it is looked at; seeded."""
    refuted = 0
    for seed in range(200):
        gate = LiveGate.new(terms("latency.p95 < 2 s"))
        gate.observe(traffic(seed, 120, slow=0.05))
        gate.advance(SINCE + 120)
        refuted += gate.guards[0].violated
    assert refuted <= 10


def test_what_fails_at_once_is_not_quick() -> None:
    gate = LiveGate.new(terms("latency.p95 < 2 s"))
    gate.observe(traffic(1, 60, slow=0.0, failing=0.4))
    assert judged(gate, 60) == {"latency.p95 < 2 s": Verdict.FAIL}


def test_without_rules_on_latency_it_is_the_analysis_of_errors() -> None:
    plain, gate = Analysis.new(terms("error_rate <= 1%")), LiveGate.new(terms("error_rate <= 1%"))
    seen = list(traffic(3, 20, failing=0.1))
    plain.observe(seen)
    gate.observe(seen)
    assert gate.judge(SINCE + 20) == plain.judge(SINCE + 20)
    assert gate.errors == plain


def test_alpha_is_shared_between_all_rules() -> None:
    gate = LiveGate.new(
        terms("latency.p95 < 2 s", "error_rate <= 1%", "latency.p50 < 1 s", "error_rate <= 5%")
    )
    assert [guard.rule.text for guard in gate.guards] == [
        "latency.p95 < 2 s",
        "error_rate <= 1%",
        "latency.p50 < 1 s",
        "error_rate <= 5%",
    ]
    assert [guard.alpha for guard in gate.guards] == [0.0125] * 4


@given(cuts=st.lists(st.integers(0, 400), max_size=6), seed=st.integers(0, 5))
def test_torn_into_lives_it_is_the_same_to_the_last_bit(cuts: list[int], seed: int) -> None:
    asked = terms("error_rate <= baseline + 1%", "latency.p95 < 2 s", "latency.p50 < 1 s")
    seen = list(traffic(seed, 20, slow=0.2, failing=0.05))
    whole = LiveGate.new(asked)
    whole.shifted(SINCE + 4.2)
    whole.observe(seen)
    whole.restarted(SINCE + 7.0, SINCE + 7.5)
    torn = LiveGate.new(asked)
    torn.shifted(SINCE + 4.2)
    torn.restarted(SINCE + 7.0, SINCE + 7.5)
    for begin, end in zip((0, *sorted(cuts)), (*sorted(cuts), len(seen)), strict=True):
        part = seen[begin:end]
        torn.observe(part)
        if part:
            # As the log has it: what has ended later was not there yet, and comes again.
            torn.advance(part[-1].started)
        torn = LiveGate.read(json.loads(encode(torn.written())))
    whole.advance(SINCE + 30)
    torn.advance(SINCE + 30)
    assert torn.guards == whole.guards
    assert (torn.errors.exposed, torn.errors.harmed) == (whole.errors.exposed, whole.errors.harmed)


def test_what_is_not_a_state_is_refused() -> None:
    with pytest.raises(StateError, match="cannot be read"):
        LiveGate.read({"errors": 1})
