"""`esclusa scan`."""

import difflib
import signal
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

import anyio
from rich.console import Group, RenderableType
from rich.text import Text

from esclusa.cli.commands.show import gates
from esclusa.cli.findings import SHOWN, findings, place_of
from esclusa.cli.output import console, safe
from esclusa.core.errors import UsageError
from esclusa.core.scan import ACTIONS, Kind, Report, State, Unseen
from esclusa.workspace.opened import open_here
from esclusa.workspace.report import refuse_unwritable, write_scans
from esclusa.workspace.scan import Looked, scan_here

KINDS: tuple[Kind, ...] = get_args(Kind)
_SIGNS: dict[State, tuple[str, str]] = {
    "clean": ("✓", "pass"),
    "found": ("✗", "harm"),
    "error": ("∅", "harm"),
    "not run": ("∅", "harm"),
}


def command(
    here: Path,
    *,
    kind: str,
    path: Path | None,
    json: Path | None,
    sarif: Path | None,
    markdown: Path | None,
    **given: Any,
) -> None:
    """Scan, show, write what is asked for; 0 if everything was seen and every gate is open."""
    files = {"json": json, "sarif": sarif, "markdown": markdown}
    wanted = {name: file for name, file in files.items() if file is not None}
    refuse_unwritable(wanted)
    opened = open_here(here)
    kinds, where = _meant(here, kind, path)
    target = here / where if where is not None else opened.root
    settings = {name: value for name, value in given.items() if value}
    # The scans are processes of their own: an end that is asked for has to reach them.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with console().status("scanning"):
        looked = anyio.run(partial(scan_here, opened, kinds, target, settings))
    console().print(page(looked))
    for written in write_scans(looked.reports, looked.judgements, wanted):
        console().print(f"wrote {written}", markup=False)
    sys.exit(0 if looked.clear else 1)


def _meant(here: Path, kind: str, path: Path | None) -> tuple[tuple[Kind, ...], Path | None]:
    """Which scans (none: the usual ones) of what. A first word that is no kind may be a path."""
    if kind in KINDS or kind in ACTIONS:  # steps have names of their own: `vulnerabilities`
        return (ACTIONS.get(kind) or cast(Kind, kind),), path
    if not kind:
        return (), None
    if path is None and (here / kind).exists():
        return (), Path(kind)
    near = difflib.get_close_matches(kind, KINDS, 1, 0.5)
    mend = f"did you mean {near[0]}?" if near else f"one of {', '.join(KINDS)}"
    raise UsageError(f"{kind}: no such scan, and no such path", mend=mend)


def page(looked: Looked) -> RenderableType:
    """How each ended and what it found, then what the gates say."""
    parts: list[RenderableType] = []
    for report in looked.reports:
        parts += [*_report(report), Text()]
    return Group(*parts, gates(looked.judgements))


def _report(report: Report) -> Iterable[RenderableType]:
    mark, style = _SIGNS[report.state]
    yield Text.assemble((f"{mark} {report.kind}: {report.state}", style), f"  {safe(report.target)}")
    engines = [one.told for one in report.engines]
    facts = "; ".join(safe(one) for one in (*report.notes, *engines))
    if facts:
        yield Text(facts, style="quiet")
    if report.trouble:
        yield Text(safe(report.trouble), style="harm")
        if report.mend:
            yield Text(f"  mend: {safe(report.mend)}", style="wait")
    if report.findings:
        yield findings(report.findings)
    yield from _list("not looked at", report.unseen, "harm")
    yield from _list("left out by the project", report.excluded, "quiet")
    for one in report.accepted[:SHOWN]:
        what = f"{place_of(one.finding.place)} {one.finding.message}: {one.reason}"
        yield Text(safe(f"{one.told}: {what} [{one.where}]"), style="quiet")
    for idle in report.idle[:SHOWN]:
        yield Text(safe(idle.told), style="quiet")
    if len(report.idle) > SHOWN:
        yield Text(f"{len(report.idle) - SHOWN} more accept nothing that was found", style="quiet")


def _list(title: str, places: tuple[Unseen, ...], style: str) -> Iterable[Text]:
    for one in places[:SHOWN]:
        mend = f" ({one.mend})" if one.mend else ""
        yield Text(safe(f"{title}: {one.place}: {one.why}{mend}"), style=style)
    if len(places) > SHOWN:
        yield Text(f"{title}: {len(places) - SHOWN} more", style=style)
