"""`esclusa releases`."""

from pathlib import Path

import anyio
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.opened import open_project
from esclusa.workspace.releases import Listed, releases


def command(here: Path, as_json: bool) -> None:
    """List the releases."""
    listed = anyio.run(releases, open_project(here))
    if as_json:
        print_json(listed)
    elif not listed:
        console().print("no releases yet; start a run with: esclusa run")
    else:
        console().print(_table(listed))


def _table(listed: tuple[Listed, ...]) -> Table:
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("release", "commit", "sealed", "serves"):
        made.add_column(name, no_wrap=name in ("release", "sealed"))
    for one in listed:
        release = one.release
        sealed = f"{release.sealed.astimezone():%Y-%m-%d %H:%M}" if release.sealed else "not sealed"
        down = [f"{name} (down)" for name in one.down]
        back = [f"{name} (rollback target)" for name in one.rollback_for]
        made.add_row(
            release.short,
            Text(f"{release.commit[:8]}{'+' if release.dirty else ''} {safe(release.subject)[:48]}"),
            sealed,
            Text(", ".join([*one.serves, *down, *back]) or "-"),
        )
    return made
