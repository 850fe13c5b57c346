"""`uses: command`: any command, as a shell would run it in the checkout.

    unit: pytest tests/unit
    lint: {run: make lint, junit: reports/lint.xml}

It runs with the environment of the lock on its PATH. JUnit XML is read where there is one; pytest is asked.
"""

import shlex
import signal
from pathlib import Path

from esclusa import shell
from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.project import Step
from esclusa.core.value import replace
from esclusa.reports.junit_xml import read
from esclusa.stages.workshop import Workshop

TAIL = 40
"""Lines of the output that are kept with a failure."""
NAMED = 3
"""Failed tests that a failure names."""


class Command:
    """Runs it. It fails when the command ends with anything but 0."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._line: str = step.settings["run"]
        self._junit: str = step.settings.get("junit", "")

    async def run(self, task: Task) -> Evidence:
        """What the command printed is the step's log; what its JUnit XML says is measured."""
        directory = task.source or task.directory
        report = directory / self._junit if self._junit else task.directory / "junit.xml"
        report.unlink(missing_ok=True)
        finished = await shell.run(
            ("sh", "-c", self._asked(report)),
            directory=directory,
            variables=_with_environment(task),
            say=task.say,
        )
        evidence = read(report.read_bytes()) if report.is_file() else Evidence()
        if not finished.ok:
            return replace(evidence, failure=_failure(task.step, finished, evidence))
        if self._junit and not report.is_file():
            raise StepFailed(f"it wrote no {self._junit}", mend="correct `junit`, or take it away")
        return evidence

    def _asked(self, report: Path) -> str:
        words = self._line.split()
        runs_pytest = words[:1] == ["pytest"] or words[:3] == ["python", "-m", "pytest"]
        plain = not any(sign in self._line for sign in ";|&<>\n#")
        if runs_pytest and plain and not self._junit and "--junit" not in self._line:
            return f"{self._line} --junitxml={shlex.quote(str(report))}"
        return self._line


def _with_environment(task: Task) -> dict[str, str]:
    environment = task.output("environment")
    if not environment:
        return dict(task.variables)
    path = f"{environment}/bin:{task.variables.get('PATH', '/usr/local/bin:/usr/bin:/bin')}"
    return {**task.variables, "VIRTUAL_ENV": environment, "PATH": path}


def _failure(step: Step, finished: shell.Finished, evidence: Evidence) -> Failure:
    ended = f"ended with {finished.code}"
    if finished.code < 0:
        ended = f"was killed by {signal.Signals(-finished.code).name}"
    failed = [finding.rule for finding in evidence.findings]
    more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    named = f": {', '.join(failed[:NAMED])}{more}" if failed else ""
    return Failure(
        reason="step",
        message=f"the command {ended}{named}",
        detail="\n".join(finished.output.splitlines()[-TAIL:]),
        mend=f"esclusa logs {step.id}",
        exit_code=finished.code,
    )
