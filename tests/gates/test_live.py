"""The live analysis against a plain recount, against torn lives, and against what it must not call a regression."""

import json
import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.errors import StateError
from esclusa.core.gate import Absolute, Limit, Mode, Relative, Rule, Verdict
from esclusa.core.traffic import Request
from esclusa.core.value import encode, replace
from esclusa.gates.live import Analysis, Restart, Terms, recount
from esclusa.stats import binomial, eprocess

SINCE = 1_700_000_000.0
END = SINCE + 10_000.0


def rule(text: str, limit: Limit, mode: Mode = Mode.BLOCK) -> Rule:
    return Rule(text=text, metric="error_rate", operator="<=", limit=limit, estimator="mean", mode=mode)


RULES = (
    rule("error_rate <= baseline + 0.5%", Relative(plus=0.005)),
    rule("error_rate <= baseline * 2", Relative(times=2.0)),
    rule("error_rate <= 5%", Absolute(value=0.05)),
)
TERMS = Terms(candidate="new", baseline="old", since=SINCE, rules=RULES, alpha=0.06, deadline=10.0, lag=0.5)


def request(
    id: int | str,
    at: float,
    seconds: float | None = 0.1,
    *,
    arm: str = "new",
    failed: bool | None = False,
    who: str | None = None,
) -> Request:
    """One request, `at` seconds after the beginning; still open if it took None."""
    if seconds is None:
        return Request(str(id), who, arm, SINCE + at)
    return Request(str(id), who, arm, SINCE + at, SINCE + at + seconds, failed)


def opened(ended: Request) -> Request:
    """The line at a request's start."""
    return Request(ended.id, ended.conversation, ended.arm, ended.started)


def traffic(seed: int, seconds: float, rate: float = 30.0, spoken: float = 0.7) -> list[Request]:
    """Random traffic of both arms and a third release, some of it from before the beginning."""
    source = random.Random(seed)
    made = []
    for number in range(round(rate * seconds)):
        failed = source.random() < 0.2
        made.append(
            request(
                number,
                source.uniform(-3.0, seconds),
                source.expovariate(0.5),
                arm=source.choice(["new", "new", "old", "old", "old", "older"]),
                failed=source.choice([failed, failed, None]),
                who=f"c{source.randrange(40)}" if source.random() < spoken else None,
            )
        )
    return made


def test_a_second_is_betted_on_once_its_requests_have_ended_and_its_lines_had_time() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request("a", 0.2), request("b", 0.9, None, arm="old"), request("c", 1.8)])
    analysis.advance(SINCE + 1.6)
    assert (analysis.candidate.turns, analysis.baseline.turns, analysis.waiting) == (0, 0, 3)
    analysis.observe([request("b", 0.9, 1.0, arm="old")])
    analysis.advance(SINCE + 2.0)
    assert (analysis.candidate.turns, analysis.baseline.turns, analysis.waiting) == (1, 1, 1)
    assert analysis.until == SINCE + 1.0


def test_seconds_are_closed_in_order_however_quick_the_later_failures_are() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request("slow", 0.5, None, arm="old")])
    analysis.observe([request(n, 1.0 + n / 10, 0.01, failed=True) for n in range(30)])
    analysis.advance(SINCE + 9.0)
    assert (analysis.candidate.turns, analysis.harmed) == (0, 30)
    analysis.advance(SINCE + 11.0 + 10.0)
    assert (analysis.candidate.turns, analysis.baseline.turns_failed) == (30, 1)


def test_the_end_is_counted_at_once_and_the_start_not_at_all() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request(n, 0.1 * n, None) for n in range(5)])
    assert (analysis.exposed, analysis.harmed) == (0, 0)
    analysis.observe([request(n, 0.1 * n, failed=n < 2) for n in range(4)])
    assert (analysis.exposed, analysis.harmed) == (4, 2)


def test_a_line_that_comes_twice_counts_once() -> None:
    once, twice = Analysis.new(TERMS), Analysis.new(TERMS)
    lines = [request(n, 0.05 * n, failed=n % 3 == 0) for n in range(40)]
    once.observe(lines)
    twice.observe([line for line in lines for _ in range(2)])
    assert once == twice


