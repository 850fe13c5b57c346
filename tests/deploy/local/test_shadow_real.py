"""Copies of requests through a real Envoy: the candidate is asked, and no client ever notices."""

import asyncio
import time

import pytest

from esclusa.core.fleet import Fleet, Shadow
from esclusa.core.traffic import Request
from esclusa.core.value import replace
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import ask
from tests.deploy.local.test_traffic_real import settled

pytestmark = [pytest.mark.real, pytest.mark.anyio]


def shadowed(place: Place, share: float, **variables: str) -> Fleet:
    """The old release serves, the new one is sent copies."""
    programs = {"new": place.program("new", **variables)}
    fleet = place.fleet(("new", 0.0), ("old", 1.0), programs=programs)
    assert fleet.route is not None
    return replace(fleet, route=replace(fleet.route, shadow=Shadow(release="new", share=share)))


def ended(log: list[Request]) -> tuple[list[Request], list[Request]]:
    """What clients were answered, and the copies."""
    over = [request for request in log if request.ended is not None]
    return [one for one in over if not one.mirrored], [one for one in over if one.mirrored]


async def test_whole_conversations_are_copied_a_share_of_them_and_nobody_sees_the_answers(
    place: Place,
) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    early = [f"early-{number}" for number in range(20)]
    answers = [await ask(port, name) for name in early]
    await target.apply(shadowed(place, 0.4, FAIL_AT="/ask"), 2)
    names = [f"c{number}" for number in range(150)]
    for _ in range(3):
        answers += await asyncio.gather(*(ask(port, name) for name in names[:75]))
        answers += await asyncio.gather(*(ask(port, name) for name in (*names[75:], *early)))
    await target.apply(shadowed(place, 1.0, FAIL_AT="/ask"), 3)
    answers += [await ask(port, headers=("x-esclusa-shadow: 1", "x-esclusa-mirror: old")) for _ in range(5)]
    answers += [await ask(port, "late")]

    assert {(answer.status, answer.release) for answer in answers} == {(200, "old")}
    asked, copies = ended(await settled(place, len(answers) + 3 * 60))
    assert len(asked) == len(answers)
    assert {one.arm for one in asked} == {"old"}
    assert {(one.arm, one.failed) for one in copies} == {("new", True)}
    turns = {name: sum(one.conversation == name for one in copies) for name in (*names, *early, "late")}
    assert {turns[name] for name in names} == {0, 3}, "whole conversations or nothing of them"
    assert sum(turns[name] == 3 for name in names) / len(names) == pytest.approx(0.4, abs=0.16)
    assert {turns[name] for name in early} == {0}, "what had begun before is not copied from the middle"
    assert turns["late"] == 1
    assert sum(one.conversation is None for one in copies) == 5
    originals = {one.id: one.started for one in asked}
    assert all(originals[one.id.removesuffix("~")] == one.started for one in copies)


async def test_when_copies_end_and_a_canary_goes_on_a_conversation_stays_where_it_was(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(shadowed(place, 0.5), 1))
    names = [f"c{number}" for number in range(40)]
    assert {(await ask(port, name)).release for name in names} == {"old"}
    _, copies = ended(await settled(place, 50))
    assert {one.failed for one in copies} == {False}
    before = len(copies)

    await target.apply(place.fleet(("new", 0.9), ("old", 0.1)), 2)
    assert {(await ask(port, name)).release for name in names} == {"old"}
    assert "new" in [(await ask(port, f"fresh-{number}")).release for number in range(10)]
    asked, copies = ended(await settled(place, 90 + before))
    assert (len(asked), len(copies)) == (90, before), "and nobody is copied any more"


async def test_the_agent_can_know_a_copy_and_no_client_can_pretend_to_be_one(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(shadowed(place, 1.0, TELL="x-esclusa-shadow"), 1))
    assert (await ask(port, "c1", headers=("x-esclusa-shadow: 1",))).status == 200
    await settled(place, 2)
    said = [path.read_text() for path in (place.directory / "targets/production/logs").glob("new-*.log")]
    assert "x-esclusa-shadow: 1" in "".join(said)
    alone = place.fleet(("old", 1.0), programs={"old": place.program("old", TELL="x-esclusa-shadow")})
    await target.apply(alone, 2)
    await ask(port, "c2", headers=("x-esclusa-shadow: 1",))
    said = [path.read_text() for path in (place.directory / "targets/production/logs").glob("old-*.log")]
    assert "x-esclusa-shadow: None" in "".join(said)


async def test_a_copy_that_hangs_keeps_no_client_waiting(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(shadowed(place, 1.0, HANG="/ask"), 1))
    began = time.monotonic()
    answers = [await ask(port, f"c{number}", body=b"x" * 8_000_000) for number in range(3)]
    took = time.monotonic() - began

    assert {(answer.status, answer.release) for answer in answers} == {(200, "old")}
    assert took < 30, "the candidate takes a minute for each"
    begun = [one for one in await settled(place, 3) if one.mirrored]
    assert [(one.arm, one.ended) for one in begun] == [("new", None)] * 3
