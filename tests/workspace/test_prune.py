"""Pruning, on a real store: what serves, would be gone back to, or is on its way stays, however old."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from esclusa.core.events import RolloutMoved
from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.release import Release
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.workspace.opened import Opened
from esclusa.workspace.prune import prune
from tests.fakes import FakeClock

FILE = """
project: p
agent: {serve: "python a.py {port}", ask: {openai: /}}
environments: {production: {}}
stages: {source: [checkout], build: [artifact], deploy: [production]}
"""
NAMES = ("a", "b", "c", "d", "e")


def opened_with_releases(root: Path) -> Opened:
    """Five releases with their files and environments, oldest first."""
    (root / "esclusa.yaml").write_text(FILE)
    opened = Opened(root=root, clock=FakeClock())
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


def roll_out(opened: Opened, name: str, state: RolloutState) -> None:
    fleet = Fleet(environment="production", port=0)
    now = opened.clock.now()
    rollout = Rollout(
        id=f"to-{name}",
        project="p",
        environment="production",
        candidate=name * 64,
        stable=opened.store.rollouts.serving("production"),
        spec=StrategySpec(name="direct", uses="direct"),
        phases=(),
        restore=fleet,
        state=state,
        started=now,
        since=now,
    )
    opened.store.rollouts.create(rollout)
    moved = RolloutMoved(rollout=rollout.id, state=state, position=0, share=1.0)
    opened.store.rollouts.record(rollout, moved)


def test_only_releases_that_nothing_needs_are_removed_with_their_files(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    roll_out(opened, "a", RolloutState.PROMOTED)
    roll_out(opened, "b", RolloutState.PROMOTED)
    roll_out(opened, "c", RolloutState.BAKING)
    gone = prune(opened, keep=1)
    assert gone == ("release dddddddddddd", "environment d")
    assert [release.id[0] for release in opened.store.releases.all()] == ["e", "c", "b", "a"]
    assert sorted(path.name for path in (opened.state / "environments").iterdir()) == ["a", "b", "c", "e"]


def test_a_dry_run_says_the_same_and_removes_nothing(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    assert prune(opened, keep=4, dry_run=True) == ("release aaaaaaaaaaaa", "environment a")
    assert len(opened.store.releases.all()) == 5


def test_what_is_left_of_evaluations_and_of_old_runs_goes(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    (opened.state / "targets" / "eval-quality-run-1").mkdir(parents=True)
    (opened.state / "targets" / "production").mkdir()
    (opened.state / "runs" / "run-1").mkdir(parents=True)
    assert prune(opened, keep=5) == ("run run-1", "logs of eval-quality-run-1")
    assert [path.name for path in (opened.state / "targets").iterdir()] == ["production"]