def test_an_overdue_request_has_failed_and_its_end_changes_nothing() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request("hangs", 0.5, None), request("other", 0.5, arm="old")])
    analysis.advance(SINCE + 30.0)
    expected = (1, 1, 1, 1)
    arm = analysis.candidate
    assert (arm.requests, arm.failures, arm.turns, arm.turns_failed) == expected
    analysis.observe([request("hangs", 0.5, 40.0)])
    assert (arm.requests, arm.failures, arm.turns, arm.turns_failed, analysis.late) == (*expected, 0)


def test_a_late_line_is_counted_and_never_betted_on() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request("a", 0.2), request("b", 0.3, arm="old"), request("c", 5.0)])
    analysis.advance(SINCE + 4.0)
    before = [list(guard.capital) for guard in analysis.guards]
    analysis.observe([request("late", 0.4, failed=True)])
    analysis.advance(SINCE + 4.1)
    assert (analysis.late, analysis.harmed, analysis.candidate.turns) == (1, 1, 1)
    assert [guard.capital for guard in analysis.guards] == before


def test_a_slow_log_is_waited_for() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request("a", 0.2)])
    analysis.advance(SINCE + 5.0)
    analysis.observe([request("b", 0.4, arm="old"), request("c", 4.0)])
    analysis.advance(SINCE + 5.1)
    assert (analysis.late, analysis.candidate.turns, analysis.baseline.turns) == (0, 1, 1)


def test_a_silent_log_is_not_waited_for_forever() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request("a", 0.2)])
    analysis.advance(SINCE + 12.0)
    assert analysis.candidate.turns == 1


def test_requests_from_before_the_beginning_only_teach_the_turns() -> None:
    early = [
        request("1", -9.0, arm="old", who="a"),
        request("2", -8.0, arm="old", who="b", failed=True),
        request("3", -1.0, 1.5, arm="old", who="c", failed=True),
    ]
    later = [request("4", 0.8, who="a"), request("5", 0.8, who="b"), request("6", 0.8, who="c")]
    analysis = recount(TERMS, [*early, *later, request("7", 0.9, who="d")], END)
    assert (analysis.exposed, analysis.candidate.turns, analysis.baseline.requests) == (4, 2, 0)


def test_strata_do_not_reach_over_a_shift() -> None:
    thin = [request(n, 2.0 * n, arm="old" if n % 2 else "new", failed=n % 4 == 0) for n in range(100)]
    plain, shifted = recount(TERMS, thin, END), recount(TERMS, thin, END, shifts=[SINCE + 100.4])
    assert plain.candidate == shifted.candidate
    assert plain.guards != shifted.guards


def test_a_restart_drops_its_seconds_and_what_was_in_flight_for_both_arms() -> None:
    steady = [request(n, n / 25, 0.2, arm="old" if n % 2 else "new") for n in range(1500)]
    broken = [line for line in steady if not 20.0 <= line.started - SINCE < 21.0]
    broken = [
        opened(line) if line.started - SINCE < 20.0 < (line.ended or 0) - SINCE else line for line in broken
    ]
    told = recount(TERMS, broken, END, restarts=[Restart(SINCE + 20.0, SINCE + 21.0)])
    untold = recount(TERMS, broken, END)
    assert (told.harmed, told.candidate.turns_failed, told.baseline.turns_failed) == (0, 0, 0)
    assert told.dropped == 25
    assert untold.candidate.turns_failed + untold.baseline.turns_failed == 4


def test_no_data_is_three_different_states_and_never_a_pass() -> None:
    analysis = Analysis.new(TERMS)
    analysis.observe([request(n, n / 2, arm="old") for n in range(100)])
    silent = analysis.judge(SINCE + 120.0).rules[0]
    analysis.observe([request("x", 110.0)])
    alone = analysis.judge(SINCE + 130.0).rules[0]
    blind = analysis.judge(SINCE + 130.0, source_down="no such file").rules[0]
    assert [silent.verdict, alone.verdict, blind.verdict] == [Verdict.MISSING] * 3
    assert [judged.sentence.split(": ")[1] for judged in (silent, alone, blind)] == [
        "no request has gone to the candidate for 60 s.",
        "no request has gone to the baseline for 60 s.",
        "the traffic cannot be seen (no such file).",
    ]


