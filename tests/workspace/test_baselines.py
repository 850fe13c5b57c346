"""A commit as a baseline: the newest clean run of it, or of the nearest commit before it, that measured."""

import json
import subprocess
from functools import partial
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.events import RunFinished, RunStarted, StepFinished
from esclusa.core.evidence import Evidence, Rate
from esclusa.core.run import Outcome, StepState
from esclusa.evals.suite import Suite, load_suite
from esclusa.workspace.baselines import cases_of, reference
from esclusa.workspace.opened import Opened
from tests.workspace.projects import opened_project

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.invalid")


def git(root: Path, *words: str) -> str:
    return subprocess.run((*GIT, *words), cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, name: str) -> str:
    git(root, "commit", "-q", "--allow-empty", "-m", name)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "s.jsonl").write_text(json.dumps({"id": "a", "input": "x", "expected": "x"}) + "\n")
    (tmp_path / "s.yaml").write_text("dataset: s.jsonl\nscorers: [exact]\n")
    opened = opened_project(tmp_path)
    opened.make_state()
    return opened


def suite_in(opened: Opened) -> Suite:
    return load_suite(opened.root / "s.yaml")


def ran(opened: Opened, run: str, sha: str, *, dirty: bool = False, subject: str = "") -> None:
    """A run of the commit that measured the suite, or another one."""
    evidence = Evidence(
        subject=subject or suite_in(opened).subject,
        measurements={"accuracy": Rate(hits=1, n=1, cases={"a": 1.0})},
    )
    journal = opened.store.journal
    journal.append(RunStarted(run=run, project="p", commit=sha, dirty=dirty, steps=("eval.s",)))
    journal.append(StepFinished(run=run, step="eval.s", state=StepState.SUCCEEDED, evidence=evidence))
    journal.append(RunFinished(run=run, outcome=Outcome.PASSED))


def named(opened: Opened, word: str, step: str = "eval.other") -> str:
    found = anyio.run(partial(reference, opened, word, suite_in(opened), step, here=opened.root))
    assert cases_of(found) == {"a"}
    return found.name


def test_the_nearest_commit_before_it_that_was_measured_stands_for_it(opened: Opened) -> None:
    first = commit(opened.root, "first")
    second = commit(opened.root, "second")
    third = commit(opened.root, "third")
    ran(opened, "run-1", first)
    ran(opened, "run-2", second)
    ran(opened, "run-3", third, dirty=True)
    ran(opened, "run-4", third, subject="another suite")
    assert named(opened, "main") == f"main (commit {second[:8]}, run-2)"
    assert named(opened, first[:10]) == f"{first[:10]} (commit {first[:8]}, run-1)"


def test_the_step_of_that_name_stands_for_the_suite_when_its_questions_changed(opened: Opened) -> None:
    ran(opened, "run-1", commit(opened.root, "first"), subject="as it was")
    assert named(opened, "main", "eval.s").endswith("run-1)")


def test_a_commit_that_nothing_measured_is_no_baseline(opened: Opened) -> None:
    commit(opened.root, "first")
    with pytest.raises(
        UsageError, match=r"no run of main, or of the 1 commits up to it, measured this suite"
    ):
        named(opened, "main")


def test_a_run_that_measured_other_suites_says_which(opened: Opened) -> None:
    ran(opened, "run-1", commit(opened.root, "first"), subject="another suite")
    with pytest.raises(UsageError, match=r"run run-1 did not measure this suite; .* eval\.s\n"):
        named(opened, "run-1")


def test_a_part_that_names_several_runs_is_refused(opened: Opened) -> None:
    sha = commit(opened.root, "first")
    ran(opened, "run-1", sha)
    ran(opened, "run-2", sha)
    with pytest.raises(UsageError, match="'run-' names 2 runs"):
        named(opened, "run-")


def test_an_environment_where_nothing_is_stable_is_no_baseline(opened: Opened) -> None:
    with pytest.raises(UsageError, match="production cannot be compared with: nothing is stable there yet"):
        named(opened, "production")
