"""`esclusa history`."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.cli.words import sign, span
from esclusa.core.run import Run
from esclusa.workspace.history import history
from esclusa.workspace.opened import open_project

WIDE = 120
"""Columns from which on a run fits on a line with its reason."""


def command(here: Path, as_json: bool, limit: int | None) -> None:
    """Show the runs."""
    runs = history(open_project(here), limit=limit)
    if as_json:
        print_json([summary(run) for run in runs])
    elif not runs:
        console().print("no runs yet; start one with: esclusa run")
    else:
        out = console()
        out.print(table(runs) if out.width >= WIDE else blocks(runs))


def summary(run: Run) -> dict[str, object]:
    """The contract of `history --json`."""
    return {
        "id": run.id,
        "commit": run.commit,
        "subject": run.subject,
        "dirty": run.dirty,
        "release": run.release,
        "outcome": run.outcome.value,
        "reason": run.reason,
        "started": run.started.isoformat(),
        "seconds": round(run.seconds, 3),
        "rollouts": list(run.rollouts),
    }


def blocks(runs: tuple[Run, ...]) -> Group:
    """The same in a narrow terminal: a line for each run, its reason below."""
    parts: list[RenderableType] = []
    for run in runs:
        head = Text.assemble(
            sign(run.outcome), "  ", (run.id, "name"), f"  {span(run.seconds)}  {_commit(run)}"
        )
        head.no_wrap, head.overflow = True, "ellipsis"
        parts.append(head)
        if run.reason:
            parts.append(Padding(Text(safe(run.reason)), (0, 0, 0, 2)))
    return Group(*parts)


def table(runs: tuple[Run, ...]) -> Table:
    """The runs as a table, newest first."""
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("run", "commit", "release"):
        made.add_column(name, no_wrap=name != "commit")
    made.add_column("outcome", no_wrap=True)
    made.add_column("took", justify="right", no_wrap=True)
    made.add_column("why", ratio=1)
    for run in runs:
        made.add_row(
            run.id,
            Text(_commit(run)),
            run.release[:12] or "-",
            sign(run.outcome),
            span(run.seconds),
            Text(safe(run.reason)),
        )
    return made


def _commit(run: Run) -> str:
    return f"{run.commit[:8]}{'+' if run.dirty else ''} {safe(run.subject)[:36]}"