def test_without_a_stable_release_rules_on_it_are_not_applicable_and_limits_hold() -> None:
    first = Terms(candidate="new", since=SINCE, rules=RULES, alpha=0.06)
    analysis = Analysis.new(first)
    analysis.observe([request(n, n / 10, failed=n % 2 == 0) for n in range(100)])
    judged = analysis.judge(SINCE + 15.0)
    assert [judgement.verdict for judgement in judged.rules] == [
        Verdict.NOT_APPLICABLE,
        Verdict.NOT_APPLICABLE,
        Verdict.FAIL,
    ]
    assert judged.verdict is Verdict.FAIL
    assert analysis.violated == ("error_rate <= 5%",)


def test_alpha_is_shared_among_the_rules_and_a_warning_does_not_close_the_gate() -> None:
    warned = replace(RULES[2], mode=Mode.WARN)
    terms = Terms(candidate="new", baseline="old", since=SINCE, rules=(RULES[0], warned), alpha=0.05)
    analysis = Analysis.new(terms)
    analysis.observe(
        [request(n, n / 25, arm="old" if n % 2 else "new", failed=n % 5 == 0) for n in range(500)]
    )
    judged = analysis.judge(SINCE + 25.0)
    assert [judgement.threshold for judgement in judged.rules] == [40.0, 40.0]
    assert [judgement.verdict for judgement in judged.rules] == [Verdict.NOT_REFUTED, Verdict.FAIL]
    assert (judged.verdict, analysis.violated) == (Verdict.NOT_REFUTED, ())


def test_a_torn_state_is_refused() -> None:
    state = Analysis.new(TERMS).written()
    del state["heard"]
    with pytest.raises(StateError, match="the state of a live analysis cannot be read"):
        Analysis.read(state)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.3, 3.0, 20.0]), st.booleans(), st.booleans())
def test_evidence_depends_on_the_requests_and_not_on_when_or_by_whom_it_was_looked_at(
    seed: int, rate: float, shift: bool, restart: bool
) -> None:
    """Lines in any order within the lag, looks at any time, the state written and read again now and then: the
    same numbers, to the last bit, as one recount of the whole log."""
    source = random.Random(seed)
    requests = traffic(seed, 30.0, rate)
    shifts = [SINCE + 20.3] if shift else []
    away = Restart(SINCE + 12.2, SINCE + 13.4)
    if restart:
        requests = [
            opened(line) if line.started <= away.down < (line.ended or 0.0) else line
            for line in requests
            if not away.down <= line.started < away.up
        ]
    lines = [(line.started + source.uniform(0, 0.4), opened(line)) for line in requests]
    lines += [(line.ended + source.uniform(0, 0.4), line) for line in requests if line.ended is not None]
    lines.sort(key=lambda line: line[0])
    analysis, now, told = Analysis.new(TERMS), SINCE - 4.0, 0
    while told < len(lines) or now < SINCE + 30.0:
        earlier, now = now, now + source.expovariate(1.0)
        read = told
        while read < len(lines) and lines[read][0] <= now:
            read += 1
        if restart and earlier < away.up <= now:
            analysis.restarted(*(away.down, away.up))
        if restart and away.down <= now < away.up:
            continue
        if shift and earlier < shifts[0] <= now:
            analysis.shifted(shifts[0])
        analysis.observe(line for _, line in lines[told:read])
        told = read
        analysis.judge(now)
        if source.random() < 0.3:
            analysis = Analysis.read(json.loads(encode(analysis.written())))
    analysis.judge(END)
    again = [line for _, line in lines]
    source.shuffle(again)
    counted = recount(TERMS, again, END, shifts=shifts, restarts=[away] if restart else [])
    assert analysis.late == 0
    assert analysis == counted


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_on_a_busy_router_it_is_the_sum_over_seconds_and_turn_numbers(seed: int) -> None:
    requests = traffic(seed, 12.0, rate=60.0)
    analysis = recount(TERMS, requests, END)
    expected = [list(eprocess.START) for _ in RULES]
    strata = plain_strata(requests)
    for candidates, baselines, failed, others in strata:
        gains = (
            eprocess.two_arms(candidates, baselines, failed, others, plus=0.005),
            eprocess.two_arms(candidates, baselines, failed, others, times=2.0),
            eprocess.one_arm(candidates, failed, 0.05),
        )
        for capital, gain in zip(expected, gains, strict=True):
            capital[:] = [held + more for held, more in zip(capital, gain, strict=True)]
    assert analysis.candidate.turns == sum(stratum[0] for stratum in strata)
    assert analysis.baseline.turns_failed == sum(stratum[3] for stratum in strata)
    for guard, capital in zip(analysis.guards, expected, strict=True):
        assert guard.capital == pytest.approx(capital)


