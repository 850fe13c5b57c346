"""`uses: dependencies`: a lock is resolved once for the same requirements."""

from pathlib import Path

import anyio
import pytest

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence
from esclusa.core.project import Step
from esclusa.sources.lock import Lock, question
from esclusa.stages.dependencies import Dependencies
from tests.stages.workshops import task, workshop

STEP = Step(
    id="source.dependencies",
    stage="source",
    uses="dependencies",
    settings={"requirements": ["requirements.txt"]},
)


def run(root: Path, asked: Task) -> Evidence:
    return anyio.run(Dependencies(workshop(root), STEP).run, asked)


def test_the_kept_lock_is_taken_and_its_environment_is_the_output(tmp_path: Path) -> None:
    lock = Lock()
    (tmp_path / "requirements.txt").write_text("nowhere-to-be-found\n")
    kept = tmp_path / ".esclusa" / "locks" / f"{question(tmp_path, ['requirements.txt'], [])[:16]}.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text(lock.text)
    environment = tmp_path / ".esclusa" / "environments" / lock.hash[:16]
    environment.mkdir(parents=True)
    (environment / "esclusa-complete").write_text(lock.hash)
    assert run(tmp_path, task(STEP, tmp_path)) == Evidence(
        outputs={"lock": lock.hash, "lock_file": str(kept), "environment": str(environment)}
    )


def test_without_a_checkout_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="add `checkout:` before it"):
        run(tmp_path, task(STEP, tmp_path, source=None))
