"""A place for a local target, and the promise that nothing of it is left when the test is over."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from socket import socket

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet, Health, Observation, Program, Route, Service, Workload
from esclusa.core.secret import Secret
from esclusa.deploy.targets.local import LocalTarget, shut_down
from esclusa.deploy.targets.local.supervisor import Supervisor
from esclusa.system import SystemClock

REPLICA = Path(__file__).with_name("replica.py")
STICKY = "X-Conversation-Id"


class Secrets:
    """A vault of the test's own."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = dict(known)

    def get(self, reference: str) -> Secret:
        if reference not in self.known:
            raise ConfigurationError(f"{reference} is not there")
        return Secret(self.known[reference])


class Place:
    """A project's state directory, and fleets of tiny agents to put there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.secrets = Secrets({"env:TOKEN": "s3cret"})

    def target(self) -> LocalTarget:
        """As another process would have it: knows only what is on disk."""
        return LocalTarget(self.directory, SystemClock(), self.secrets)

    def program(self, name: str, **variables: str) -> Program:
        return Program(
            argv=(sys.executable, "-I", "-S", str(REPLICA), "{port}"),
            directory=str(REPLICA.parent),
            variables={"NAME": name, **variables},
            health=Health(start=60.0, timeout=5.0),
        )

    def fleet(
        self,
        *weights: tuple[str, float],
        environment: str = "production",
        replicas: int = 1,
        port: int = 0,
        programs: Mapping[str, Program] | None = None,
        services: tuple[Service, ...] = (),
    ) -> Fleet:
        programs = programs or {}
        return Fleet(
            environment=environment,
            port=port,
            workloads=tuple(
                Workload(release=name, program=programs.get(name, self.program(name)), replicas=replicas)
                for name, _ in weights
            ),
            route=Route(weights=weights, sticky=STICKY) if weights else None,
            services=services,
            drain=5.0,
        )

    def processes(self) -> list[str]:
        """Every process of this machine that has to do with this place."""
        found = []
        for process in Path("/proc").iterdir():
            if process.name.isdecimal() and int(process.name) != os.getpid():
                try:
                    words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                    surroundings = (process / "environ").read_bytes().decode("utf-8", "replace")
                except OSError:
                    continue
                ours = (
                    str(self.directory),
                    str(Supervisor(self.directory).private),
                    f"PLACE={self.directory}",
                )
                if any(mark in words or mark in surroundings for mark in ours):
                    found.append(f"{process.name} {words}")
        return found


def port_of(seen: Observation) -> int:
    """Where an environment answers."""
    assert seen.endpoint is not None
    return int(seen.endpoint.url.rpartition(":")[2])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Everything in it is stopped at the end, however the test ends."""
    place = Place(tmp_path / ".esclusa")
    try:
        yield place
    finally:
        shut_down(place.directory)
        assert place.processes() == []


@pytest.fixture
def port() -> int:
    """A port that nobody has just now."""
    with closing(socket()) as trying:
        trying.bind(("127.0.0.1", 0))
        number: int = trying.getsockname()[1]
        return number
