"""What came out, kept beside the benchmark: the page is written from it, and a test holds both together."""

import fcntl
from pathlib import Path

import msgspec

from benchmarks.crashes.faults import Ended
from benchmarks.crashes.play import Outcome

RESULTS = Path(__file__).with_name("results.json")


class Results(msgspec.Struct):
    """Everything kept, in the order of the keys."""

    cells: list[Outcome] = []
    faults: list[Ended] = []


def kept() -> Results:
    """All that was kept."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=Results) if RESULTS.exists() else Results()


def keep(*fresh: Outcome | Ended) -> None:
    """Put outcomes in the place of earlier ones of the same kind; safe from several benchmarks at once."""
    with open(__file__) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = kept()
        cells = {one.cell.key: one for one in known.cells}
        for one in fresh:
            if isinstance(one, Outcome):
                cells[one.cell.key] = _after(cells.get(one.cell.key), one)
        faults = {(one.family, one.name): one for one in (*known.faults, *fresh) if isinstance(one, Ended)}
        parts = (
            ("cells", [cells[key] for key in sorted(cells)]),
            ("faults", [faults[name] for name in sorted(faults)]),
        )
        text = ",\n".join(f'"{name}": [\n{_lines(values)}\n]' for name, values in parts)
        RESULTS.write_text("{" + text + "}\n")


def _after(before: Outcome | None, fresh: Outcome) -> Outcome:
    if before is not None:
        fresh.earlier = (
            *before.earlier,
            "; ".join(before.complaints) or f"{before.ended}, same: {before.same}",
        )
    return fresh


def _lines(values: list[Outcome] | list[Ended]) -> str:
    return ",\n".join(msgspec.json.encode(one).decode() for one in values)
