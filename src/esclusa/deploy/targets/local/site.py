"""A site: one environment on this machine, with all that the rooms of the local target share about it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from esclusa.core.errors import StateError
from esclusa.core.ports import Clock
from esclusa.deploy.stops import Hook, never
from esclusa.deploy.targets.local.ports import free_ports
from esclusa.deploy.targets.local.state import Ledger, State
from esclusa.deploy.targets.local.supervisor import Seen, Supervisor
from esclusa.deploy.targets.local.vault import Vault
from esclusa.deploy.traffic.envoy import Router
from esclusa.deploy.traffic.routing import Routing

ENDED = frozenset({"BACKOFF", "EXITED", "FATAL", "STOPPED", "UNKNOWN"})
"""supervisord's words for a program that does not run."""
IDLE = ENDED | {"UNWATCHED"}


class PortLost(Exception):
    """Between choosing a port and taking it, or while nothing ran here, somebody else took it."""


@dataclass(frozen=True)
class Site:
    """Where an environment is, and who helps with it."""

    home: Path
    """The project's state directory."""
    environment: str
    address: str
    supervisor: Supervisor
    vault: Vault
    clock: Clock
    hook: Hook = never
    """Called between the effects of an application (deploy.stops)."""

    @property
    def directory(self) -> Path:
        """All that belongs to the environment."""
        return self.home / "targets" / self.environment

    @property
    def ledger(self) -> Ledger:
        """Its state."""
        return Ledger(self.directory, self.environment)

    @property
    def prefix(self) -> str:
        """How the names of its programs begin."""
        return f"{self.environment}@"

    def log(self, program: str) -> Path:
        """Where a program writes."""
        return self.directory / "logs" / f"{program.removeprefix(self.prefix)}.log"

    @property
    def router_log(self) -> Path:
        """Where the router writes, whichever it is."""
        return self.log("router")

    def router(self, state: State) -> Router:
        """The router's places."""
        return Router(
            address=self.address,
            port=state.port,
            directory=str(self.directory / "router"),
            admin=admin_socket(self.supervisor, self.environment),
        )

    def told(self, state: State) -> Routing:
        """What the router was told last."""
        if state.routing is None:
            raise StateError(
                f"the router of {self.environment} was never told its routes", mend="deploy again"
            )
        return state.routing

    def seen(self) -> Mapping[str, Seen]:
        """Every program of the environment, by name."""
        return self.supervisor.seen(self.prefix)

    def lost(self, seen: Mapping[str, Seen]) -> set[str]:
        """Of the programs that were seen, those that cannot run because somebody has their port."""
        state = self.ledger.read()
        ours = {one.program for one in (*state.replicas, *state.services)} | {state.router}
        return {name for name in ours & seen.keys() if seen[name].lost_port}

    def free_port(self, state: State, kept: int) -> int:
        """One that nobody has and that is not `kept` for the router; others begin to look elsewhere."""
        used = {one.port for one in (*state.replicas, *state.services)} | {state.port, kept}
        seed = int.from_bytes(hashlib.sha256(str(self.directory).encode()).digest()[:4]) + 17 * state.serial
        return next(port for port in free_ports(seed) if port not in used)


def admin_socket(supervisor: Supervisor, environment: str) -> str:
    """Where the router of an environment is asked about itself."""
    digest = hashlib.sha256(environment.encode()).hexdigest()[:8]
    return str(supervisor.private / f"{digest}.sock")
