"""Traffic through a real Envoy to real replicas, while everything around it changes."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from esclusa.core.fleet import Fleet
from esclusa.core.traffic import Request
from esclusa.core.value import replace
from esclusa.deploy.targets.local import access_log
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import Load, ask

pytestmark = [pytest.mark.real, pytest.mark.anyio]


async def answering(port: int) -> list[int]:
    """Ask until it is answered; every status on the way."""
    statuses = [(await ask(port)).status]
    while statuses[-1] != 200 and len(statuses) < 1000:
        await asyncio.sleep(0.02)
        statuses.append((await ask(port)).status)
    return statuses


async def settled(place: Place, wanted: int) -> list[Request]:
    """The log's requests, once that many have ended; the flush takes its time."""
    log, offset, seen = access_log(place.directory, "production"), {}, []
    for _ in range(100):
        reading = log.read(offset)
        assert reading.health == ""
        offset = reading.offset
        seen.extend(reading.requests)
        if sum(request.ended is not None for request in seen) >= wanted:
            return seen
        await asyncio.sleep(0.05)
    return seen


async def test_a_release_replaces_another_under_load_and_no_client_notices(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0), replicas=2), 1))

    async with Load(port, turns=3).running() as load:
        await asyncio.sleep(0.3)
        await target.apply(place.fleet(("new", 0.3), ("old", 0.7), replicas=2), 2)
        await asyncio.sleep(0.3)
        await target.apply(place.fleet(("new", 1.0), replicas=2), 3)
        await asyncio.sleep(0.3)

    assert load.errors == 0
    assert load.releases["new"] > 0
    assert load.releases["old"] > 0
    log = await settled(place, sum(load.statuses.values()))
    ended = [request for request in log if request.ended is not None]
    begun = {request.id: request for request in log if request.ended is None}
    assert len(ended) == len(begun) == sum(load.statuses.values())
    assert sum(request.arm == "new" for request in ended) == load.releases["new"]
    assert {request.conversation for request in ended} == set(load.conversations)
    assert all(begun[request.id].started == request.started <= request.ended for request in ended)
    assert not any(request.failed for request in ended)


async def test_a_conversation_keeps_its_release_while_the_weights_move(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    began: dict[str, str] = {}

    async def turn_of_everybody() -> None:
        for name in began:
            assert (await ask(port, name)).release == began[name]

    shares = {}
    for generation, weight in enumerate((0.0, 0.2, 0.6, 0.3), start=2):
        await target.apply(place.fleet(("new", weight), ("old", 1 - weight)), generation)
        fresh = [f"{weight}-{number}" for number in range(150)]
        for name in fresh:
            began[name] = (await ask(port, name)).release
        shares[weight] = sum(began[name] == "new" for name in fresh) / len(fresh)
        await turn_of_everybody()

    assert shares[0.0] == 0
    assert shares[0.2] == pytest.approx(0.2, abs=0.15)
    assert shares[0.6] == pytest.approx(0.6, abs=0.18)
    assert shares[0.3] == pytest.approx(0.3, abs=0.16)


async def test_conversations_of_a_release_that_went_away_go_on_elsewhere_and_stay_there(place: Place) -> None:
    target = place.target()
    both = place.fleet(("new", 0.5), ("old", 0.5))
    port = port_of(await target.apply(both, 1))
    names = [f"c{number}" for number in range(60)]
    began = {name: (await ask(port, name)).release for name in names}
    assert set(began.values()) == {"new", "old"}

    await target.apply(place.fleet(("old", 1.0)), 2)
    assert {(await ask(port, name)).release for name in names[:30]} == {"old"}

    await target.apply(place.fleet(("new", 0.0), ("old", 1.0)), 3)
    assert {(await ask(port, name)).release for name in names} == {"old"}


async def test_what_hashing_alone_decides_never_flips_back_while_a_weight_rises(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("new", 0.1), ("old", 0.9)), 1))
    names = [f"{number:04}".ljust(600, "x") for number in range(60)]  # too long to be pinned
    before: set[str] = set()
    for generation, weight in enumerate((0.1, 0.4, 0.8), start=2):
        await target.apply(place.fleet(("new", weight), ("old", 1 - weight)), generation)
        now = {name for name in names if (await ask(port, name)).release == "new"}
        assert before <= now
        before = now
    assert before


