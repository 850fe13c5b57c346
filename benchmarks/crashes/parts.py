"""The real parts of a scene, as every process of it opens them: store, programs, target, log."""

from pathlib import Path

from esclusa.config.secrets import Secrets
from esclusa.deploy.stops import Hook, never
from esclusa.deploy.targets.local import LocalTarget, Programs, access_log
from esclusa.deploy.witness import TrafficLog
from esclusa.store.store import open_store
from esclusa.system import SystemClock


class Parts:
    """All of one state directory."""

    def __init__(self, state: Path, hook: Hook = never) -> None:
        clock = SystemClock()
        self.state = state
        self.store = open_store("", state, clock)
        self.programs = Programs(state)
        self.target = LocalTarget(state, clock, Secrets({}, state), hook=hook)

    def traffic(self, environment: str) -> TrafficLog:
        """The router's log of an environment."""
        return access_log(self.state, environment)
