"""`esclusa diff`."""

from pathlib import Path

from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.diff import Difference, diff
from esclusa.workspace.opened import open_project

STYLES = {"+": "pass", "-": "harm", "@": "quiet"}
SHOWN = 40


def command(here: Path, old: str, new: str, as_json: bool) -> None:
    """Show what changed."""
    found = diff(open_project(here), old, new)
    if as_json:
        print_json(found)
    else:
        console().print(page(found))


def page(found: Difference) -> Text:
    """Part by part, file by file."""
    text = Text(
        f"{found.old.short} {safe(found.old.subject)}  ->  {found.new.short} {safe(found.new.subject)}\n"
    )
    if not found.parts:
        return text.append("nothing differs")
    for part in found.parts:
        text.append(f"\n{part.part}\n", style="name")
        for file in part.files:
            text.append(f"  {file.change} {safe(file.path)}\n")
            for line in file.lines[:SHOWN]:
                text.append(f"    {safe(line)}\n", style=STYLES.get(line[:1], ""))
            if len(file.lines) > SHOWN:
                text.append(f"    … {len(file.lines) - SHOWN} more lines, in --json\n", style="quiet")
    return text
