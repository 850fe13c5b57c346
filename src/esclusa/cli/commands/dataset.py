"""`esclusa dataset check` and `esclusa dataset add`."""

import sys
from pathlib import Path
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.dataset import Added, Inspection, add_cases, check_dataset
from esclusa.workspace.opened import open_project

SHOWN = 20
"""Findings of one kind that are shown; `--json` has all."""
HEADS = {
    "broken": ("✗", "harm", "broken lines"),
    "contradiction": ("✗", "harm", "equal questions that expect different things"),
    "duplicate": ("!", "wait", "equal questions"),
    "near": ("!", "wait", "nearly equal questions"),
    "leak": ("!", "wait", "questions that the agent was told"),
    "balance": ("!", "wait", "classes"),
}


def command(what: Literal["check", "add"], here: Path, /, **options: Any) -> None:
    """Check one, or add to one."""
    if what == "check":
        check(here, **options)
    else:
        add(here, **options)


def check(here: Path, path: Path, against: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Show what was found; ends with 2 if something is wrong, with 1 if `strict` and something doubtful."""
    found = check_dataset(here, path, against)
    if as_json:
        print_json(found)
    else:
        console().print(page(found))
    if found.wrong:
        sys.exit(2)
    if strict and found.findings:
        sys.exit(1)


def add(here: Path, run: str, only: str, step: str, to: Path, as_json: bool) -> None:
    """Append, and say what was appended."""
    added = add_cases(open_project(here), run, here / to, only=only, step=step)
    if as_json:
        print_json(added)
    else:
        console().print(words(added))


def page(found: Inspection) -> RenderableType:
    """How many cases there are, and what was found of each kind."""
    parts: list[RenderableType] = [
        Text.assemble((safe(found.file), "name"), f"  {found.cases} cases, {found.expected} with `expected`")
    ]
    for name, counts in found.classes.items():
        told = ", ".join(f"{safe(value)} {number}" for value, number in list(counts.items())[:12])
        parts.append(Text(f"  {safe(name)}: {told}{' …' if len(counts) > 12 else ''}", "quiet"))
    if found.compared_with:
        parts.append(Text(f"  compared with {', '.join(map(safe, found.compared_with))}", "quiet"))
    if found.note:
        parts.append(Text(f"! {safe(found.note)}", "wait"))
    for kind, (mark, style, words_) in HEADS.items():
        mine = [finding for finding in found.findings if finding.kind == kind]
        if mine:
            parts.append(Text(f"{mark} {words_}: {len(mine)}", style))
        for finding in mine[:SHOWN]:
            lines = ", ".join(map(str, finding.lines))
            ids = f" ({safe(', '.join(finding.cases))})" if finding.cases else ""
            parts.append(Text(f"  {f'line {lines}: ' if lines else ''}{safe(finding.message)}{ids}"))
        if len(mine) > SHOWN:
            parts.append(Text(f"  and {len(mine) - SHOWN} more (--json)", "quiet"))
    if not found.findings:
        parts.append(Text("✓ nothing found", "pass"))
    return Group(*parts)


def words(added: Added) -> RenderableType:
    """What became of a run's cases."""
    parts = [Text(f"{len(added.cases)} cases of {added.run} added to {safe(added.file)}, tagged to-review")]
    if added.without_expected:
        parts.append(Text(f"! {added.without_expected} of them say nothing of what is expected", "wait"))
    if added.known:
        parts.append(Text(f"  {added.known} were there already", "quiet"))
    if added.lost:
        parts.append(Text(f"! not in their suite any more: {safe(', '.join(added.lost[:SHOWN]))}", "wait"))
    return Group(*parts)
