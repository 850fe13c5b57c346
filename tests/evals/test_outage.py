"""Outages: noticed, waited for, and given up."""

import asyncio
from collections.abc import Sequence

import pytest

from esclusa.evals.outage import Outage
from tests.evals.fakes import FakeClock


def told(
    causes: Sequence[str | None], calls: str, patience: float = 1.0
) -> tuple[list[object], list[str], float]:
    """What each call of `cause` (c) and `over` (o) came to, what was said, and how long was waited."""
    said: list[str] = []
    clock = FakeClock()
    left = iter(causes)

    async def scene() -> list[object]:
        outage = Outage(lambda: next(left), clock, said.append, patience)
        return [await (outage.cause() if call == "c" else outage.over()) for call in calls]

    return asyncio.run(scene()), said, clock.monotonic()


def test_while_nothing_is_known_nobody_is_asked_or_waited_for() -> None:
    assert told([], "oo") == ([True, True], [], 0.0)


def test_an_outage_that_ends_is_waited_for() -> None:
    down = "the model server is down"
    results, said, waited = told([down, down, down, None, None], "coo")
    assert results == [down, True, True]
    assert said == [f"outside the agent: {down}; waiting for it up to 1 s", f"over: {down}"]
    assert waited == 0.5


def test_an_outage_that_does_not_end_is_given_up_once_and_for_all() -> None:
    results, said, waited = told(["down"] * 20, "coo")
    assert results == ["down", False, False]
    assert said[-1] == "not waiting any longer: down"
    assert waited == 1.0


def test_the_patience_is_for_the_whole_suite() -> None:
    causes = ["down", "down", "down", "", "down", "down", "down", "down", "down", "down"]
    results, _, waited = told(causes, "coco")
    assert results == ["down", True, "down", False]
    assert waited == pytest.approx(1.0)


def test_many_wait_but_one_asks() -> None:
    asked = 0

    def outside() -> str:
        nonlocal asked
        asked += 1
        return "down" if asked < 4 else ""

    async def scene() -> list[bool]:
        outage = Outage(outside, FakeClock(), lambda _: None, 10.0)
        await outage.cause()
        return await asyncio.gather(*(outage.over() for _ in range(50)))

    assert asyncio.run(scene()) == [True] * 50
    assert asked == 4


def test_an_outage_that_is_over_still_explains_a_call_that_was_under_way_in_it() -> None:
    causes = iter([None, "down", None, None, None])

    async def scene() -> list[str]:
        clock = FakeClock()
        outage = Outage(lambda: next(causes), clock, lambda _: None, 1.0)
        found = []
        for since in (0.0, 5.0, 5.0, 5.1, 0.0):
            found.append(await outage.cause_since(since))
            await clock.sleep(5.0)
        return found

    assert asyncio.run(scene()) == ["", "down", "down", "", "down"]


def test_whoever_tells_may_take_time_to_find_out() -> None:
    async def outside() -> str | None:
        await asyncio.sleep(0)
        return "down"

    async def scene() -> str:
        return await Outage(outside, FakeClock(), lambda _: None, 1.0).cause()

    assert asyncio.run(scene()) == "down"


def test_where_nobody_can_tell_nothing_is_down() -> None:
    async def scene() -> tuple[bool, str, bool]:
        outage = Outage(None, FakeClock(), lambda _: None, 1.0)
        return outage.watched, await outage.cause(), await outage.over()

    assert asyncio.run(scene()) == (False, "", True)
