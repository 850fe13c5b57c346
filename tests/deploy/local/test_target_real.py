"""The local target with a real supervisord, a real Envoy and real replicas: what it starts, keeps and stops."""

import asyncio
import json
import os
import shutil
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path
from socket import socket

import pytest

from esclusa.core.errors import ConfigurationError, Fenced, PortTaken, StartFailed, StateError, UsageError
from esclusa.core.fleet import Fleet, Health, Observation, Service
from esclusa.core.value import encode, replace
from esclusa.deploy.targets.local import Programs, ensure_supervisor, hand_over, launcher, shut_down
from esclusa.deploy.targets.local.supervisor import Supervisor
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import Load, ask

pytestmark = [pytest.mark.real, pytest.mark.anyio]

NOTHING = Fleet(environment="production", port=0, drain=2.0)


def summary(seen: Observation) -> dict[str, tuple[int, int, int, float]]:
    """Release -> wanted, running, healthy, weight."""
    return {one.release: (one.wanted, one.running, one.healthy, one.weight) for one in seen.workloads}


async def test_what_a_fleet_says_is_what_is_there_and_twice_is_once(place: Place) -> None:
    fleet = place.fleet(("new", 0.25), ("old", 0.75), replicas=2)
    first = await place.target().apply(fleet, 1)

    assert summary(first) == {"new": (2, 2, 2, 0.25), "old": (2, 2, 2, 0.75)}
    assert (first.environment, first.generation, first.router) == ("production", 1, "serving")
    assert len(first.processes) == 5
    assert await place.target().apply(fleet, 1) == first
    assert await place.target().observe("production") == first
    assert await place.target().apply(fleet, 2) == replace(first, generation=2)


async def test_a_fleet_of_nothing_leaves_no_process_and_the_fence_stays(place: Place) -> None:
    target = place.target()
    await target.apply(place.fleet(("old", 1.0)), 5)

    seen = await target.apply(NOTHING, 6)

    assert seen == Observation(environment="production", generation=6)
    assert place.processes() == []
    with pytest.raises(Fenced, match="generation 5 of production is refused: 6 has begun"):
        await place.target().apply(place.fleet(("old", 1.0)), 5)
    assert summary(await target.apply(place.fleet(("old", 1.0)), 7)) == {"old": (1, 1, 1, 1.0)}


async def test_one_environment_can_go_while_another_stays(place: Place) -> None:
    target = place.target()
    await target.apply(place.fleet(("old", 1.0)), 1)
    evaluation = await target.apply(place.fleet(("new", 1.0), environment="eval-1"), 1)
    assert (await ask(port_of(evaluation))).release == "new"

    await target.apply(Fleet(environment="eval-1", port=0), 2)

    assert (await target.observe("eval-1")).processes == ()
    assert (await target.observe("production")).router == "serving"


async def test_replicas_come_and_go_one_by_one_without_an_error(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0), replicas=1), 1)
    kept = (await ask(port_of(seen))).pid

    async with Load(port_of(seen)).running() as load:
        grown = await target.apply(place.fleet(("old", 1.0), replicas=3), 2)
        assert (summary(grown), kept in grown.processes) == ({"old": (3, 3, 3, 1.0)}, True)
        shrunk = await target.apply(place.fleet(("old", 1.0), replicas=1), 3)
        assert (summary(shrunk), kept in shrunk.processes) == ({"old": (1, 1, 1, 1.0)}, True)

    assert load.errors == 0


async def test_a_changed_program_of_the_same_release_is_another_replica(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0)), 1)
    changed = place.fleet(("old", 1.0), programs={"old": place.program("old", FLAG="on")})

    async with Load(port_of(seen)).running() as load:
        await target.apply(changed, 2)

    assert load.errors == 0
    assert (await ask(port_of(seen))).variables["FLAG"] == "on"


