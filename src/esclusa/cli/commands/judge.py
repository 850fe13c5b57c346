"""`esclusa judge calibrate`."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.judge import Calibrated, Leaning, calibrate_judge

STYLES = {"usable": "pass", "unusable": "harm", "undecided": "wait"}


def command(here: Path, suite: Path, labels: Path, scorer: str, at_least: float, as_json: bool) -> None:
    """Compare, keep, show. Ends with 1 where the judge is unusable."""
    found = calibrate_judge(here, suite, labels, scorer=scorer, at_least=at_least)
    if as_json:
        print_json(found)
    else:
        console().print(page(found))
    if found.calibration.verdict == "unusable":
        raise SystemExit(1)


def page(found: Calibrated) -> RenderableType:
    """The verdict, the confusion, what moves the judge that should not, and what to do with the file."""
    made = found.calibration
    head = Text.assemble((safe(made.scorer), "name"), f" of {safe(found.suite)}, asked of {safe(made.model)}")
    verdict = Text(f"{safe(made.sentence)}", style=STYLES[made.verdict])
    said = [line for line in _leanings(found) if line]
    if made.unjudged:
        said.append(f"it said nothing of {made.unjudged} labelled answers")
    kept = Text(f"kept in {safe(found.file)}; commit it with the suite", style="quiet")
    return Group(head, verdict, Text(), _confusion(found), *map(Text, said), Text(), kept)


def _confusion(found: Calibrated) -> Table:
    counts: dict[tuple[str, str], int] = {
        (people, judge): count for people, judge, count in found.calibration.confusion
    }
    words = sorted({word for pair in counts for word in pair})
    table = Table(box=None, pad_edge=False, header_style="quiet")
    table.add_column("people say")
    for word in words:
        table.add_column(Text(f"judge: {safe(word)}"), justify="right")
    for people in words:
        table.add_row(Text(safe(people)), *(str(counts.get((people, judge), 0)) for judge in words))
    return table


def _leanings(found: Calibrated) -> tuple[str, ...]:
    made = found.calibration
    return (
        _leaning("beside people, it gives longer answers {} points against shorter ones", made.length),
        _leaning("it leans {} points to what stands first", made.position),
    )


def _leaning(words: str, leaning: Leaning | None) -> str:
    if leaning is None:
        return ""
    low, high = (100 * end for end in leaning.interval)
    chance = "" if leaning.shown else ", which may be chance"
    by = words.format(f"{100 * leaning.by:+.1f}")
    return f"{by} (95 % interval {low:+.1f} to {high:+.1f}){chance}"
