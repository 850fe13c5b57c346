"""`esclusa monitor`: what a project looks like now, for Prometheus. Reads the store and asks the targets."""

from collections.abc import Callable
from importlib.resources import files

import anyio

from esclusa import __version__
from esclusa.core.errors import EsclusaError
from esclusa.core.events import Recorded
from esclusa.core.fleet import Observation
from esclusa.core.folds import fold_runs
from esclusa.core.rollout import Rollout
from esclusa.deploy.controller import LEASE
from esclusa.monitor.rules import alert_rules
from esclusa.monitor.scene import Place, Scene, past
from esclusa.monitor.server import exposition, serve
from esclusa.system import alive
from esclusa.workspace.opened import Opened

__all__ = ["Monitor", "alert_rules", "dashboard", "metrics", "serve_metrics"]


class Monitor:
    """Looks at one project again and again; of the journal it reads only what is new."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._events: list[Recorded] = []

    def look(self) -> Scene:
        """The project as it is now. A target that cannot be asked is a place without an observation."""
        store = self._opened.store
        last = self._events[-1].sequence if self._events else 0
        self._events += store.journal.read(after=last)
        runs = fold_runs(self._events, alive=alive, now=self._opened.clock.now())
        places = tuple(self._place(name) for name in self._opened.environments_ever)
        return Scene(
            project=runs[-1].project if runs else self._name(),
            version=__version__,
            places=places,
            past=past(self._events),
            runs=tuple(run for run in runs if run.verb == "run"),
            controlled=bool(store.lease.holder(LEASE)),
            decided=max((_decided(place.rollout) for place in places), default=0.0),
        )

    def _name(self) -> str:
        """The project's name before its first run; empty while its file is broken."""
        try:
            return self._opened.usable_project.name
        except EsclusaError:
            return ""

    def _place(self, name: str) -> Place:
        rollouts = self._opened.store.rollouts
        return Place(
            name=name,
            serving=rollouts.serving(name),
            rollout=rollouts.latest(name),
            observation=self._observation(name),
        )

    def _observation(self, name: str) -> Observation | None:
        try:
            return anyio.run(self._opened.target(self._opened.target_of(name)).observe, name)
        except EsclusaError:
            return None


def metrics(opened: Opened) -> bytes:
    """The metrics as they are now, in Prometheus' text format."""
    return exposition(Monitor(opened).look())


def dashboard() -> str:
    """A dashboard over the metrics, as the JSON that Grafana imports."""
    return (files("esclusa.monitor") / "dashboard.json").read_text()


def serve_metrics(opened: Opened, port: int, ready: Callable[[str], None]) -> None:
    """Serve them on the loopback address until told to stop. OutsideError when the port is taken."""
    serve(port, Monitor(opened).look, ready)


def _decided(rollout: Rollout | None) -> float:
    return max(rollout.since.timestamp(), rollout.judged) if rollout is not None else 0.0
