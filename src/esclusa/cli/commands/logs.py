"""`esclusa logs`."""

from pathlib import Path

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.logs import logs
from esclusa.workspace.opened import open_project


def command(here: Path, what: str, lines: int, as_json: bool) -> None:
    """Show the last lines."""
    found = logs(open_project(here), what, lines)
    if as_json:
        print_json(found)
        return
    for log in found:
        console().print(f"== {log.name}", style="quiet", markup=False)
        for line in log.lines:
            console().print(safe(line), markup=False)
