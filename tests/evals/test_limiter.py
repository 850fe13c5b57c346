"""How many calls an endpoint bears at once."""

import asyncio
import math

import pytest

from esclusa.evals.limiter import Limiter
from tests.evals.fakes import FakeClock


async def turns(limiter: Limiter, number: int) -> int:
    """How many of so many calls are let through at once; the others are cancelled."""
    tasks = [asyncio.create_task(limiter.turn(0.0)) for _ in range(number)]
    await asyncio.sleep(0)
    through = sum(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return through


def test_nothing_is_limited_before_the_first_refusal() -> None:
    assert asyncio.run(turns(Limiter(FakeClock(), 60.0), 1000)) == 1000


def test_a_refusal_halves_the_calls_under_way_once_for_all_that_were_sent_before_it() -> None:
    async def scene() -> list[float]:
        clock = FakeClock()
        limiter = Limiter(clock, 60.0)
        for _ in range(16):
            await limiter.turn(0.0)
        await clock.sleep(1.0)
        limits = []
        for sent in (0.0, 0.5, 1.0):
            limiter.refused(sent)
            limits.append(limiter.limit)
        return limits

    assert asyncio.run(scene()) == [8.0, 8.0, 4.0]


def test_the_limit_never_falls_below_one_call() -> None:
    async def scene() -> float:
        clock = FakeClock()
        limiter = Limiter(clock, 60.0)
        await limiter.turn(0.0)
        for _ in range(5):
            limiter.refused(clock.monotonic())
        return limiter.limit

    assert asyncio.run(scene()) == 1.0


def test_answers_to_as_many_calls_as_are_allowed_allow_one_more() -> None:
    async def scene() -> float:
        limiter = Limiter(FakeClock(), 60.0)
        limiter.limit = 10.0
        for _ in range(10):
            await limiter.turn(0.0)
        for _ in range(10):
            limiter.done(answered=True)
        await limiter.turn(0.0)
        limiter.done(answered=False)
        return limiter.limit

    assert asyncio.run(scene()) == pytest.approx(10.96, abs=0.01)


def test_calls_wait_for_their_turn_in_order() -> None:
    async def scene() -> list[int]:
        limiter = Limiter(FakeClock(), 60.0)
        limiter.limit = 1.0
        came: list[int] = []

        async def call(number: int) -> None:
            await limiter.turn(0.0)
            came.append(number)
            await asyncio.sleep(0)
            limiter.done(answered=False)

        await asyncio.gather(*(call(number) for number in range(5)))
        return came

    assert asyncio.run(scene()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("granted", [False, True])
def test_a_call_that_is_cancelled_as_it_waits_takes_nobodys_turn(granted: bool) -> None:
    async def scene() -> bool:
        limiter = Limiter(FakeClock(), 60.0)
        limiter.limit = 1.0
        await limiter.turn(0.0)
        first, second = (asyncio.create_task(limiter.turn(0.0)) for _ in range(2))
        await asyncio.sleep(0)
        if granted:
            limiter.done(answered=False)  # the first one's turn, and it does not come to know
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        if not granted:
            limiter.done(answered=False)
        return await asyncio.wait_for(second, 5.0)

    assert asyncio.run(scene()) is True


def test_nothing_is_sent_before_the_time_that_the_endpoint_named() -> None:
    async def scene() -> list[float]:
        clock = FakeClock()
        limiter = Limiter(clock, 60.0)
        await limiter.turn(0.0)
        limiter.refused(0.0, 7.0)
        limiter.done(answered=False)
        await limiter.turn(0.5)
        return clock.slept

    assert asyncio.run(scene()) == [7.0 * 1.125]


def test_a_pause_that_is_too_long_gives_no_turn_and_takes_none() -> None:
    async def scene() -> tuple[bool, float, int]:
        clock = FakeClock()
        limiter = Limiter(clock, 60.0)
        limiter.limit = 1.0
        limiter.hold(3600.0)
        given = await limiter.turn(0.0)
        pause = limiter.pause
        await clock.sleep(3600.0)
        return given, pause, await turns(limiter, 2)

    assert asyncio.run(scene()) == (False, 3600.0, 1)


def test_it_settles_near_what_the_endpoint_bears() -> None:
    """20 at once are borne; 100 are asked for."""

    async def scene() -> tuple[float, int]:
        clock = FakeClock()
        limiter = Limiter(clock, 60.0)
        under_way = refused = 0

        async def calls() -> None:
            nonlocal under_way, refused
            for _ in range(100):
                await limiter.turn(0.0)
                sent = clock.monotonic()
                under_way += 1
                too_many = under_way > 20
                await asyncio.sleep(0)
                await clock.sleep(0.001)
                under_way -= 1
                if too_many:
                    refused += 1
                    limiter.refused(sent)
                limiter.done(answered=not too_many)

        await asyncio.gather(*(calls() for _ in range(100)))
        return limiter.limit, refused

    limit, refused = asyncio.run(scene())
    assert 5 <= limit <= 41
    assert refused < 2000
    assert not math.isinf(limit)
