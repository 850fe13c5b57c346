"""`esclusa run --detach`: what is started, and what is found wrong before."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.rollout import Decision
from esclusa.core.run import Run
from esclusa.sources.git import Commit
from esclusa.workspace.detach import run_words
from esclusa.workspace.run import Wanted, configured, tree_of, wanted
from tests.sources.conftest import git as git
from tests.sources.test_git import Git
from tests.workspace.projects import FILE, Opened, opened_project

COMMIT = Commit(sha="c" * 40, tree="t", subject="First")
BEFORE = Run(id="run-1", project="p", commit=COMMIT.sha, started=datetime(2026, 1, 1, tzinfo=UTC))


def test_the_child_runs_the_very_commit_that_was_named(tmp_path: Path) -> None:
    asked = Wanted(run="run-1", commit=COMMIT, dirty=True, until="eval", before=None)
    assert run_words(asked, tmp_path / "reports", True) == (
        "run",
        "--id=run-1",
        f"--commit={COMMIT.sha}",
        "--dirty",
        "--until=eval",
        f"--report={tmp_path}/reports",
        "--json",
    )


def test_a_run_that_goes_on_keeps_its_name() -> None:
    asked = Wanted(run="run-1", commit=COMMIT, dirty=True, until="eval", before=BEFORE)
    assert run_words(asked, None, False) == ("run", "--resume=run-1")


def test_a_run_that_goes_on_in_spite_of_a_freeze_keeps_its_reason() -> None:
    override = Decision(verb="override", by="ana", reason="customers --cannot pay")
    asked = Wanted(run="run-1", commit=COMMIT, dirty=True, until="", before=BEFORE, override=override)
    assert run_words(asked, None, False) == (
        "run",
        "--resume=run-1",
        "--override=customers --cannot pay",
    )


def looked_at(opened: Opened, until: str = "") -> None:
    async def look() -> None:
        asked = await wanted(opened, commit="HEAD", dirty=False, until=until, resume=None, run_id="run-1")
        await configured(opened, asked)

    anyio.run(look)


@pytest.mark.parametrize(
    ("file", "until", "said"),
    [
        (FILE, "evil", "there is no stage 'evil'"),
        (FILE + "gatez: {}\n", "", r"in commit .{12}: esclusa\.yaml:6: .*gatez"),
    ],
    ids=["an unknown stage", "a wrong file in the commit"],
)
def test_what_is_wrong_is_said_before_anything_starts_and_leaves_nothing(
    git: Git, tmp_path: Path, file: str, until: str, said: str
) -> None:
    opened = opened_project(tmp_path / "repo")
    (opened.root / "esclusa.yaml").write_text(file)
    git("add", "esclusa.yaml")
    git("commit", "--quiet", "-m", "First")
    with pytest.raises(UsageError, match=said):
        looked_at(opened, until)
    assert list((opened.state / "runs").iterdir()) == []


def test_of_a_run_that_was_there_before_only_the_configuration_goes(git: Git, tmp_path: Path) -> None:
    opened = opened_project(tmp_path / "repo")
    git("add", "esclusa.yaml")
    git("commit", "--quiet", "-m", "First")
    log = opened.state / "runs" / "run-1" / "log"
    log.parent.mkdir(parents=True)
    log.write_text("of yesterday")
    with pytest.raises(UsageError):
        looked_at(opened, "evil")
    assert [path.name for path in log.parent.iterdir()] == ["log"]


def test_a_dirty_run_is_one_work_tree_from_its_beginning_to_the_end_of_its_resumption(
    git: Git, tmp_path: Path
) -> None:
    opened = opened_project(tmp_path / "repo")
    git("add", "esclusa.yaml")
    git("commit", "--quiet", "-m", "First")
    (opened.root / "prompt.txt").write_text("as it was")
    asked = Wanted(run="run-1", commit=COMMIT, dirty=True, until="", before=None)
    anyio.run(configured, opened, asked)
    (opened.root / "prompt.txt").write_text("as it is today")
    (opened.root / "esclusa.yaml").write_text("broken today")
    resumed = replace(asked, before=BEFORE)
    checked, _ = anyio.run(configured, opened, resumed)
    assert checked.project.name == "p"
    assert (tree_of(opened, "run-1") / "prompt.txt").read_text() == "as it was"
    shutil.rmtree(tree_of(opened, "run-1"))
    with pytest.raises(UsageError, match="the work tree that run run-1 began with is not kept any more"):
        anyio.run(configured, opened, resumed)


def test_what_a_dirty_run_began_with_outlives_a_resumption_that_is_refused(git: Git, tmp_path: Path) -> None:
    opened = opened_project(tmp_path / "repo")
    git("add", "esclusa.yaml")
    git("commit", "--quiet", "-m", "First")
    asked = Wanted(run="run-1", commit=COMMIT, dirty=True, until="", before=None)
    anyio.run(configured, opened, asked)
    with pytest.raises(UsageError):
        anyio.run(configured, opened, replace(asked, until="evil", before=BEFORE))
    assert tree_of(opened, "run-1").is_dir()
