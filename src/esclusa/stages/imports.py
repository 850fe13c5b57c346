"""`uses: import`: results of another eval tool, which a step before wrote, as evidence for the gates.

    promptfoo: {run: npx promptfoo eval -o results.json, cache: false}
    answers: {uses: import, from: [results.json], metrics: {accuracy: passed, tone: tone}, needs: [promptfoo]}

It asks nothing of the release: what the files are about is between them and who wrote them.
"""

from collections.abc import Mapping

import anyio.to_thread

from esclusa.core.action import Task
from esclusa.core.errors import ConfigurationError, StepFailed
from esclusa.core.evidence import Evidence
from esclusa.core.project import Step
from esclusa.evals.imports.evidence import evidence
from esclusa.evals.imports.files import read_files
from esclusa.stages.workshop import Workshop


class ImportResults:
    """Reads them from the checkout."""

    def __init__(self, workshop: Workshop, step: Step) -> None:  # noqa: ARG002
        self._patterns: tuple[str, ...] = tuple(step.settings["from"])
        self._metrics: Mapping[str, str] = step.settings["metrics"]

    async def run(self, task: Task) -> Evidence:
        """The measurements; StepFailed names the file and the place of what cannot be read."""
        if task.source is None:
            raise StepFailed("there is no checkout to read from", mend="put `checkout:` in the source stage")
        try:
            outcomes = await anyio.to_thread.run_sync(read_files, task.source, self._patterns)
            found = evidence(outcomes, self._metrics)
        except ConfigurationError as error:  # a tool wrote the file, so it is the step that failed
            raise StepFailed(_placed(error), mend=error.mend) from error
        files = len({outcome.file for outcome in outcomes})
        task.say(f"{len(outcomes)} results in {files} file{'' if files == 1 else 's'}")
        for note in found.coverage.notes if found.coverage else ():
            task.say(note)
        return found


def _placed(error: ConfigurationError) -> str:
    """The message with its place, and without the mend."""
    return str(ConfigurationError(error.message, file=error.file, line=error.line, key=error.key))
