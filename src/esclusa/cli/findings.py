"""Findings as a person reads them: how bad, what, where, and the fingerprint by which one is accepted."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import safe
from esclusa.core.evidence import Finding, Place

SHOWN = 50
"""Findings that are listed, and of each other thing."""
_COLOURS = {"critical": "harm", "high": "harm", "medium": "wait", "low": "quiet", "note": "quiet"}


def findings(found: Sequence[Finding]) -> RenderableType:
    """A table of them, and what mends them."""
    made = Table(box=None, pad_edge=False, header_style="quiet")
    made.add_column("severity", no_wrap=True)
    made.add_column("what", ratio=1)
    made.add_column("where", overflow="fold")
    made.add_column("fingerprint", no_wrap=True, style="quiet")
    for one in found[:SHOWN]:
        what = Text(safe(one.message))
        what.append(f" [{one.rule}]", style="quiet")
        if not one.metric:
            what.append(" (said, not counted)", style="quiet")
        if one.excerpt:
            what.append(f"\n{safe(one.excerpt)}", style="quiet")
        severity = Text(one.severity, style=_COLOURS[one.severity])
        made.add_row(severity, what, Text(safe(place_of(one.place))), one.fingerprint)
    more = [f"{len(found) - SHOWN} more: see --json or --sarif"] if len(found) > SHOWN else []
    mends = dict.fromkeys(f"mend: {one.mend}" for one in found[:SHOWN] if one.mend)
    return Group(made, *(Text(safe(one), style="quiet") for one in (*more, *mends)))


def place_of(place: Place | None) -> str:
    """Where it is, in a few words."""
    if place is None:
        return ""
    return place.line_of_file + (f" in {place.commit[:12]}" if place.commit else "")
