"""A commit as a run names it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio
import pytest

from esclusa.core.project import Step
from esclusa.stages.artifact import BuildArtifact
from esclusa.stages.checkout import Checkout
from esclusa.stages.named import without_secrets
from esclusa.system import SystemClock
from esclusa.workspace.opened import Opened
from esclusa.workspace.run import wanted
from tests.sources.conftest import git
from tests.stages.workshops import task, workshop

__all__ = ["git"]
TOKEN = "npm_" + "dXt5yN84Bl3WWWqWibY6" + "PFcv7DJzk3i8ju6B"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"publish with {TOKEN} and {TOKEN}", "publish with ••• and •••"),
        ("Order numbers as customers write them; búsqueda is back", None),
        ("", None),
    ],
)
def test_a_secret_in_a_subject_is_masked_and_all_else_stays(said: str, shown: str | None) -> None:
    assert without_secrets(said) == (said if shown is None else shown)


def test_a_run_and_what_it_checks_out_and_builds_name_their_commit_without_the_secret(
    git: Callable[..., str], tmp_path: Path
) -> None:
    root = tmp_path / "repo"
    (root / "agent.py").write_text("")
    git("add", "agent.py")
    git("commit", "--quiet", "-m", f"publish with {TOKEN}")
    shop = workshop(root)
    checkout, artifact = (Step(id=f"s.{uses}", stage="s", uses=uses) for uses in ("checkout", "artifact"))
    checked_out = anyio.run(Checkout(shop, checkout).run, task(checkout, root, commit="HEAD"))
    built = anyio.run(BuildArtifact(shop, artifact).run, task(artifact, root, commit="HEAD"))
    release = shop.releases.get(built.outputs["release"])
    opened = Opened(root=root, clock=SystemClock())
    asked = anyio.run(partial(wanted, opened, commit="HEAD", dirty=False, until="", resume=None))
    assert release is not None
    assert [checked_out.outputs["subject"], release.subject, asked.commit.subject] == ["publish with •••"] * 3
