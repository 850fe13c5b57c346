"""`uses: artifact`: the release's parts collected from the commit and kept under one content hash.

    artifact: {exclude: [evals, tests]}

It lays the commit out once more for itself: what tests or tools left in the run's checkout never ships.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import anyio.to_thread

from esclusa.core.action import Task
from esclusa.core.evidence import Evidence
from esclusa.core.project import Step
from esclusa.core.release import Release
from esclusa.core.value import replace
from esclusa.releases.build import Served, build, part_digests
from esclusa.sources.git import lay_out, lay_out_again
from esclusa.stages.named import named_commit
from esclusa.stages.workshop import Workshop

NEVER_SHIPS = ("esclusa.yaml", ".esclusa", ".gitignore")


class BuildArtifact:
    """Builds the release. It is sealed later, with the judgements of the gates it passes."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._exclude: Sequence[str] = step.settings.get("exclude", ("tests", "evals"))

    async def run(self, task: Task) -> Evidence:
        """Outputs: `release` (its id). Artifacts: `release`."""
        workshop = self._workshop
        clean, built = task.directory / "clean", task.directory / "release"
        for left in (clean, built):
            shutil.rmtree(left, ignore_errors=True)
        commit = await named_commit(workshop.root, task.commit)
        if workshop.snapshot is not None:
            await anyio.to_thread.run_sync(lay_out_again, workshop.snapshot, clean)
        else:
            await lay_out(workshop.root, commit, clean)
        served = Served(agent=workshop.project.agent, services=workshop.project.services)
        manifest = build(clean, _lock(task), served, built, exclude=[*NEVER_SHIPS, *self._exclude])
        artifact = workshop.artifacts.put(built)
        for done in (clean, built):
            shutil.rmtree(done, ignore_errors=True)
        self._remember(
            Release(
                id=manifest.id,
                project=workshop.project.name,
                commit=commit.sha,
                dirty=workshop.dirty,
                subject=commit.subject,
                run=task.run,
                lock=task.output("lock"),
                parts=part_digests(manifest),
                artifact=artifact.path,
                environment=task.output("environment"),
            )
        )
        files = sum(len(part) for part in manifest.parts.values())
        task.say(f"release {manifest.id[:12]}: {files} files")
        return Evidence(artifacts={"release": artifact}, outputs={"release": manifest.id})

    def _remember(self, release: Release) -> None:
        """Built again, a sealed release stays sealed: it may be the baseline of this very run."""
        known = self._workshop.releases.get(release.id)
        if known is not None and known.sealed is not None:
            release = replace(known, artifact=release.artifact, environment=release.environment)
        if release != known:
            self._workshop.releases.add(release)


def _lock(task: Task) -> str:
    path = task.output("lock_file")
    return Path(path).read_text() if path else ""