def plain_strata(requests: list[Request]) -> list[list[int]]:
    """(candidates, baselines, failed, others failed) by second, turn number and order within both; written
    without a thought to speed, state or order of arrival."""

    def moment(line: Request) -> float:
        return (line.ended or 0.0) if line.started < SINCE else line.started

    strata: dict[tuple[int, int, int], list[int]] = {}
    turns: Counter[str] = Counter()
    left: set[str] = set()
    seats: Counter[tuple[str, int, int]] = Counter()
    for line in sorted(requests, key=lambda line: (moment(line), line.id)):
        failed = line.failed is True or line.ended is None or line.ended > line.started + TERMS.deadline
        who = line.conversation or line.id
        turns[who] += 1
        at_risk = who not in left
        if failed:
            left.add(who)
        if not at_risk or line.started < SINCE or line.arm == "older":
            continue
        second, number = math.floor(line.started - SINCE), min(turns[who], 5)
        stratum = 3 if number == 4 else number
        place = (second, stratum, seats[who, second, stratum])
        seats[who, second, stratum] += 1
        counts = strata.setdefault(place, [0, 0, 0, 0])
        side = 0 if line.arm == "new" else 1
        counts[side] += 1
        counts[2 + side] += failed
    return list(strata.values())


def test_thin_traffic_is_compared_over_longer_strata_and_a_bad_candidate_still_found() -> None:
    source = random.Random(3)
    lines = []
    for number in range(400):
        arm = "new" if source.random() < 0.25 else "old"
        failed = source.random() < (0.4 if arm == "new" else 0.01)
        lines.append(request(number, number / 2, 1.0, arm=arm, failed=failed))
    terms = Terms(candidate="new", baseline="old", since=SINCE, rules=RULES[:1])
    assert recount(terms, lines, SINCE + 230.0).violated == (RULES[0].text,)


def test_a_healthy_candidate_that_fails_at_once_is_not_blamed_for_a_baseline_that_fails_late() -> None:
    """Equal failure rates, but the baseline's failures take 8 s to be seen and the candidate's none."""
    source = random.Random(8)
    terms = Terms(
        candidate="new", baseline="old", since=SINCE, rules=(rule("error_rate <= baseline", Relative()),)
    )
    shown = 0
    for _ in range(60):
        analysis = Analysis.new(terms)
        lines = []
        for number in range(1200):
            arm, failed = source.choice(["new", "old"]), source.random() < 0.05
            slow = 8.0 if failed and arm == "old" else 0.1
            ended = request(number, number / 30, slow, arm=arm, failed=failed)
            lines += [(ended.started, opened(ended)), (ended.ended or 0.0, ended)]
        lines.sort(key=lambda line: line[0])
        shown += _ever_violated(analysis, lines)
    assert binomial.at_least(shown, 60, 0.05) > 0.001


def _ever_violated(analysis: Analysis, lines: list[tuple[float, Request]]) -> bool:
    told = 0
    for second in range(1, 50):
        read = told
        while read < len(lines) and lines[read][0] <= SINCE + second:
            read += 1
        analysis.observe(line for _, line in lines[told:read])
        told = read
        analysis.advance(SINCE + second)
        if analysis.violated:
            return True
    return False