async def test_a_killed_supervisord_is_not_noticed_and_what_ran_is_adopted(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0), replicas=2), 1)

    async with Load(port_of(seen)).running() as load:
        for _ in range(2):
            kill_supervisord(place)
            await asyncio.sleep(0.2)
            unwatched = await target.observe("production")
            assert unwatched.processes == seen.processes
            assert "nobody would restart it" in unwatched.workloads[0].note
            assert ensure_supervisor(place.directory)
            assert not ensure_supervisor(place.directory)
            await asyncio.sleep(0.5)
            assert await target.observe("production") == seen
        await target.apply(place.fleet(("new", 0.5), ("old", 0.5), replicas=2), 2)
        await target.apply(place.fleet(("new", 1.0), replicas=2), 3)

    assert load.errors == 0
    await target.apply(NOTHING, 4)
    assert place.processes() == []


async def test_what_runs_is_seen_though_its_record_is_torn(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0)), 1)
    for record in (place.directory / "supervisor" / "record").glob("*.json"):
        record.write_bytes(record.read_bytes()[:20])
    assert await target.observe("production") == seen
    assert (await target.apply(place.fleet(("old", 1.0)), 2)).processes == seen.processes
    await target.apply(NOTHING, 3)
    assert place.processes() == []


async def test_what_was_adopted_is_restarted_when_it_dies(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0)), 1)
    kill_supervisord(place)
    ensure_supervisor(place.directory)
    before = (await ask(port_of(seen))).pid

    os.kill(before, signal.SIGKILL)

    for _ in range(200):
        if (answer := await ask(port_of(seen))).status == 200:
            break
        await asyncio.sleep(0.05)
    assert answer.pid not in (0, before)


async def test_a_replica_that_is_never_healthy_fails_with_its_log_and_nothing_has_changed(
    place: Place,
) -> None:
    target = place.target()
    before = await target.apply(place.fleet(("old", 1.0)), 1)
    sick = replace(place.program("new", SICK="1"), health=Health(start=5.0, timeout=0.5))

    with pytest.raises(StartFailed) as raised:
        await target.apply(place.fleet(("new", 0.5), ("old", 0.5), programs={"new": sick}), 2)

    assert raised.value.message.splitlines() == [
        "release new in production did not become healthy: GET /health was not answered 2xx within 5 s",
        "new listens",
    ]
    assert await target.observe("production") == before


ENDED = "it (ended at once|ended with status 1|was started anew)"
"""What the supervisor says depends on how long the program took to fail."""


async def test_a_replica_that_crashes_fails_at_once_and_says_what_it_said(place: Place) -> None:
    crashing = place.program("new", CRASH="1")

    with pytest.raises(StartFailed, match=rf"{ENDED}\nthe model file is missing"):
        await place.target().apply(place.fleet(("new", 1.0), programs={"new": crashing}), 1)

    assert (await place.target().observe("production")).processes == ()


async def test_a_program_that_does_not_exist_is_named(place: Place) -> None:
    missing = replace(place.program("new"), argv=("no-such-agent", "{port}"))

    with pytest.raises(StartFailed, match=r"there is no no-such-agent on /.*: name its whole path, or add"):
        await place.target().apply(place.fleet(("new", 1.0), programs={"new": missing}), 1)


async def test_a_port_in_use_is_refused_with_the_name_of_who_has_it(place: Place, port: int) -> None:
    with closing(socket()) as foreign:
        foreign.bind(("127.0.0.1", port))
        foreign.listen()
        with pytest.raises(PortTaken) as raised:
            await place.target().apply(place.fleet(("old", 1.0), port=port), 1)

    assert raised.value.message.startswith(
        f"port {port} of environment production is taken by process {os.getpid()} ("
    )
    assert raised.value.mend == "free the port and run again, or give production another one"
    assert port_of(await place.target().apply(place.fleet(("old", 1.0), port=port), 2)) == port


async def test_two_projects_never_share_a_port(place: Place, tmp_path: Path, port: int) -> None:
    other = Place(tmp_path / "other")
    await place.target().apply(place.fleet(("old", 1.0), port=port), 1)
    try:
        with pytest.raises(PortTaken, match=f"port {port} .* is taken by process .*{place.directory}"):
            await other.target().apply(other.fleet(("new", 1.0), port=port), 1)
        theirs = await other.target().apply(other.fleet(("new", 1.0), replicas=2), 2)
        assert (await ask(port_of(theirs))).release == "new"
        assert (await ask(port)).release == "old"
    finally:
        shut_down(other.directory)
        assert other.processes() == []


