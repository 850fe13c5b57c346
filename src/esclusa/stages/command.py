"""`uses: command`: any command, as a shell would run it in the checkout.

unit: pytest tests/unit
"""

import signal

from esclusa import shell
from esclusa.core.action import Task
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.project import Step
from esclusa.stages.workshop import Workshop

TAIL = 40
"""Lines of the output that are kept with a failure."""


class Command:
    """Runs it. It fails when the command ends with anything but 0."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._line: str = step.settings["run"]

    async def run(self, task: Task) -> Evidence:
        """What the command printed is the step's log."""
        finished = await shell.run(
            ("sh", "-c", self._line),
            directory=task.source or task.directory,
            variables=task.variables,
            say=task.say,
        )
        return Evidence() if finished.ok else Evidence(failure=_failure(task.step, finished))


def _failure(step: Step, finished: shell.Finished) -> Failure:
    ended = f"ended with {finished.code}"
    if finished.code < 0:
        ended = f"was killed by {signal.Signals(-finished.code).name}"
    return Failure(
        reason="step",
        message=f"the command {ended}",
        detail="\n".join(finished.output.splitlines()[-TAIL:]),
        mend=f"esclusa logs {step.id}",
        exit_code=finished.code,
    )
