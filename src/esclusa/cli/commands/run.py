"""`esclusa run`."""

import getpass
import sys
from functools import partial
from pathlib import Path

import anyio

from esclusa.cli.commands.show import page
from esclusa.cli.output import console, print_line, safe
from esclusa.cli.progress import progress
from esclusa.core.rollout import Decision
from esclusa.core.run import Outcome, Run, StepState
from esclusa.workspace.detach import detach as detached
from esclusa.workspace.logs import logs
from esclusa.workspace.opened import Opened, open_project
from esclusa.workspace.report import write_reports
from esclusa.workspace.run import run
from esclusa.workspace.show import show

EXIT = {
    Outcome.PROMOTED: 0,
    Outcome.PASSED: 0,
    Outcome.CONCLUDED: 0,
    Outcome.INTERRUPTED: 130,
    Outcome.RUNNING: 130,
}
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
    override: str | None,
) -> None:
    """Run, show it, report it, and end with its exit code."""
    opened = open_project(here)
    decision = Decision(verb="override", by=getpass.getuser(), reason=override) if override else None
    if detach:
        begun = anyio.run(
            partial(
                detached,
                opened,
                commit=commit,
                dirty=dirty,
                until=until or "",
                resume=resume,
                reports=reports,
                as_json=as_json,
                override=decision,
            )
        )
        if as_json:
            print_line(begun)
        else:
            console().print(f"{begun.run} goes on by itself; see: esclusa show {begun.run}", markup=False)
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
            run_id=run_id or "",
            override=decision,
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
    if ended.outcome is Outcome.RUNNING and ended.rollouts:
        follow = f"esclusa status --watch, esclusa why {ended.rollouts[-1]}, esclusa abort"
        out.print(f"\nthe rollout goes on without this terminal; see: {follow}", markup=False)
    if ended.outcome is Outcome.FAILED:
        tell_failed(opened, ended)


def tell_failed(opened: Opened, ended: Run) -> None:
    """The last lines of what failed."""
    out = console()
    for log in logs(opened, ended.id, TAIL):
        out.print(f"\n== {log.name}, its last lines", style="quiet", markup=False)
        for line in log.lines:
            out.print(safe(line), markup=False)