async def test_nobody_chooses_a_release_by_a_header_and_polls_are_no_traffic(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("new", 0.0), ("old", 1.0)), 1))

    forged = (
        "x-esclusa-pin: new~1",
        "x-esclusa-poll: 1",
        "x-esclusa-conversation: mine",
        "x-request-id: same",
    )
    answers = [await ask(port, headers=forged) for _ in range(5)]
    await ask(port, "c1", path="/health")
    assert (await ask(port, "c1")).release == "old"

    assert [answer.release for answer in answers] == ["old"] * 5
    ended = [request for request in await settled(place, 6) if request.ended is not None]
    assert len({request.id for request in ended}) == 6
    assert sorted(request.conversation or "" for request in ended) == ["", "", "", "", "", "c1"]


async def test_answers_that_are_under_way_are_finished_by_the_release_that_began_them(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))

    async def stream() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /stream HTTP/1.1\r\nhost: agent\r\nconnection: close\r\n\r\n")
        said = await reader.read()
        writer.close()
        return said

    streams = [asyncio.create_task(stream()) for _ in range(5)]
    await asyncio.sleep(0.2)
    await target.apply(place.fleet(("new", 1.0)), 2)

    assert all(b"data: 9" in said for said in await asyncio.gather(*streams))
    assert (await ask(port)).release == "new"


async def test_the_table_of_conversations_is_bounded_and_keeps_those_that_go_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esclusa.deploy.traffic.envoy.PINS", 10)
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    going_on = [f"c{number}" for number in range(4)]
    for number in range(100):
        assert (await ask(port, f"short-{number}")).release == "old"
        assert (await ask(port, going_on[number % 4])).release == "old"

    await target.apply(place.fleet(("new", 1.0), ("old", 0.0)), 2)

    assert {(await ask(port, name)).release for name in going_on} == {"old"}
    assert {(await ask(port, f"short-{number}")).release for number in range(4)} == {"new"}
    assert len(list((place.directory / "targets/production/router/pins").iterdir())) > 5


async def test_a_candidate_that_has_died_holds_up_no_rollback(place: Place) -> None:
    target = place.target()
    dying = place.program("new", CRASH_AT="/die")
    both = place.fleet(("new", 0.5), ("old", 0.5), programs={"new": dying})
    port = port_of(await target.apply(both, 1))
    while (await target.observe("production")).workloads[0].healthy:
        await ask(port, path="/die")

    async with Load(port).running(clients=2):
        rolled_back = asyncio.create_task(target.apply(place.fleet(("old", 1.0)), 2))
        await until_confirmed(place, 2)
    async with Load(port).running(clients=2) as load:
        await rolled_back
        await asyncio.sleep(0.2)

    assert load.errors == 0


async def test_a_failed_turn_and_a_client_who_went_away_are_told_apart(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))

    assert (await ask(port, "good")).status == 200
    assert (await ask(port, "bad", path="/fail")).status == 500
    assert (await ask(port, "gone", path="/stuck", wait=1.5)).status == 0

    ended = {one.conversation: one.failed for one in await settled(place, 3) if one.ended is not None}
    assert ended == {"good": False, "bad": True, "gone": None}


async def test_a_killed_replica_costs_no_more_than_what_was_in_flight(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0), replicas=2), 1)
    victim = (await ask(port_of(seen))).pid

    async with Load(port_of(seen)).running() as load:
        os.kill(victim, signal.SIGKILL)
        await asyncio.sleep(1.0)

    assert load.errors <= 4
    for _ in range(100):
        workload = (await target.observe("production")).workloads[0]
        if workload.healthy == 2:
            break
        await asyncio.sleep(0.05)
    assert (workload.running, workload.healthy, workload.restarts) == (2, 2, 1)


async def test_a_killed_router_is_back_at_once_remembers_conversations_and_says_when_it_was_away(
    place: Place,
) -> None:
    target = place.target()
    both = place.fleet(("new", 0.5), ("old", 0.5))
    port = port_of(await target.apply(both, 1))
    began = {f"c{number}": (await ask(port, f"c{number}")).release for number in range(20)}
    assert (await target.observe("production")).router == "serving"

    router = envoy_of(place)
    os.kill(router, signal.SIGKILL)
    await answering(port)

    assert envoy_of(place) != router
    await target.apply(place.fleet(("new", 0.9), ("old", 0.1)), 2)
    assert {name: (await ask(port, name)).release for name in began} == began
    restarts = access_log(place.directory, "production").read({}).restarts
    assert [0 < up - down < 30 for down, up in restarts] == [True]


