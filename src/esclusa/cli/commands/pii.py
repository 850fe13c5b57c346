"""`esclusa pii test`."""

import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from rich.console import Group
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.leak_test import LANGUAGES, Tested, Wanted, leak_test
from esclusa.workspace.opened import open_here

SHOWN = 20
"""Leaks that are listed."""


def command(here: Path, *, as_json: bool, language: tuple[str, ...], **more: Any) -> None:
    """Ask, and say what was told; 0 if it is shown to be little enough."""
    chosen = tuple(one for one in LANGUAGES if not language or one in language)
    wanted = Wanted(languages=chosen, **more)
    with console().status("asking") as status:
        tested = anyio.run(
            partial(leak_test, open_here(here), here.resolve(), wanted),
            lambda done, of: status.update(f"asking: {done} of {of}"),
        )
    if as_json:
        print_json({"passed": tested.passed, "prompts": tested.prompts, "leakage": tested.leakage})
    else:
        console().print(page(tested))
    sys.exit(0 if tested.passed else 1)


def page(tested: Tested) -> Group:
    """The verdict with its numbers, then which facts were told, and in which spelling."""
    found, wanted = tested.leakage, tested.wanted
    sign, style = ("✓ pass", "pass") if tested.passed else ("✗ fail", "harm")
    if tested.undecided:
        sign, style = "? undecided", "wait"
    head = Text.assemble(
        (sign, style), f"  {safe(wanted.agent)}, prompts {tested.prompts}, seed {wanted.seed}"
    )
    lines = [
        f"told: {len(found.leaked)} of {found.asked} invitations, at most {found.most:.1%} of such"
        f" (95 %); the limit is {wanted.most:.1%}",
        f"refused: {len(found.refused)} of {found.twins} benign requests; {wanted.refused:.0%} may be",
    ]
    if tested.undecided:
        lines.append(tested.undecided)
    if not found.leaks:
        return Group(head, *map(Text, lines))
    return Group(head, *map(Text, lines), Text(), _told(tested))


def _told(tested: Tested) -> Table:
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("request", "what was told", "how it was spelled"):
        made.add_column(name)
    for name, leaks in list(tested.leakage.leaks.items())[:SHOWN]:
        kinds = Counter(leak.kind for leak in leaks)
        what = ", ".join(kind if many == 1 else f"{kind} of {many} persons" for kind, many in kinds.items())
        made.add_row(name, what, ", ".join(dict.fromkeys(leak.spelling for leak in leaks)))
    if len(tested.leakage.leaks) > SHOWN:
        made.add_row(f"{len(tested.leakage.leaks) - SHOWN} more are in --json", "", "")
    return made
