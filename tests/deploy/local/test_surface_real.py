"""What the real programs of a project show of themselves: where they listen, and who has the secrets."""

import os
import stat
from pathlib import Path

import pytest

from esclusa.config.secrets import Secrets
from esclusa.core.fleet import Service
from esclusa.core.value import replace
from esclusa.deploy.targets.local import LocalTarget
from esclusa.deploy.targets.local.supervisor import Supervisor
from esclusa.system import SystemClock
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import ask
from tests.processes import LOOPBACK, listening

pytestmark = [pytest.mark.real, pytest.mark.anyio]

CANARY = "canary-5e1f0c77"


def pids(place: Place) -> set[int]:
    """Those that name the place, and all that they started."""
    found = {int(line.partition(" ")[0]) for line in place.processes()}
    parents = {}
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                state = (process / "stat").read_bytes().rpartition(b") ")[2].split()
            except OSError:
                continue
            parents[int(process.name)] = int(state[1])
    while more := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= more
    return found


def commands(place: Place) -> bytes:
    return b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids(place))


async def test_every_socket_of_a_project_is_on_loopback_or_in_a_directory_of_ours(place: Place) -> None:
    service = Service(name="model", program=place.program("model"), variable="MODEL_URL", key="k")
    seen = await place.target().apply(place.fleet(("old", 1.0), replicas=2, services=(service,)), 1)

    answer = await ask(port_of(seen))
    found = listening(pids(place))
    assert {address for address, _ in found} == {LOOPBACK}
    # The router, two replicas and the service: Envoy's administration and supervisord have no port.
    assert len(found) == 4
    assert {port_of(seen), int(answer.variables["MODEL_URL"].rpartition(":")[2])} < {
        port for _, port in found
    }
    private = Supervisor(place.directory).private
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    sockets = {one.name: one.stat() for one in private.iterdir() if stat.S_ISSOCK(one.lstat().st_mode)}
    assert {stat.S_IMODE(one.st_mode) for one in sockets.values()} == {0o600}


async def test_a_secret_reaches_who_asked_for_it_and_nobody_else(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it is with a person who deploys: the secret is in the environment of esclusa itself.
    monkeypatch.setenv("CANARY", CANARY)
    target = LocalTarget(place.directory, SystemClock(), Secrets(os.environ, tmp_path))
    service = Service(name="model", program=place.program("model"), variable="MODEL_URL", key="k")
    asking = replace(place.program("old"), secrets={"TOKEN": "env:CANARY"})
    fleet = place.fleet(("old", 0.5), ("new", 0.5), programs={"old": asking}, services=(service,))
    await target.apply(fleet, 1)
    other = await target.apply(place.fleet(("new", 1.0), environment="staging"), 1)

    assert "TOKEN" not in (await ask(port_of(other))).variables
    having = {}
    for pid in pids(place):
        surroundings = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        if held := [one.partition(b"=")[0].decode() for one in surroundings if CANARY.encode() in one]:
            name = next((one.decode() for one in surroundings if one.startswith(b"NAME=")), str(pid))
            having[name] = held
    assert having == {"NAME=old": ["TOKEN"]}
    assert CANARY.encode() not in commands(place)
    written = [
        path
        for base in (place.directory, Supervisor(place.directory).private)
        for path in base.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    # Replicas are restarted when nobody is there to ask, so that one file keeps it, for its owner alone.
    assert {path.parent.relative_to(place.directory).as_posix() for path in written} <= {"supervisor/secrets"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} <= {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in written} <= {0o700}
