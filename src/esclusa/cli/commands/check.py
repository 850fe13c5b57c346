"""`esclusa check`."""

from pathlib import Path

from esclusa.cli.output import console, print_json, safe
from esclusa.core.value import plain
from esclusa.workspace.check import check


def command(here: Path, as_json: bool) -> None:
    """Show the plan."""
    checked = check(here)
    if as_json:
        print_json({**plain(checked.plan), "warnings": list(checked.warnings)})
        return
    out = console()
    for line in checked.lines:
        out.print(safe(line), markup=False)
    for warning in checked.warnings:
        out.print(f"! {safe(warning)}", style="wait", markup=False)