async def test_an_environment_can_move_to_another_port(place: Place, port: int) -> None:
    target = place.target()
    first = await target.apply(place.fleet(("old", 1.0)), 1)

    moved = await target.apply(place.fleet(("old", 1.0), port=port), 2)

    assert port_of(moved) == port
    assert ((await ask(port)).release, (await ask(port_of(first))).status) == ("old", 0)


async def test_a_service_is_there_first_is_kept_and_is_replaced_when_it_is_another(place: Place) -> None:
    target = place.target()

    def served(key: str, *weights: tuple[str, float], old: str = "") -> Fleet:
        services = tuple(
            Service(name="model", program=place.program(f"model-{name}"), variable="MODEL_URL", key=name)
            for name in (old, key)
            if name
        )
        return place.fleet(*weights, services=services)

    first = await target.apply(served("k1", ("old", 1.0)), 1)
    url = (await ask(port_of(first))).variables["MODEL_URL"]
    assert first.services == {"model": "healthy"}
    assert (await ask(int(url.rpartition(":")[2]))).release == "model-k1"

    both = await target.apply(served("k2", ("new", 1.0), ("old", 0.0), old="k1"), 2)
    assert set(first.processes) < set(both.processes)
    other = (await ask(port_of(both), "fresh")).variables["MODEL_URL"]
    assert (await ask(int(other.rpartition(":")[2]))).release == "model-k2"

    last = await target.apply(served("k2", ("new", 1.0)), 3)
    assert (await ask(port_of(last))).variables["MODEL_URL"] == other
    assert (await ask(int(url.rpartition(":")[2]))).status == 0
    assert len(last.processes) == 3


async def test_a_service_that_dies_is_restarted_and_seen(place: Place) -> None:
    target = place.target()
    service = Service(name="model", program=place.program("model"), variable="MODEL_URL", key="k")
    seen = await target.apply(place.fleet(("old", 1.0), services=(service,)), 1)
    model = int((await ask(port_of(seen))).variables["MODEL_URL"].rpartition(":")[2])

    os.kill((await ask(model)).pid, signal.SIGKILL)
    for _ in range(400):
        seen = await target.observe("production")
        if seen.services == {"model": "healthy"} and seen.service_restarts == {"model": 1}:
            break
        await asyncio.sleep(0.05)
    assert (seen.services, seen.service_restarts) == ({"model": "healthy"}, {"model": 1})
    assert (await ask(model)).release == "model"


async def test_secrets_reach_the_program_and_stand_nowhere_else(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_JOB_TOKEN", "never-to-be-seen")
    (tmp_path / "key").write_text("from-a-file\n")
    secrets = {"TOKEN": "env:TOKEN", "KEY": f"file:{tmp_path / 'key'}"}
    program = replace(place.program("old"), secrets=secrets)

    seen = await place.target().apply(place.fleet(("old", 1.0), programs={"old": program}), 1)

    variables = (await ask(port_of(seen))).variables
    assert (variables["TOKEN"], variables["KEY"]) == ("s3cret", "from-a-file")
    assert "CI_JOB_TOKEN" not in variables
    written = [
        path for path in place.directory.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()
    ]
    assert [path.parent.name for path in written] == ["secrets"]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    assert not any("s3cret" in line for line in place.processes())


async def test_secrets_handed_over_serve_who_does_not_have_them(place: Place) -> None:
    program = replace(place.program("old"), secrets={"TOKEN": "env:TOKEN"})
    fleet = place.fleet(("old", 1.0), programs={"old": program})
    hand_over(place.directory, ["env:TOKEN"], place.secrets)
    place.secrets.known.clear()

    seen = await place.target().apply(fleet, 1)

    assert (await ask(port_of(seen))).variables["TOKEN"] == "s3cret"
    stranger = replace(program, secrets={"TOKEN": "env:OTHER"})
    with pytest.raises(ConfigurationError, match="env:OTHER is not there"):
        await place.target().apply(place.fleet(("new", 1.0), programs={"new": stranger}), 2)


async def test_whatever_moment_an_apply_is_cancelled_at_the_next_one_converges(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0), replicas=2), 1)
    generation = 1

    async with Load(port_of(seen)).running(clients=2) as load:
        for delay in (0.02, 0.08, 0.16, 0.24, 0.32, 0.5):
            both = place.fleet(("new", 0.5), ("old", 0.5), replicas=2)
            for fleet in (both, place.fleet(("old", 1.0), replicas=2)):
                generation += 1
                doing = asyncio.create_task(target.apply(fleet, generation))
                await asyncio.sleep(delay)
                doing.cancel()
                with suppress(asyncio.CancelledError):
                    await doing
        generation += 1
        last = await target.apply(place.fleet(("old", 1.0), replicas=2), generation)

    assert load.errors == 0
    assert summary(last) == {"old": (2, 2, 2, 1.0)}
    assert len(last.processes) == 3
    assert (last.router, last.generation) == ("serving", generation)


