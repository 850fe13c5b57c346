"""`esclusa history`."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.cli.words import sign, span
from esclusa.core.run import Run
from esclusa.workspace.history import history
from esclusa.workspace.opened import open_project


def command(here: Path, as_json: bool, limit: int | None) -> None:
    """Show the runs."""
    runs = history(open_project(here), limit=limit)
    if as_json:
        print_json([summary(run) for run in runs])
    elif not runs:
        console().print("no runs yet; start one with: esclusa run")
    else:
        console().print(table(runs))


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


def table(runs: tuple[Run, ...]) -> Table:
    """The runs as a table, newest first."""
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("run", "commit", "release"):
        made.add_column(name, no_wrap=name != "commit")  # in a narrow terminal an id stays whole
    made.add_column("outcome", no_wrap=True)
    made.add_column("took", justify="right", no_wrap=True)
    made.add_column("why", ratio=1)
    for run in runs:
        made.add_row(
            run.id,
            Text(f"{run.commit[:8]}{'+' if run.dirty else ''} {safe(run.subject)[:36]}"),
            run.release[:12] or "-",
            sign(run.outcome),
            span(run.seconds),
            Text(safe(run.reason)),
        )
    return made
