"""The sampler: what is heard at a tap, paired and scored beside a driver's looks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime

import pytest

from esclusa.core.errors import OutsideError
from esclusa.core.fleet import Fleet
from esclusa.core.gate import Absolute, Relative, Rule
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Rollout
from esclusa.core.traffic import Exchange
from esclusa.deploy.pairing import WAITING
from esclusa.deploy.sampling import BURST, Sampler
from esclusa.gates.scores import Pair
from esclusa.system import SystemClock
from tests.deploy.test_pairing import exchange

HELPFUL = Rule(
    text="helpful >= baseline", metric="helpful", operator=">=", limit=Relative(), estimator="mean"
)


class FakeTap:
    """Hands out lives: each a list of exchanges, then a failure."""

    def __init__(self, *lives: list[Exchange]) -> None:
        self._lives = list(lives)

    async def exchanges(self) -> AsyncIterator[Exchange]:
        if not self._lives:
            await asyncio.sleep(3600)
        for one in self._lives.pop(0):
            yield one
        raise OutsideError("the router does not answer")


class FakeScoring:
    """Scores by the release; fails when told."""

    trouble = ""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def concerns(self, exchange: Exchange) -> bool:
        return exchange.path == "/"

    async def score(self, exchange: Exchange) -> Mapping[str, float]:
        if self.fails:
            raise ValueError("no such model")
        return {"helpful": 1.0 if exchange.arm == "old" else 0.5}


def rollout(*rules: Rule, per_minute: int = 600) -> Rollout:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Rollout(
        id="r",
        project="p",
        environment="e",
        candidate="new",
        stable="old",
        spec=StrategySpec(name="c", uses="canary", guard=rules, scores_per_minute=per_minute),
        phases=(),
        restore=Fleet(environment="e", port=0),
        started=now,
        since=now,
    )


def moment() -> float:
    return datetime.now(UTC).timestamp()


def heard(number: int) -> list[Exchange]:
    """So many conversations of each release, begun now."""
    return [
        exchange(f"{arm}{one}", arm, moment() + one / 1000) for one in range(number) for arm in ("old", "new")
    ]


def scored_until(sampler: Sampler, so: Callable[[list[Pair]], bool]) -> list[Pair]:
    """Let it run until what it has handed over is so."""

    async def scene() -> list[Pair]:
        sampler.start()
        sampler.start()
        pairs: list[Pair] = []
        try:
            async with asyncio.timeout(20.0):
                while not so(pairs):
                    await asyncio.sleep(0.01)
                    pairs.extend(sampler.taken())
        finally:
            await sampler.stop()
        return pairs

    return asyncio.run(scene())


def sampled(tap: FakeTap, scoring: FakeScoring | None = None, rule: Rule = HELPFUL) -> Sampler:
    return Sampler(rollout(rule), tap, scoring or FakeScoring(), SystemClock())


def test_pairs_come_scored_and_each_once() -> None:
    sampler = sampled(FakeTap(heard(3)))
    assert sampler.trouble == "nobody has listened to the router yet"
    pairs = scored_until(sampler, lambda pairs: len(pairs) == 3)
    assert [(pair.candidate, pair.baseline) for pair in pairs] == [({"helpful": 0.5}, {"helpful": 1.0})] * 3
    assert sampler.taken() == []


def test_a_tap_that_comes_back_is_listened_to_again() -> None:
    scored_until(sampled(FakeTap([], heard(1), heard(1))), lambda pairs: bool(pairs))


def test_a_scorer_that_fails_is_told_and_counts_as_nothing() -> None:
    sampler = sampled(FakeTap(heard(1), []), FakeScoring(fails=True))
    [pair] = scored_until(
        sampler, lambda pairs: bool(pairs) and sampler.trouble == "scoring failed: ValueError: no such model"
    )
    assert (pair.candidate, pair.baseline) == ({}, {})


@pytest.mark.parametrize(
    ("limit", "alone"), [(Absolute(value=0.5), 3), (Relative(), 0)], ids=["a limit", "a baseline"]
)
def test_a_candidate_without_a_partner_is_scored_only_for_a_limit_of_its_own(
    limit: Absolute | Relative, alone: int
) -> None:
    rule = Rule(text="helpful", metric="helpful", operator=">=", limit=limit, estimator="mean")
    began = moment()
    lonely = [exchange(f"c{one}", "new", began + one / 1000) for one in range(WAITING + 3)]
    partner = exchange("b", "old", began + 0.5)
    tap = FakeTap([*lonely, partner])
    pairs = scored_until(sampled(tap, rule=rule), lambda pairs: any(one.baseline for one in pairs))
    assert [bool(pair.baseline) for pair in pairs] == [*[False] * alone, True]


def test_no_more_are_scored_than_the_minute_allows() -> None:
    sampler = Sampler(rollout(HELPFUL, per_minute=2), FakeTap(heard(60)), FakeScoring(), SystemClock())
    assert len(scored_until(sampler, lambda pairs: len(pairs) >= BURST)) == BURST