async def test_whatever_moment_an_applier_is_killed_at_the_next_one_converges(place: Place) -> None:
    seen = await place.target().apply(place.fleet(("old", 1.0)), 1)
    generation = 1

    async with Load(port_of(seen)).running(clients=2) as load:
        for delay in (0.05, 0.15, 0.25, 0.4):
            for weights in ((("new", 0.5), ("old", 0.5)), (("old", 1.0),)):
                generation += 1
                words = [sys.executable, "-m", "tests.deploy.local.apply", str(place.directory)]
                fleet = encode(place.fleet(*weights)).decode()
                applier = await asyncio.create_subprocess_exec(
                    *words, fleet, str(generation), stdout=asyncio.subprocess.PIPE
                )
                assert applier.stdout is not None
                await applier.stdout.readline()
                await asyncio.sleep(delay)
                with suppress(ProcessLookupError):
                    applier.kill()
                await applier.wait()
        last = await place.target().apply(place.fleet(("new", 1.0)), generation)

    assert load.errors == 0
    assert summary(last) == {"new": (1, 1, 1, 1.0)}
    assert len(last.processes) == 2


async def test_ports_that_were_lost_while_nothing_ran_are_replaced(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0), replicas=2), 1)
    replicas = {json.loads(state_of(place))["replicas"][n]["port"] for n in range(2)}
    for pid in (*seen.processes, supervisord_of(place)):
        os.kill(pid, signal.SIGSTOP)
    kill_supervisord(place)
    for pid in seen.processes:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    await until(lambda: not any(map(launcher.started, seen.processes)))

    locks = [await locked(port) for port in (*replicas, port_of(seen))]
    try:
        ensure_supervisor(place.directory)
        again = await target.apply(place.fleet(("old", 1.0), replicas=2), 2)
    finally:
        for lock in locks:
            lock.close()

    assert summary(again) == {"old": (2, 2, 2, 1.0)}
    assert again.router == "serving"
    assert (await ask(port_of(again))).release == "old"


async def locked(port: int) -> socket:
    """The lock of a port, once the last who had inherited it has gone."""
    for _ in range(400):
        if (lock := launcher.port_lock(port)) is not None:
            return lock
        await asyncio.sleep(0.05)
    raise AssertionError(f"{port} is still held by {launcher.port_holder(port)}")


async def test_a_lost_directory_of_sockets_is_made_again_and_what_runs_is_adopted(place: Place) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0)), 1)

    shutil.rmtree(Supervisor(place.directory).private)

    async with Load(port_of(seen)).running(clients=2) as load:
        assert ensure_supervisor(place.directory)
        await asyncio.sleep(0.5)
    assert load.errors == 0
    assert set((await target.observe("production")).processes) == set(seen.processes)


async def test_a_leader_that_was_paused_is_refused_when_it_wakes(place: Place) -> None:
    late, leader = place.target(), place.target()
    await leader.apply(place.fleet(("old", 1.0)), 1)
    slow = asyncio.create_task(late.apply(place.fleet(("new", 1.0)), 2))
    await asyncio.sleep(0.05)

    now = await leader.apply(place.fleet(("old", 1.0)), 3)

    with pytest.raises(Fenced):
        await slow
    assert await leader.observe("production") == now
    assert summary(now) == {"old": (1, 1, 1, 1.0)}


