"""A planned restart of all that serves, under load: real replicas, a real Envoy, and no client that notices."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from esclusa.core.errors import Fenced, OutsideError, StartFailed, UsageError
from esclusa.core.fleet import Service
from esclusa.core.target import Restarted
from esclusa.core.value import replace
from esclusa.deploy.targets.local import launcher, renew, route
from esclusa.deploy.targets.local.state import Ledger, State
from esclusa.deploy.targets.local.supervisor import Job, Supervisor
from esclusa.deploy.traffic import envoy
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import Load, ask
from tests.processes import wait_until

pytestmark = [pytest.mark.real, pytest.mark.anyio]


def known(place: Place) -> State:
    return Ledger(place.directory / "targets" / "production", "production").read()


def told(place: Place) -> dict[str, str]:
    """What the launcher says of the last restart."""
    found = launcher.document(str(place.directory / "targets/production/router/restart.json"))
    assert isinstance(found, dict)
    return found


async def until(seen: Callable[[], bool]) -> None:
    """Wait for it, and not for ever."""
    for _ in range(600):
        if seen():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not come")


async def answering(port: int) -> None:
    """Wait until somebody answers, and not for ever."""
    for _ in range(600):
        if (await ask(port)).status == 200:
            return
        await asyncio.sleep(0.05)
    pytest.fail("nobody answers")


async def stream(port: int) -> bytes:
    """An answer that takes a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /stream HTTP/1.1\r\nhost: agent\r\nconnection: close\r\n\r\n")
    said = await reader.read()
    writer.close()
    return said


async def test_everything_is_started_anew_under_load_and_no_client_notices(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0), replicas=2), 1))
    before = {one.program for one in known(place).replicas}

    async with Load(port, turns=3).running() as load:
        streams = [asyncio.create_task(stream(port)) for _ in range(5)]
        await asyncio.sleep(0.3)
        restarted = await target.restart("production")
        streams += [asyncio.create_task(stream(port)) for _ in range(5)]
        await asyncio.to_thread(renew, place.directory)
        again = await target.restart("production")
        await asyncio.sleep(0.3)

    assert load.errors == 0
    assert all(b"data: 9" in said for said in await asyncio.gather(*streams))
    assert restarted == again == Restarted(replicas=2, router=True)
    assert (len(known(place).replicas), known(place).worn) == (2, ())
    assert not before & {one.program for one in known(place).replicas}