async def test_what_the_router_reads_is_rebuilt_before_it_starts_when_it_is_torn(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    router = Path(place.directory, "targets", "production", "router")

    for name in ("routes.json", "clusters.json", "bootstrap.json"):
        torn = (router / name).read_bytes()[:100]
        (router / name).write_bytes(torn)
        os.kill(envoy_of(place), signal.SIGKILL)
        assert 404 not in await answering(port)
    assert (await target.observe("production")).router == "serving"
    assert "rebuilt as last confirmed" in Path(router, "..", "logs", "router.log").read_text()


async def test_the_log_goes_on_in_a_new_part_and_no_request_is_lost(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esclusa.deploy.targets.local.route.LOG_PART", 20_000)
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    log = access_log(place.directory, "production")
    seen, offset, asked = [], {}, 0

    while offset.get("part", 1) < 3 and asked < 3000:
        for answer in await asyncio.gather(*(ask(port) for _ in range(10))):
            assert answer.status == 200
            asked += 1
        reading = log.read(offset)
        seen.extend(reading.requests)
        offset = reading.offset
        await asyncio.sleep(0.05)
    while sum(request.ended is not None for request in seen) < asked:
        reading = log.read(offset)
        seen.extend(reading.requests)
        offset = reading.offset
        await asyncio.sleep(0.05)

    assert offset["part"] >= 3
    assert len(seen) == 2 * asked
    assert log.bad == 0


async def test_a_log_that_nobody_has_written_yet_is_empty_and_an_environment_can_be_absent(
    place: Place,
) -> None:
    assert access_log(place.directory, "production").read({}).requests == []
    seen = await place.target().observe("production")
    assert (seen.router, seen.generation, seen.workloads, seen.processes) == ("absent", 0, (), ())
    assert await place.target().apply(Fleet(environment="production", port=0), 1) == seen.__class__(
        environment="production", generation=1
    )
    assert place.processes() == []


async def until_confirmed(place: Place, generation: int) -> None:
    for _ in range(500):
        if (await place.target().observe("production")).generation == generation:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"generation {generation} was never confirmed")


def envoy_of(place: Place) -> int:
    """The process number of the router itself."""
    found = [line for line in place.processes() if "bootstrap.json" in line]
    assert len(found) == 1
    return int(found[0].split()[0])


async def test_when_an_answer_began_is_known_though_it_streams_on(place: Place) -> None:
    port = port_of(await place.target().apply(place.fleet(("old", 1.0)), 1))
    await asyncio.gather(ask(port, path="/stream"), ask(port, path="/slow"))
    ended = [request for request in await settled(place, 2) if request.ended is not None]
    assert len(ended) == 2
    after = sorted((request.ended or 0.0) - (request.first or 0.0) for request in ended)
    assert after[0] < 0.5
    assert 0.6 < after[1] < 10, "it streams for a second"


async def test_what_customers_think_is_heard_by_the_router_and_reaches_no_agent(place: Place) -> None:
    fleet = place.fleet(("new", 0.5), ("old", 0.5))
    assert fleet.route is not None
    fleet = replace(fleet, route=replace(fleet.route, feedback="/feedback"))
    port = port_of(await place.target().apply(fleet, 1))
    served = {f"c{number}": (await ask(port, f"c{number}")).release for number in range(8)}

    said = [(await ask(port, one, path="/feedback?score=0.25")).status for one in served]
    refused = [
        (await ask(port, one, path=path)).status
        for one, path in (
            ("c1", "/feedback"),
            ("c1", "/feedback?score=1.5"),
            ("c1", "/feedback?score=nan"),
            ("", "/feedback?score=1"),
            ("stranger", "/feedback?score=1"),
        )
    ]

    assert said == [204] * 8
    assert refused == [400, 400, 400, 400, 404]
    assert (await ask(port, "c1", path="/feedbacks?score=1")).status == 200
    log, opinions, requests = access_log(place.directory, "production"), [], []
    offset: dict[str, int] = {}
    for _ in range(200):
        reading = log.read(offset)
        offset = dict(reading.offset)
        opinions += reading.opinions
        requests += reading.requests
        if len(opinions) >= 8 and len(requests) >= 18:
            break
        await asyncio.sleep(0.05)
    assert [(one.conversation, one.arm, one.score) for one in sorted(opinions, key=lambda one: one.at)] == [
        (conversation, release, 0.25) for conversation, release in served.items()
    ]
    assert len(requests) == 18, "eight first turns and one later one, each at its start and at its end"


async def test_clusters_that_were_cut_off_are_told_by_whoever_comes_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the router would be waited for in vain: nobody would tell it again what is written as told."""
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))

    def cut(path: Path, *_: object, **__: object) -> None:
        raise InterruptedError(path.name)

    with monkeypatch.context() as patch:
        patch.setattr("esclusa.deploy.targets.local.route.replace_file", cut)
        with pytest.raises(InterruptedError, match=r"clusters\.json"):
            await target.apply(place.fleet(("new", 1.0)), 2)

    await target.apply(place.fleet(("new", 1.0)), 2)
    assert (await ask(port)).release == "new"
