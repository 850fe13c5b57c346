"""Replaying: cases asked of both releases at their replicas, beside a driver's looks."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import replace
from esclusa.deploy.replay import Replayer
from esclusa.gates.scores import Pair
from tests.deploy.fleets import serving
from tests.deploy.test_sampling import rollout
from tests.fakes_deploy import FakeTarget, VirtualClock

Worth = tuple[Mapping[str, float], Mapping[str, float]] | None
GOOD: Worth = ({"accuracy": 1.0}, {"accuracy": 1.0})


class FakeReplaying:
    """Hands out what it was given, then good answers."""

    def __init__(self, *results: Worth | Exception) -> None:
        self.asked: list[tuple[str, str]] = []
        self.drawn: list[float] = []
        self._results = list(results)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def compare(self, candidate: str, baseline: str, drawn: float) -> Worth:
        self.asked.append((candidate, baseline))
        self.drawn.append(drawn)
        result = self._results.pop(0) if self._results else GOOD
        if isinstance(result, Exception):
            raise result
        return result


def replayed(replaying: FakeReplaying, *releases: str) -> tuple[Replayer, list[Pair]]:
    """A replayer in an environment where these stand, after a while."""

    async def story() -> tuple[Replayer, list[Pair]]:
        clock = VirtualClock()
        target = FakeTarget(clock)
        fleets = [serving(release) for release in releases]
        if fleets:
            workloads = tuple(one for fleet in fleets for one in fleet.workloads)
            target.fleet = replace(fleets[0], workloads=workloads)
        asked = replace(rollout(), spec=replace(rollout().spec, replays_per_minute=60))
        replayer = Replayer(asked, target, replaying, clock)
        replayer.start()
        replayer.start()
        await clock.run(lambda: clock.seconds >= 10.0)
        pairs = replayer.taken()
        assert replayer.taken() == []
        await replayer.stop()
        return replayer, pairs

    return asyncio.run(story())


def test_both_releases_are_asked_at_the_pace_that_was_set() -> None:
    replaying = FakeReplaying()
    replayer, pairs = replayed(replaying, "new", "old")
    assert set(replaying.asked) == {("http://new.test", "http://old.test")}
    assert [(pair.candidate, pair.baseline) for pair in pairs] == [GOOD] * len(replaying.asked)
    assert 9 <= len(pairs) <= 11
    assert len(set(replaying.drawn)) == len(pairs)
    assert replayer.trouble == ""


def test_while_one_of_them_is_not_there_nothing_is_compared_and_it_is_said() -> None:
    replayer, pairs = replayed(FakeReplaying(), "old")
    assert (pairs, replayer.trouble) == ([], "no replica of the candidate is healthy")
    replayer, pairs = replayed(FakeReplaying(), "new")
    assert (pairs, replayer.trouble) == ([], "no replica of the stable release is healthy")


def test_what_failed_outside_is_no_pair() -> None:
    replayer, pairs = replayed(FakeReplaying(*[None] * 99), "new", "old")
    assert (pairs, replayer.trouble) == ([], "something outside the agent failed")


def test_a_failure_is_told_and_it_goes_on() -> None:
    failures = [ConfigurationError("no such case")] * 99
    replayer, pairs = replayed(FakeReplaying(*failures), "new", "old")
    assert (pairs, replayer.trouble) == ([], "no such case")
    replayer, pairs = replayed(FakeReplaying(ZeroDivisionError("oops")), "new", "old")
    assert len(pairs) > 5
    assert replayer.trouble == ""