async def test_a_torn_state_is_an_error_that_says_the_mend_and_down_still_works(place: Place) -> None:
    target = place.target()
    await target.apply(place.fleet(("old", 1.0)), 1)
    state = place.directory / "targets" / "production" / "state.json"
    state.write_bytes(state.read_bytes()[:50])

    with pytest.raises(StateError, match=r"state\.json is torn") as raised:
        await target.apply(place.fleet(("old", 1.0)), 2)
    assert "esclusa down" in raised.value.mend
    assert "is torn" in (await target.observe("production")).router

    shut_down(place.directory)
    assert place.processes() == []


async def test_after_down_the_next_apply_begins_anew(place: Place) -> None:
    target = place.target()
    await target.apply(place.fleet(("old", 1.0), replicas=2), 1)
    shut_down(place.directory)
    assert await target.observe("production") == Observation(environment="production", generation=1)

    seen = await target.apply(place.fleet(("old", 1.0), replicas=2), 2)

    assert summary(seen) == {"old": (2, 2, 2, 1.0)}


async def test_children_of_a_replica_that_will_not_end_are_ended(place: Place) -> None:
    target = place.target()
    stubborn = place.program("old", CHILD="1", PLACE=str(place.directory))
    seen = await target.apply(place.fleet(("old", 1.0), programs={"old": stubborn}), 1)
    children = Path(f"/proc/{(await ask(port_of(seen))).pid}/task")
    assert any((task / "children").read_text() for task in children.iterdir())

    await target.apply(NOTHING, 2)

    assert place.processes() == []


async def test_a_refused_configuration_is_an_error_with_the_routers_own_words(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place.target()
    seen = await target.apply(place.fleet(("old", 1.0)), 1)
    monkeypatch.setattr("esclusa.deploy.traffic.routing.SHARES", 2**33)

    with pytest.raises(StartFailed, match=r"the router refused its configuration: .*routes"):
        await target.apply(place.fleet(("old", 1.0)), 2)

    assert (await ask(port_of(seen))).release == "old"
    assert (await target.observe("production")).generation == 1
    monkeypatch.undo()
    assert (await target.apply(place.fleet(("old", 1.0)), 3)).router == "serving"


async def test_a_fleet_that_makes_no_sense_touches_nothing(place: Place) -> None:
    fleet = place.fleet(("new", 0.5), ("old", 0.4))
    with pytest.raises(UsageError, match=r"the weights of production sum to 0.9 instead of 1"):
        await place.target().apply(fleet, 1)
    assert not place.directory.exists()


async def test_programs_of_ours_are_kept_when_they_are_killed(place: Place) -> None:
    programs = Programs(place.directory)
    words = (sys.executable, "-I", "-c", "import time; print('at work', flush=True); time.sleep(600)")
    first = programs.put("controller", words, cwd=place.directory.parent)
    assert programs.put("controller", words, cwd=place.directory.parent).pid in (0, first.pid, pid_of(place))

    await until(programs.log("controller").is_file)
    await until(lambda: "at work" in programs.log("controller").read_text())
    before = pid_of(place)
    os.kill(before, signal.SIGKILL)
    await until(lambda: pid_of(place) not in (0, before))

    await until(lambda: programs.log("controller").read_text() == "at work\nat work\n")
    programs.remove("controller")
    assert programs.seen("controller") is None


async def test_a_directory_with_awkward_letters_will_do(tmp_path: Path) -> None:
    place = Place(tmp_path / "100 % sure'ly [x]" / ".esclusa")
    try:
        seen = await place.target().apply(place.fleet(("old", 1.0)), 1)
        assert (await ask(port_of(seen))).release == "old"
    finally:
        shut_down(place.directory)
    assert place.processes() == []


async def until(holds, seconds: float = 20.0) -> None:  # type: ignore[no-untyped-def]
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came true")


def pid_of(place: Place) -> int:
    seen = Programs(place.directory).seen("controller")
    return seen.pid if seen else 0


def state_of(place: Place) -> bytes:
    return (place.directory / "targets" / "production" / "state.json").read_bytes()


def supervisord_of(place: Place) -> int:
    return int((place.directory / "supervisor" / "supervisord.pid").read_text())


def kill_supervisord(place: Place) -> None:
    os.kill(supervisord_of(place), signal.SIGKILL)
    while Supervisor(place.directory).answers():
        pass
