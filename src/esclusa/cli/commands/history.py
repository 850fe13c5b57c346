"""`esclusa history`."""

from pathlib import Path
from typing import TypedDict

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.cli.words import ordered, sign, span
from esclusa.core.orders import Order
from esclusa.core.run import Outcome, Run
from esclusa.core.value import plain
from esclusa.workspace.history import chronicle
from esclusa.workspace.opened import open_project

WIDE = 120
"""Columns from which on a run fits on a line with its reason."""


def command(here: Path, as_json: bool, limit: int | None) -> None:
    """Show the runs and orders."""
    lines = [line(one) for one in chronicle(open_project(here), limit=limit)]
    if as_json:
        print_json(lines)
    elif not lines:
        console().print("no runs yet; start one with: esclusa run")
    else:
        out = console()
        out.print(table(lines) if out.width >= WIDE else blocks(lines))


class Line(TypedDict):
    """The contract of `history --json`. `kind` is `run`, or what a person ordered: `rollback`, `deploy`."""

    id: str
    kind: str
    by: str
    """Who ordered it; empty for a run."""
    commit: str
    subject: str
    dirty: bool
    release: str
    outcome: str
    reason: str
    started: str
    seconds: float
    rollouts: list[str]
    decisions: list[dict[str, object]]
    """What people decided on its way, oldest first."""


def line(one: Run | Order) -> Line:
    """A run or an order."""
    return Line(
        id=one.rollout if isinstance(one, Order) else one.id,
        kind=one.ordered.verb if isinstance(one, Order) else "run",
        by=one.ordered.by if isinstance(one, Order) else "",
        commit=one.commit,
        subject=one.subject,
        dirty=False if isinstance(one, Order) else one.dirty,
        release=one.release,
        outcome=one.outcome.value,
        reason=_reason(one) if isinstance(one, Order) else one.reason,
        started=one.started.isoformat(),
        seconds=round(one.seconds, 3),
        rollouts=[one.rollout] if isinstance(one, Order) else list(one.rollouts),
        decisions=[plain(decision) for decision in one.decisions],
    )


def _reason(order: Order) -> str:
    return "; ".join(filter(None, (ordered(order.ordered, order.environment), order.reason)))


def blocks(lines: list[Line]) -> Group:
    """The same in a narrow terminal: a line for each, its reason below."""
    parts: list[RenderableType] = []
    for one in lines:
        head = Text.assemble(
            sign(Outcome(one["outcome"])),
            "  ",
            (one["id"], "name"),
            f"  {span(one['seconds'])}  {_commit(one)}",
        )
        head.no_wrap, head.overflow = True, "ellipsis"
        parts.append(head)
        if one["reason"]:
            parts.append(Padding(Text(safe(one["reason"])), (0, 0, 0, 2)))
    return Group(*parts)


def table(lines: list[Line]) -> Table:
    """The runs and orders as a table, newest first."""
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("run", "commit", "release"):
        made.add_column(name, no_wrap=name != "commit")
    made.add_column("outcome", no_wrap=True)
    made.add_column("took", justify="right", no_wrap=True)
    made.add_column("why", ratio=1)
    for one in lines:
        made.add_row(
            one["id"],
            Text(_commit(one)),
            one["release"][:12] or "-",
            sign(Outcome(one["outcome"])),
            span(one["seconds"]),
            Text(safe(one["reason"])),
        )
    return made


def _commit(one: Line) -> str:
    return f"{one['commit'][:8]}{'+' if one['dirty'] else ''} {safe(one['subject'])[:36]}"
