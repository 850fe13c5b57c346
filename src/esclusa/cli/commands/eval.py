"""`esclusa eval`."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import anyio
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.commands.run import exit_code, tell_failed
from esclusa.cli.commands.show import gates
from esclusa.cli.output import console, safe
from esclusa.cli.progress import progress
from esclusa.cli.words import sign, span
from esclusa.core.run import Outcome, Run
from esclusa.gates.figures import Figure, Versus, figures
from esclusa.gates.units import format_difference, format_differences, format_interval, format_value
from esclusa.workspace.evaluate import Asked, evaluate
from esclusa.workspace.opened import open_here
from esclusa.workspace.report import refuse_unwritable, write_sheet
from esclusa.workspace.sheets import Change, Sheet

NAMED = 5
"""Cases that a line names."""


def command(
    here: Path,
    *,
    suite: Path,
    agent: str,
    baseline: str,
    dirty: bool,
    workers: str,
    **files: Path | None,
) -> None:
    """Ask, show, write what is asked for, and end with the exit code of the verdict."""
    wanted = {kind: path for kind, path in files.items() if path is not None}
    refuse_unwritable(wanted)
    opened = open_here(here)
    asked = Asked(
        suite=suite, agent=agent, baseline=baseline, dirty=dirty, workers=workers, here=here.resolve()
    )
    shown = progress(False, opened.clock.now)
    with shown:
        ended, sheet = anyio.run(partial(evaluate, opened, shown, asked))
    console().print(page(ended, sheet))
    if ended.outcome is Outcome.FAILED:
        tell_failed(opened, ended)
    # Half of the cases are no result, and no baseline for later.
    for path in write_sheet(sheet, {} if ended.outcome is Outcome.INTERRUPTED else wanted):
        console().print(f"wrote {path}", markup=False)
    sys.exit(exit_code(ended))


def page(run: Run, sheet: Sheet) -> RenderableType:
    """The verdict, the gates, the numbers with their intervals, and what changed."""
    parts: list[RenderableType] = [_head(run, sheet)]
    if run.judgements:
        parts += [Text(), gates(run.judgements)]
    before = sheet.baseline.evidence if sheet.baseline else None
    found = figures(sheet.evidence, before)
    if found:
        parts += [Text(), numbers(found)]
    if sheet.baseline is not None:
        gaps = dict.fromkeys(one.versus.gap for one in found if one.versus and one.versus.gap)
        parts += [
            Text(),
            _changes(sheet),
            *(Text(f"not compared: {safe(gap)}", style="wait") for gap in gaps),
        ]
    return Group(*parts)


def _head(run: Run, sheet: Sheet) -> Text:
    verdict = sign(run.outcome)
    if run.outcome is Outcome.PASSED and not run.judgements:
        verdict = Text("measured; no gate of a project asks about this suite", style="quiet")
    head = Text.assemble(verdict, "  ", (run.id, "name"), f"  {safe(sheet.suite)} of {safe(sheet.agent)}")
    if run.reason:
        head.append(f"\n{safe(run.reason)}")
    head.append(f"\n{sheet.tally}; {span(run.seconds)}", style="quiet")
    if sheet.flaky:
        head.append(f"\nflaky: {_flaky(sheet.flaky)}", style="quiet")
    for note in sheet.evidence.coverage.notes if sheet.evidence.coverage else ():
        head.append(f"\n{safe(note)}", style="wait")
    return head


def numbers(found: Sequence[Figure]) -> Table:
    """Each figure with its interval, and beside it the baseline's."""
    compared = any(one.versus is not None for one in found)
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in (
        "metric",
        "value",
        "95 % interval",
        "n",
        *(("baseline", "difference", "") if compared else ()),
    ):
        made.add_column(name, no_wrap=True)
    for one in found:
        made.add_row(
            one.name,
            format_value(one.value, one.unit),
            format_interval(*one.interval, one.unit) if one.interval else "",
            f"{one.n}" + (f", {one.unseen} unseen" if one.unseen else "") if one.n else "",
            *(_versus(one, one.versus) if one.versus else ()),
        )
    return made


def _versus(one: Figure, versus: Versus) -> tuple[str, str, str]:
    if versus.baseline is None or versus.difference is None:
        return ("", "not compared", "")
    span = f" ({format_differences(*versus.interval, one.unit)})" if versus.interval else ""
    moved = f"{versus.gained} better, {versus.lost} worse"
    return (
        format_value(versus.baseline, one.unit),
        format_difference(versus.difference, one.unit) + span,
        moved,
    )


def _flaky(found: Mapping[str, tuple[int, int]]) -> str:
    """The first few, each with how often it was right."""
    named = [f"{safe(one)} ({hits} of {n} right)" for one, (hits, n) in [*found.items()][:NAMED]]
    return ", ".join(named) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")


def _changes(sheet: Sheet) -> Text:
    assert sheet.baseline is not None
    text = Text.assemble("against ", (safe(sheet.baseline.name), "name"))
    for change, style in ((Change.BROKEN, "harm"), (Change.FIXED, "pass"), (Change.DIFFERENT, "quiet")):
        rows = sheet.changed(change)
        if rows:
            named = ", ".join(safe(row.id) for row in rows[:NAMED])
            more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
            text.append(f"\n{len(rows)} {change.value}", style=style).append(f": {named}{more}")
    return text
