"""What the traffic of a trial comes to: a function of the set of requests, and of nothing else."""

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.traffic import Request
from esclusa.core.trial import Finding, Trial
from esclusa.gates.trial import Arm, Tally

SINCE = 1_700_000_000.0
A = Arm(name="A", release="old", share=0.5)
B = Arm(name="B", release="new", share=0.5)


def talk(
    name: str, arm: str, at: float, *, turns: int = 3, failing: int = 0, took: float = 0.2, copy: bool = False
) -> list[Request]:
    """A conversation with a turn a second, the first ones of which fail."""
    return [
        Request(
            f"{name}.{turn}", name, arm, SINCE + at + turn, SINCE + at + turn + took, turn < failing, copy
        )
        for turn in range(turns)
    ]


def counted(
    requests: Iterable[Request], arms: Sequence[Arm] = (A, B), *, until: float = 1000.0, alpha: float = 0.05
) -> Trial:
    tally = Tally(arms, since=SINCE, deadline=30.0)
    tally.observe(requests)
    return tally.report(SINCE + until, alpha=alpha)


def traffic(
    seed: int, *, worse: float = 0.0, later: float = 0.0, share: float = 0.5, talks: int = 600
) -> list[Request]:
    """Conversations of a candidate that fails more, or answers later, than a stable release that fails 2 %."""
    drawn = random.Random(seed)
    found = []
    for number in range(talks):
        new = drawn.random() < share
        failing = sum(drawn.random() < 0.02 + worse * new for _ in range(3))
        took = drawn.uniform(0.4, 1.0) + later * new
        found += talk(f"c{number}", "new" if new else "old", number / 10, failing=failing, took=took)
    return found


def test_a_worse_release_is_found_a_better_one_too_and_one_that_is_alike_is_not() -> None:
    worse, better, alike = (
        counted(traffic(1, worse=0.1)),
        counted(traffic(2, later=-0.09)),
        counted(traffic(3)),
    )
    assert (worse.finding, alike.finding) == (Finding.WORSE, Finding.NOTHING)
    assert worse.sentence.startswith("worse: B against A, over ")
    found = {one.metric: one for one in worse.differences}
    assert list(found) == ["error_rate", "latency.p50", "latency.p95"]
    assert found["error_rate"].estimate == pytest.approx(0.1, abs=0.03)
    assert found["latency.p95"].finding is Finding.WORSE, "a failed turn took as long as the deadline"
    assert better.differences[1].finding is Finding.BETTER
    assert better.finding is Finding.BETTER


def test_what_is_better_in_one_thing_and_worse_in_another_is_said_so() -> None:
    assert counted(traffic(4, worse=0.06, later=-0.2)).finding is Finding.MIXED


def test_every_turn_is_counted_once_with_its_variant() -> None:
    requests = [*traffic(5), *talk("elsewhere", "other", 1)]
    starts = [Request(one.id, one.conversation, one.arm, one.started) for one in requests]
    trial = counted([*starts, *requests])
    assert trial == counted(requests)
    a, b = trial.variants
    assert a.turns + b.turns == 1800
    assert a.conversations + b.conversations == 600
    assert a.failed == sum(one.failed is True for one in requests if one.arm == "old")
    assert a.latency["p50"] == pytest.approx(0.7, abs=0.05)


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(drawn: random.Random) -> None:
    requests = traffic(6, worse=0.1, talks=250)
    mixed = list(requests)
    drawn.shuffle(mixed)
    assert counted(mixed) == counted(requests)


def test_a_conversation_that_had_begun_before_counts_for_nobody() -> None:
    older = [*talk("early", "old", -1, failing=3), *talk("early", "new", 5, failing=3)]
    assert counted([*older, *traffic(7)]) == counted(traffic(7))
    assert counted([*traffic(7), *older]) == counted(traffic(7))


def test_what_started_too_late_counts_for_nobody_and_what_is_still_open_has_failed() -> None:
    requests = traffic(8)
    late = talk("late", "new", 999.5)
    assert counted([*requests, *late[1:]]) == counted(requests)
    stuck = Request("stuck", "s", "new", SINCE + 10)
    slow = talk("slow", "new", 10, turns=1, took=31.0)
    before, after = counted(requests).variants[1], counted([*requests, stuck, *slow]).variants[1]
    assert (after.turns, after.failed) == (before.turns + 2, before.failed + 2)


def test_what_the_router_cut_off_when_it_went_away_is_no_release_s_fault() -> None:
    requests = traffic(3)
    talks = sorted({one.conversation for one in requests if one.arm == "new"} - {None})
    cut = [Request(f"cut {name}", name, "new", SINCE + 29) for name in talks]
    tally = Tally((A, B), since=SINCE, deadline=30.0)
    tally.observe([*requests, *cut])
    assert tally.report(SINCE + 1000).finding is Finding.WORSE
    tally.restarted(SINCE + 30, SINCE + 32)
    trial = tally.report(SINCE + 1000)
    assert trial.finding is Finding.NOTHING
    left_out = [one for one in requests if (one.ended or 0) > SINCE + 30 and one.started < SINCE + 32]
    assert sum(one.turns for one in trial.variants) == len(requests) - len(left_out)


def test_a_split_that_is_not_what_was_set_says_nothing() -> None:
    trial = counted(traffic(9, share=0.35, worse=0.3))
    assert (trial.finding, trial.differences) == (Finding.INVALID, ())
    assert "conversations, and 0.5 were meant: something else than the split decides" in trial.odd
    undrawn = tuple(Arm(name=arm.name, release=arm.release) for arm in (A, B))
    assert counted(traffic(9, share=0.35, worse=0.3), undrawn).finding is Finding.WORSE


def test_of_few_conversations_nothing_is_said() -> None:
    trial = counted(traffic(10, talks=150, worse=0.5))
    assert trial.finding is Finding.INVALID
    assert "conversations, and 100 are needed" in trial.odd
    assert counted([]).variants[0].error_rate is None


def test_copies_are_compared_with_what_clients_were_answered() -> None:
    arms = (Arm(name="stable", release="old"), Arm(name="shadow", release="new", mirrored=True))
    requests = []
    for number in range(150):
        requests += talk(f"c{number}", "old", number)
        requests += talk(f"c{number}", "new", number, failing=1, copy=True)
    trial = counted([*requests, *talk("c1", "new", 1)], arms)
    assert [(one.name, one.turns, one.failed) for one in trial.variants] == [
        ("stable", 450, 0),
        ("shadow", 450, 150),
    ]
    assert trial.finding is Finding.WORSE


def test_more_than_two_are_compared_with_the_control() -> None:
    c = Arm(name="C", release="third")
    requests = [one for one in traffic(11) if one.arm == "old"]
    for number in range(400):
        requests += talk(f"b{number}", "new", number / 10)
        requests += talk(f"d{number}", "third", number / 10, failing=1)
    arms = (A.__class__(name="A", release="old"), B.__class__(name="B", release="new"), c)
    found = {(one.variant, one.metric): one.finding for one in counted(requests, arms).differences}
    assert len(found) == 6
    assert found["C", "error_rate"] is Finding.WORSE


def test_alike_releases_are_told_apart_as_seldom_as_was_said() -> None:
    """Three intervals together at 80 %: 200 trials, at most 40 expected, more than 55 once in 150."""
    alarms = sum(
        counted(traffic(seed, talks=300), alpha=0.2).finding in (Finding.BETTER, Finding.WORSE, Finding.MIXED)
        for seed in range(200)
    )
    assert alarms <= 55
