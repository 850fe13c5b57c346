"""`esclusa run`."""

import os
import subprocess
import sys
from pathlib import Path

import anyio

from esclusa.cli.commands.show import page
from esclusa.cli.output import console, print_line, safe
from esclusa.cli.progress import progress
from esclusa.core.run import Outcome, Run, StepState
from esclusa.workspace.logs import logs
from esclusa.workspace.opened import Opened, open_project
from esclusa.workspace.report import write_reports
from esclusa.workspace.run import new_run_id, run
from esclusa.workspace.show import show

EXIT = {Outcome.PROMOTED: 0, Outcome.PASSED: 0, Outcome.INTERRUPTED: 130, Outcome.RUNNING: 130}
TAIL = 30
"""Lines of a failing step that are shown at the end."""


def command(
    here: Path,
    *,
    commit: str,
    dirty: bool,
    until: str | None,
    resume: str | None,
    detach: bool,
    reports: Path | None,
    as_json: bool,
    run_id: str | None,
) -> None:
    """Run, show it, report it, and end with its exit code."""
    opened = open_project(here)
    if detach:
        _detach(opened, run_id or new_run_id(), as_json)
        return
    shown = progress(as_json, opened.clock.now)

    async def ran() -> Run:
        return await run(
            opened,
            shown,
            commit=commit,
            dirty=dirty,
            until=until or "",
            resume=resume,
            run_id=run_id or new_run_id(),
        )

    with shown:
        ended = anyio.run(ran)
    if not as_json:
        _tell(opened, ended)
    if reports is not None:
        write_reports(show(opened, ended.id), reports)
    sys.exit(exit_code(ended))


def exit_code(ended: Run) -> int:
    """The contract: 3 when what failed a step was outside."""
    if ended.outcome is not Outcome.FAILED:
        return EXIT.get(ended.outcome, 1)
    failed = (step.evidence for step in ended.steps if step.state is StepState.FAILED and step.evidence)
    return 3 if any(seen.failure and seen.failure.reason == "outside" for seen in failed) else 1


def _tell(opened: Opened, ended: Run) -> None:
    out = console()
    out.print(page(ended))
    if ended.outcome is Outcome.FAILED:
        for log in logs(opened, ended.id, TAIL):
            out.print(f"\n== {log.name}, its last lines", style="quiet", markup=False)
            for line in log.lines:
                out.print(safe(line), markup=False)


def _detach(opened: Opened, run_id: str, as_json: bool) -> None:
    argv = [word for word in sys.argv[1:] if word != "--detach"]
    directory = opened.state / "runs" / run_id
    directory.mkdir(parents=True, exist_ok=True)
    (opened.state / ".gitignore").write_text("*\n")
    with (directory / "output").open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "esclusa", *argv, "--id", run_id],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(os.environ),
            start_new_session=True,
        )
    if as_json:
        print_line({"run": run_id, "pid": child.pid})
    else:
        console().print(f"{run_id} goes on by itself; see: esclusa show {run_id}", markup=False)
