"""`uses: sbom`: a CycloneDX bill of materials of the release, from its lock."""

from pathlib import Path

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence
from esclusa.core.project import Step
from esclusa.core.value import replace
from esclusa.releases.sbom import Material, write_sbom
from esclusa.sources.lock import Lock, parse
from esclusa.stages.workshop import Workshop


class WriteSbom:
    """Writes the bill and keeps it in the artifact store."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._step = step

    async def run(self, task: Task) -> Evidence:
        """Artifacts: `sbom`, CycloneDX 1.6 JSON."""
        release = task.output("release")
        if not release:
            raise StepFailed("there is no release to describe", mend="let the step need `build.artifact`")
        path = task.output("lock_file")
        lock = parse(Path(path).read_text()) if path else Lock()
        materials = tuple(
            Material(name=package.name, version=package.version, digests=package.digests)
            for package in lock.packages
        )
        bill = task.directory / "sbom.cdx.json"
        bill.write_text(write_sbom(self._workshop.project.name, release, materials))
        kept = replace(self._workshop.artifacts.put(bill), media_type="application/vnd.cyclonedx+json")
        task.say(f"{len(materials)} components")
        return Evidence(artifacts={"sbom": kept})
