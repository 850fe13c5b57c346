"""A project on disk with a real store, and no program that runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from esclusa.core.events import RolloutMoved
from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.release import Release
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.deploy.engine import created
from esclusa.workspace.opened import Opened
from tests.fakes import FakeClock

FILE = """
project: p
agent: {serve: "agent {port}", ask: {openai: /}}
environments: {production: {}}
stages: {source: [checkout], build: [artifact], deploy: [production]}
"""
NAMES = ("a", "b", "c", "d", "e")


def opened_project(root: Path) -> Opened:
    """A project whose file is right."""
    (root / "esclusa.yaml").write_text(FILE)
    return Opened(root=root, clock=FakeClock())


def opened_with_releases(root: Path) -> Opened:
    """Five releases with their files and environments, oldest first."""
    opened = opened_project(root)
    for age, name in enumerate(NAMES):
        content = root / name
        content.write_text(name)
        environment = opened.state / "environments" / name
        environment.mkdir(parents=True)
        opened.store.releases.add(
            Release(
                id=name * 64,
                project="p",
                commit=name,
                sealed=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=age),
                artifact=opened.store.artifacts.put(content).path,
                environment=str(environment),
            )
        )
    return opened


def roll_out(
    opened: Opened, name: str, state: RolloutState, environment: str = "production", run: str = ""
) -> Rollout:
    """A rollout of the release of that letter, as it stands."""
    fleet = Fleet(environment=environment, port=0)
    now = opened.clock.now()
    rollout = Rollout(
        id=f"to-{name}",
        project="p",
        environment=environment,
        candidate=name * 64,
        stable=opened.store.rollouts.serving(environment),
        spec=StrategySpec(name="direct", uses="direct"),
        phases=(),
        run=run,
        restore=fleet,
        state=state,
        started=now,
        since=now,
    )
    opened.store.rollouts.create(rollout, created(rollout))
    moved = RolloutMoved(rollout=rollout.id, state=state, position=0, share=1.0)
    opened.store.rollouts.record(rollout, moved)
    return rollout
