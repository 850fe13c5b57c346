"""`uses: artifact`, on a real repository and a real store."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import anyio

from esclusa.core.project import Step
from esclusa.core.release import Release
from esclusa.core.value import replace
from esclusa.stages.artifact import BuildArtifact
from esclusa.stages.workshop import Workshop
from tests.sources.conftest import git
from tests.stages.workshops import task, workshop

__all__ = ["git"]
STEP = Step(id="build.artifact", stage="build", uses="artifact")


def built(shop: Workshop, run: str) -> Release:
    evidence = anyio.run(BuildArtifact(shop, STEP).run, task(STEP, shop.root, run=run, commit="HEAD"))
    release = shop.releases.get(evidence.outputs["release"])
    assert release is not None
    return release


def test_a_sealed_release_that_is_built_again_stays_what_it_was_sealed_on(
    git: Callable[..., str], tmp_path: Path
) -> None:
    root = tmp_path / "repo"
    (root / "agent.py").write_text("")
    git("add", "agent.py")
    git("commit", "--quiet", "-m", "First")
    shop = workshop(root)
    first = built(shop, "run-1")
    assert (first.run, first.sealed, first.subject) == ("run-1", None, "First")
    sealed = replace(first, sealed=datetime(2026, 1, 1, tzinfo=UTC))
    shop.releases.add(sealed)
    (root / "tests").mkdir()
    (root / "tests" / "test_a.py").write_text("")
    git("add", "tests")
    git("commit", "--quiet", "-m", "Only a test")
    assert built(shop, "run-2") == sealed


def test_a_release_that_was_never_sealed_belongs_to_the_newest_run(
    git: Callable[..., str], tmp_path: Path
) -> None:
    root = tmp_path / "repo"
    (root / "agent.py").write_text("")
    git("add", "agent.py")
    git("commit", "--quiet", "-m", "First")
    shop = workshop(root)
    assert [built(shop, run).run for run in ("run-1", "run-2")] == ["run-1", "run-2"]
