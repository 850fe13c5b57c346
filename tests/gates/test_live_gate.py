"""The live gate: rules on errors and on latency side by side, over the same traffic."""

import json
import random
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import StateError
from esclusa.core.gate import Rule, Verdict
from esclusa.core.traffic import Opinion, Request
from esclusa.core.value import encode
from esclusa.gates.catalogue import catalogue
from esclusa.gates.language import parse
from esclusa.gates.live import Analysis, Terms
from esclusa.gates.live_gate import LiveGate
from esclusa.stats import binomial

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
    texts = ("error_rate <= baseline + 1%", "latency.p95 < 2 s", "latency.p50 <= baseline * 1.1")
    asked = msgspec.structs.replace(terms(*texts), prove=texts)
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


def steady(seed: int, seconds: float, *, candidate: float, baseline: float) -> Iterator[Request]:
    """Ten requests a second to each arm, whose durations are exponential with these means."""
    drawn = random.Random(seed)
    for number in range(round(20 * seconds)):
        started, new = SINCE + number / 20, number % 2 == 0
        took = drawn.expovariate(1 / (candidate if new else baseline))
        yield Request(str(number), None, "new" if new else "old", started, started + took, False)


def test_a_candidate_slower_than_the_baseline_by_more_than_allowed_is_found() -> None:
    gate = LiveGate.new(terms("latency.p95 <= baseline * 1.25"))
    gate.observe(steady(1, 300, candidate=2.0, baseline=1.0))
    judged = gate.judge(SINCE + 340).rules[0]
    assert judged.verdict is Verdict.FAIL
    assert judged.sentence.startswith(
        "latency.p95 <= baseline * 1.25 is violated: the candidate failed or took longer than 3."
    )
    assert ", the baseline failed or took longer than 2." in judged.sentence


def test_one_exactly_as_much_slower_as_it_may_be_is_not_refuted_more_often_than_promised() -> None:
    refuted = 0
    for seed in range(100):
        gate = LiveGate.new(terms("latency.p95 <= baseline * 1.25"))
        gate.observe(steady(seed, 120, candidate=1.25, baseline=1.0))
        gate.advance(SINCE + 200)
        refuted += gate.guards[0].violated
    assert refuted <= 9


def test_weather_that_makes_both_slow_is_no_violation() -> None:
    """After a minute the machine both run on takes four times as long."""
    gate = LiveGate.new(terms("latency.p95 <= baseline * 1.25"))
    calm = list(steady(4, 60, candidate=1.0, baseline=1.0))
    stormy = [
        Request(f"s{r.id}", None, r.arm, r.started + 60, r.started + 60 + 4 * (r.ended - r.started), False)
        for r in steady(5, 60, candidate=1.0, baseline=1.0)
        if r.ended is not None
    ]
    gate.observe([*calm, *stormy])
    assert judged(gate, 160) == {"latency.p95 <= baseline * 1.25": Verdict.NOT_REFUTED}


def test_until_the_baselines_own_pace_is_known_nothing_is_said() -> None:
    gate = LiveGate.new(terms("latency.p95 <= baseline * 1.25"))
    gate.observe(steady(1, 5, candidate=1.0, baseline=1.0))
    judged = gate.judge(SINCE + 40).rules[0]
    assert judged.verdict is Verdict.MISSING
    assert "how slow the baseline is is not known yet, from 50 turns" in judged.sentence


def test_failures_before_the_baselines_own_pace_is_known_are_no_evidence_on_latency() -> None:
    gate = LiveGate.new(terms("latency.p95 <= baseline * 1.25"))
    gate.observe(traffic(1, 9, failing=1.0))
    gate.advance(SINCE + 45)
    assert gate.slow[0].candidate.turns == 0
    assert gate.guards[0].log_e == pytest.approx(0.0)


def proving(*texts: str) -> LiveGate:
    return LiveGate.new(msgspec.structs.replace(terms(*texts), prove=texts))


def test_a_rule_to_be_proven_is_undecided_until_its_opposite_is_refuted() -> None:
    gate = proving("error_rate <= baseline + 5%", "error_rate <= 10%", "latency.p95 < 10 s")
    seen = list(traffic(1, 120, slow=0.0))
    gate.observe(seen[:100])
    early = gate.judge(SINCE + 5)
    assert [one.verdict for one in early.rules] == [Verdict.UNDECIDED] * 3
    assert early.verdict is Verdict.UNDECIDED
    assert early.rules[1].needed is not None
    assert early.rules[1].sentence == (
        "error_rate <= 10% is not shown to hold yet: the candidate failed 0 of "
        f"{early.rules[1].n} turns (0%); evidence for it {early.rules[1].proof:.3g} of the 60 needed; "
        f"about {early.rules[1].needed} more turns without a failure would show it."
    )
    gate.observe(seen[100:])
    late = gate.judge(SINCE + 122)
    assert [one.verdict for one in late.rules] == [Verdict.PASS] * 3
    assert late.verdict is Verdict.PASS
    assert late.rules[0].sentence.startswith(
        "error_rate <= baseline + 5% is shown to hold: the candidate failed"
    )


def test_what_is_as_bad_as_its_limit_is_proven_at_most_as_often_as_promised() -> None:
    proven = 0
    for seed in range(200):
        gate = proving("error_rate <= 5%")
        gate.observe(traffic(seed, 60, slow=0.0, failing=0.05))
        gate.advance(SINCE + 62)
        proven += gate.guards[0].proven
    assert proven <= 18


def test_a_rule_to_be_proven_that_is_violated_fails() -> None:
    gate = proving("error_rate <= baseline + 1%")
    gate.observe(traffic(1, 60, slow=0.0, failing=0.4))
    assert judged(gate, 60) == {"error_rate <= baseline + 1%": Verdict.FAIL}


