"""Pruning, on a real store: what serves, would be gone back to, or is on its way stays, however old."""

from functools import partial
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.events import RunFinished, RunStarted, StepFinished
from esclusa.core.evidence import Evidence
from esclusa.core.rollout import RolloutState
from esclusa.core.run import Outcome, StepState
from esclusa.workspace.opened import Opened
from esclusa.workspace.prune import prune
from tests.workspace.projects import opened_with_releases, roll_out


def pruned(opened: Opened, keep: int, *, dry_run: bool = False) -> tuple[str, ...]:
    return anyio.run(partial(prune, opened, keep=keep, dry_run=dry_run))


def test_only_releases_that_nothing_needs_are_removed_with_their_files(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    roll_out(opened, "a", RolloutState.PROMOTED)
    roll_out(opened, "b", RolloutState.PROMOTED)
    roll_out(opened, "c", RolloutState.BAKING)
    gone = pruned(opened, 1)
    assert gone == ("release dddddddddddd", "environment d")
    assert [release.id[0] for release in opened.store.releases.all()] == ["e", "c", "b", "a"]
    assert sorted(path.name for path in (opened.state / "environments").iterdir()) == ["a", "b", "c", "e"]


def test_the_answers_of_a_release_go_with_it(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    for release in opened.store.releases.all():
        opened.store.answers.put(release.id, {release.id: "yes"})
    ids = [release.id for release in opened.store.releases.all()]
    pruned(opened, 4)
    assert [opened.store.answers.get(one) for one in ids] == ["yes"] * 4 + [None]


def test_a_dry_run_says_the_same_and_removes_nothing(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    assert pruned(opened, 4, dry_run=True) == ("release aaaaaaaaaaaa", "environment a")
    assert len(opened.store.releases.all()) == 5


def test_what_is_left_of_evaluations_and_of_old_runs_goes(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    (opened.state / "targets" / "eval-quality-run-1").mkdir(parents=True)
    (opened.state / "targets" / "production").mkdir()
    (opened.state / "runs" / "run-1").mkdir(parents=True)
    assert pruned(opened, 5) == ("run run-1", "logs of eval-quality-run-1")
    assert [path.name for path in (opened.state / "targets").iterdir()] == ["production"]


def test_the_logs_of_a_run_whose_results_a_kept_run_used_again_stay(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    for run, cached in (("run-1", False), ("run-2", False), ("run-3", True)):
        (opened.state / "targets" / f"eval-quality-{run}").mkdir(parents=True)
        (opened.state / "runs" / run).mkdir(parents=True)
        opened.store.journal.append(
            RunStarted(run=run, project="p", commit="c", steps=("eval.quality",)),
            StepFinished(
                run=run,
                step="eval.quality",
                state=StepState.SUCCEEDED,
                evidence=Evidence(),
                cached=cached,
                key="other" if run == "run-2" else "same",
            ),
            RunFinished(run=run, outcome=Outcome.PASSED),
        )
    gone = [one for one in pruned(opened, 1) if "run" in one]
    assert gone == ["run run-2", "logs of eval-quality-run-2"]


def test_an_environment_that_the_file_does_not_name_any_more_still_counts(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    roll_out(opened, "a", RolloutState.PROMOTED, "before")
    roll_out(opened, "b", RolloutState.PROMOTED, "eval-of-old")
    (opened.state / "targets" / "eval-of-old").mkdir(parents=True)
    assert pruned(opened, 2) == ("release cccccccccccc", "environment c")


def test_nothing_is_pruned_while_a_run_is_under_way(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    epoch = opened.store.lease.take("run", "1@another-host:1", 60.0)
    assert epoch is not None
    with pytest.raises(UsageError, match="another run is under way"):
        pruned(opened, 0)
    assert len(opened.store.releases.all()) == 5
    opened.store.lease.release("run", epoch)
    assert len(pruned(opened, 0)) == 10
