"""The tap of a real Envoy: which conversations are heard, and what of them."""

import asyncio
import os
import signal

import pytest

from esclusa.core.errors import OutsideError
from esclusa.core.fleet import Fleet
from esclusa.core.traffic import Exchange
from esclusa.core.value import replace
from esclusa.deploy.targets.local import tap
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import ask
from tests.deploy.local.test_traffic_real import envoy_of

pytestmark = [pytest.mark.real, pytest.mark.anyio]


def sampled(fleet: Fleet, share: float) -> Fleet:
    assert fleet.route is not None
    return replace(fleet, route=replace(fleet.route, sample=share))


async def heard(place: Place, seen: list[Exchange], ended: list[str]) -> None:
    try:
        async for exchange in tap(place.directory, "production").exchanges():
            seen.append(exchange)
    except OutsideError as error:
        ended.append(error.message)


async def test_a_share_of_conversations_is_heard_whole_and_nobody_marks_himself(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(sampled(place.fleet(("new", 0.5), ("old", 0.5)), 0.5), 1))
    seen: list[Exchange] = []
    ended: list[str] = []
    listening = asyncio.create_task(heard(place, seen, ended))
    await asyncio.sleep(0.5)
    names = [f"c{number}" for number in range(40)]
    began = {}
    for turn in range(3):
        for name in names:
            answer = await ask(port, name, headers=["x-esclusa-sample: new", "x-esclusa-release: mine"])
            assert began.setdefault(name, answer.release) == answer.release, turn
    for _ in range(100):
        chosen = {exchange.conversation for exchange in seen}
        if len(seen) == 3 * len(chosen):
            break
        await asyncio.sleep(0.05)
    assert 8 <= len(chosen) <= 32
    for name in chosen:
        turns = [exchange for exchange in seen if exchange.conversation == name]
        assert [exchange.begins for exchange in turns] == [True, False, False]
        assert {exchange.arm for exchange in turns} == {began[name or ""]}
        assert {(exchange.status, exchange.path, exchange.request) for exchange in turns} == {
            (200, "/ask", b"{}")
        }
        assert all(b'"release"' in exchange.response and exchange.whole for exchange in turns)
    assert ended == []
    os.kill(envoy_of(place), signal.SIGKILL)
    await asyncio.wait_for(listening, 10)
    assert len(ended) == 1


async def test_without_a_share_nothing_is_heard(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    seen: list[Exchange] = []
    listening = asyncio.create_task(heard(place, seen, []))
    await asyncio.sleep(0.5)
    for number in range(5):
        await ask(port, f"c{number}")
    await asyncio.sleep(0.5)
    listening.cancel()
    assert seen == []


async def test_a_router_that_is_not_there_is_outside(place: Place) -> None:
    ended: list[str] = []
    await heard(place, [], ended)
    assert len(ended) == 1
    assert ended[0].startswith("the router does not answer")