async def test_conversations_keep_their_release_and_new_routes_are_taken_afterwards(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pages of few conversations, and a log that is soon long: the first pages are gone when it is replaced.
    monkeypatch.setattr(envoy, "PINS", 10)
    monkeypatch.setattr(route, "LOG_PART", 4000)
    target = place.target()
    port = port_of(await target.apply(place.fleet(("new", 0.5), ("old", 0.5)), 1))
    for number in range(120):
        await ask(port, str(number))
    began = {name: (await ask(port, name)).release for name in map(str, range(110, 120))}
    assert set(began.values()) == {"new", "old"}
    pages = place.directory / "targets/production/router/pins"
    await until(lambda: (pages / "oldest").exists())
    await target.apply(place.fleet(("new", 0.0), ("old", 1.0)), 2)
    await target.restart("production")
    assert {name: (await ask(port, name)).release for name in began} == began
    seen = await target.apply(place.fleet(("new", 1.0)), 3)
    assert (seen.generation, seen.router) == (3, "serving")
    assert (await ask(port)).release == "new"


async def test_a_router_that_is_told_once_more_while_it_comes_up_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was adopted is told with its whole group; its launcher may have looked by itself before that."""
    target = place.target()
    await target.apply(place.fleet(("old", 1.0)), 1)
    await asyncio.to_thread(renew, place.directory)
    tell = Supervisor.tell

    def late(supervisor: Supervisor, job: Job) -> None:
        wait_until(lambda: told(place)["state"] == "coming")
        tell(supervisor, job)

    monkeypatch.setattr(Supervisor, "tell", late)
    assert await target.restart("production") == Restarted(replicas=1, router=True)


async def test_replicas_go_over_to_services_that_were_started_anew(place: Place) -> None:
    target = place.target()
    model = Service(name="model", program=place.program("model"), variable="MODEL_URL", key="m1")
    port = port_of(await target.apply(place.fleet(("old", 1.0), services=(model,)), 1))
    before = (await ask(port)).variables["MODEL_URL"]
    await target.restart("production")
    after = (await ask(port)).variables["MODEL_URL"]
    assert after != before
    assert [f"http://127.0.0.1:{one.port}" for one in known(place).services] == [after]


async def test_what_does_not_come_up_again_leaves_what_was_there_serving(
    place: Place, tmp_path: Path
) -> None:
    target, agent = place.target(), tmp_path / "agent.py"
    program = place.program("old")
    agent.write_text(Path(program.argv[3]).read_text())
    own = replace(program, argv=(*program.argv[:3], str(agent), "{port}"))
    port = port_of(await target.apply(place.fleet(("old", 1.0), programs={"old": own}), 1))
    before = await ask(port)
    agent.write_text("raise SystemExit('torn')")
    with pytest.raises(StartFailed, match="release old in production did not become healthy"):
        await target.restart("production")
    assert await ask(port) == before
    assert known(place).worn == ()


def broken_router(directory: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An Envoy that is not what it was when it is to be started the next time."""
    path = directory / "envoy"
    path.write_text(f"#!/bin/sh\n{script}\n".replace("ENVOY", str(envoy.binary({}))))
    path.chmod(0o755)
    monkeypatch.setenv(envoy.OVERRIDE, str(path))


async def test_a_router_that_does_not_come_up_leaves_the_one_that_serves_as_it_was(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    for script, said in (
        ("echo no such library; exit 127", r"a new one would not start \(status 127\) no such library"),
        ('[ "$1" = --mode ] || exit 3', "was not replaced: the new one ended with status 3"),
    ):
        broken_router(tmp_path, monkeypatch, script)
        with pytest.raises(OutsideError, match=said):
            await target.restart("production")
    seen = await target.apply(place.fleet(("new", 1.0)), 2)
    assert (seen.router, (await ask(port)).release) == ("serving", "new")


def waits_for_a_name(port: int) -> str:
    """Of a configuration: a cluster whose name is asked for at a port that never answers."""
    resolver = {
        "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
        "resolvers": [{"socket_address": {"address": "127.0.0.1", "port_value": port, "protocol": "UDP"}}],
    }
    address = {"socket_address": {"address": "never.example", "port_value": 1}}
    cluster = {
        "name": "never",
        "type": "STRICT_DNS",
        "typed_dns_resolver_config": {"name": "envoy.network.dns_resolver.cares", "typed_config": resolver},
        "load_assignment": {
            "cluster_name": "never",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }
    return json.dumps({"static_resources": {"clusters": [cluster]}})


async def test_a_router_that_dies_while_it_takes_over_comes_back_like_one_that_dies(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    log = place.directory / "targets/production/logs/router.log"
    once = tmp_path / "once"
    # It is killed when it has taken the admin socket away from the one that serves, and goes no further by then,
    # however busy the machine is: it waits for a name that nobody tells it.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        never = waits_for_a_name(silent.getsockname()[1])
        script = (
            f'[ "$1" = --mode -o -e {once} ] && exec ENVOY "$@"\ntouch {once}\n'
            f"ENVOY \"$@\" --config-yaml '{never}' &\n"
            f"until grep -q 'shutting down admin' {log}; do sleep 0.01; done\nkill -9 $!; exit 4"
        )
        broken_router(tmp_path, monkeypatch, script)
        with pytest.raises(OutsideError, match="was not replaced: the router was started anew"):
            await target.restart("production")
    await answering(port)
    seen = await target.apply(place.fleet(("new", 1.0)), 2)
    assert (seen.router, (await ask(port)).release) == ("serving", "new")


@pytest.mark.parametrize("victim", ["launcher", "router"])
async def test_killed_in_the_middle_of_a_restart_it_comes_back_and_nothing_is_left(
    place: Place, victim: str
) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    await target.restart("production")
    pid = Supervisor(place.directory).seen("production@router")[known(place).router].pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(children) == 2, "the old one has a drain of five seconds"
    os.kill(pid if victim == "launcher" else int(children[-1]), signal.SIGKILL)
    await answering(port)
    await until(lambda: told(place)["state"] == "failed")
    assert (await target.restart("production")).router


async def test_a_restart_is_refused_where_nothing_serves_or_something_is_on_its_way(place: Place) -> None:
    target = place.target()
    with pytest.raises(UsageError, match="nothing serves in production"):
        await target.restart("production")
    await target.apply(place.fleet(("old", 1.0)), 1)
    ledger = Ledger(place.directory / "targets" / "production", "production")
    with ledger.turn(2) as turn:
        turn.write(replace(turn.state, fence=2))
    with pytest.raises(UsageError, match="a change of production is under way"):
        await target.restart("production")


async def test_a_change_that_sets_out_meanwhile_has_the_say(place: Place) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    restarting = asyncio.create_task(target.restart("production"))
    await until(lambda: len(known(place).replicas) > 1)
    await target.apply(place.fleet(("new", 1.0)), 2)
    with pytest.raises(Fenced):
        await restarting
    assert (await ask(port)).release == "new"
    assert [one.of for one in known(place).replicas] == ["new"]