def test_what_is_not_a_state_is_refused() -> None:
    with pytest.raises(StateError, match="cannot be read"):
        LiveGate.read({"errors": 1})


def streams(seed: int, seconds: float, *, slow: float) -> Iterator[Request]:
    """Answers that stream for 20 s; a share of the candidate's begins after three seconds."""
    drawn = random.Random(seed)
    for number in range(round(20 * seconds)):
        started = SINCE + number / 20
        new = number % 2 == 0
        first = started + (3.0 if new and drawn.random() < slow else 0.2)
        yield Request(
            str(number), None, "new" if new else "old", started, started + 20, failed=False, first=first
        )


def test_answers_that_begin_late_are_found_however_long_they_stream() -> None:
    gate = LiveGate.new(terms("time_to_first_token.p95 < 2 s", "latency.p95 < 60 s"))
    gate.observe(streams(1, 60, slow=0.3))
    judgement = gate.judge(SINCE + 100)
    assert [(one.rule, one.verdict) for one in judgement.rules] == [
        ("time_to_first_token.p95 < 2 s", Verdict.FAIL),
        ("latency.p95 < 60 s", Verdict.NOT_REFUTED),
    ]
    assert "failed or took longer than 2 s to the first token in" in judgement.rules[0].sentence


def test_answers_that_begin_in_time_are_not_late_because_they_stream_long() -> None:
    gate = LiveGate.new(terms("time_to_first_token.p95 < 2 s", "time_to_first_token.p95 <= baseline * 1.25"))
    open_ones = [
        Request(f"o{number}", None, "new", SINCE + 30 + number / 20, None, None) for number in range(100)
    ]
    gate.observe([*streams(2, 30, slow=0.0), *open_ones])
    assert judged(gate, 55.0) == {
        "time_to_first_token.p95 < 2 s": Verdict.NOT_REFUTED,
        "time_to_first_token.p95 <= baseline * 1.25": Verdict.NOT_REFUTED,
    }


def test_answers_that_begin_later_than_the_baselines_are_found() -> None:
    gate = LiveGate.new(terms("time_to_first_token.p95 <= baseline * 1.25"))
    gate.observe(streams(3, 120, slow=0.3))
    assert judged(gate, 160.0) == {"time_to_first_token.p95 <= baseline * 1.25": Verdict.FAIL}


def opinions(seed: int, number: int, candidate: float, baseline: float) -> Iterator[Opinion]:
    """Thumbs up or down, one a second for each release."""
    drawn = random.Random(seed)
    for at in range(number):
        for arm, mean in (("new", candidate), ("old", baseline)):
            up = float(drawn.random() < mean)
            yield Opinion(f"{arm}{at}", arm, SINCE + at, up)


def test_a_release_that_customers_like_less_is_found() -> None:
    gate = LiveGate.new(terms("feedback >= baseline - 5%", "feedback > 50%", "error_rate <= 1%"))
    gate.observe(traffic(1, 150))
    gate.hear(opinions(1, 150, 0.3, 0.8))
    judgement = gate.judge(SINCE + 150)
    assert [(one.rule, one.verdict, one.n) for one in judgement.rules[:2]] == [
        ("feedback >= baseline - 5%", Verdict.FAIL, 150),
        ("feedback > 50%", Verdict.FAIL, 150),
    ]
    assert judgement.rules[0].evidence_from == "the customers"


def test_what_is_said_of_a_conversation_again_counts_for_nothing() -> None:
    once, twice = (LiveGate.new(terms("feedback >= baseline - 5%")) for _ in range(2))
    said = list(opinions(1, 40, 0.3, 0.8))
    once.hear(said)
    twice.hear(each for opinion in said for each in (opinion, msgspec.structs.replace(opinion, score=1.0)))
    assert twice.judge(SINCE + 40) == once.judge(SINCE + 40)


def test_opinions_stand_beside_those_of_conversations_that_have_come_as_far() -> None:
    gate = LiveGate.new(terms("feedback >= baseline - 5%"))
    long = [Request(f"r{turn}", "old0", "old", SINCE + turn, SINCE + turn + 0.1, False) for turn in range(6)]
    gate.observe(long)
    gate.advance(SINCE + 30)
    gate.hear([Opinion("old0", "old", SINCE + 20, 0.0), Opinion("new0", "new", SINCE + 21, 1.0)])
    assert gate.opined[0].candidate.n == 0
    gate.hear([Opinion("old1", "old", SINCE + 22, 0.0)])
    assert (gate.opined[0].candidate.n, gate.opined[0].baseline.n) == (1, 1)


def test_opinions_survive_a_restart_and_those_of_others_count_for_nothing() -> None:
    said = [*opinions(4, 30, 0.5, 0.5), Opinion("x", "older", SINCE + 3, 0.0), Opinion("y", "new", 5.0, 0.0)]
    whole = LiveGate.new(terms("feedback >= baseline - 5%"))
    whole.hear(said)
    torn = LiveGate.new(terms("feedback >= baseline - 5%"))
    for opinion in said:
        torn.hear([opinion])
        torn = LiveGate.read(json.loads(encode(torn.written())))
    assert torn.written() == whole.written()
    assert whole.opined[0].candidate.n == 30


def test_customers_who_are_equally_content_raise_no_more_alarms_than_promised() -> None:
    alarms = 0
    for seed in range(200):
        gate = LiveGate.new(terms("feedback >= baseline - 5%"))
        gate.hear(opinions(seed, 300, 0.65, 0.7))
        alarms += judged(gate, 300.0)["feedback >= baseline - 5%"] is Verdict.FAIL
    assert binomial.at_least(alarms, 200, 0.05) > 0.001
