"""Crashes: every process killed and stopped at every moment of a rollout, and the page that says so.

    python -m benchmarks.crashes                     the whole matrix, an hour and a quarter
    python -m benchmarks.crashes --process Envoy     a part of it; also --moment, --signal, --strategy
    python -m benchmarks.crashes --quick             each process once
    python -m benchmarks.crashes --faults            the other faults; also --only WORDS
    python -m benchmarks.crashes --keep              ... and keep what came out in results.json
    python -m benchmarks.crashes --write docs/reliability.md     the page, from what was kept

Real Envoy, supervisord, SQLite and replicas; customers talk all the time. Every cell is one rollout in which
one process was hurt. It must end as if nothing had happened: the same end state, every operation done once,
no replica started for nothing, no request taken by a lower generation, statistics equal to a recount of the
log, and no customer without an answer but those whose request was inside what was killed. Exits 1 when a cell
has a complaint, or when anything is left after down.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from benchmarks.crashes.catalogue import FAULTS
from benchmarks.crashes.cells import Cell, matrix
from benchmarks.crashes.faults import Ended, Fault, alone, small_disk
from benchmarks.crashes.faults import play as play_fault
from benchmarks.crashes.page import page
from benchmarks.crashes.play import Outcome, Played, looked_through, play
from benchmarks.crashes.results import RESULTS, keep, kept
from benchmarks.crashes.scene import Scene

A_SCENE = 40
"""Cells after which everything is begun anew: what one cell has left behind must not pile up."""
STOOD_STILL = 1.0
"""Seconds of waiting for the machine after which a cell with a complaint is played again."""


def main(cells: Sequence[Cell], *, keeping: bool, seed: int) -> int:
    """Play the cells; the number of complaints."""
    began, complaints, again = time.monotonic(), 0, []
    print(f"{'strategy':<10} {'operation':<14} {'moment':<15} {'process':<17} {'signal':<8} {'ended':<11}"
          f" {'s':>5} {'back':>5} {'answered':>8} {'failed':>6} {'in it':>5}  complaint")  # fmt: skip
    for start in range(0, len(cells), A_SCENE):
        for outcome in _scene(cells[start : start + A_SCENE], seed + start):
            if outcome.complaints and outcome.disturbed > STOOD_STILL:
                again.append(outcome.cell)
                print(f"    the machine stood still for {outcome.disturbed:.1f} s: played again later")
                continue
            complaints += len(outcome.complaints)
            if keeping:
                keep(outcome)
    for cell in again:
        for outcome in _scene([cell], seed):
            complaints += len(outcome.complaints)
            if keeping:
                keep(outcome)
    print(f"\n{len(cells)} cells, {complaints} complaints, {time.monotonic() - began:.0f} s")
    return complaints


def _scene(cells: Sequence[Cell], seed: int) -> Iterator[Outcome]:
    """The outcomes of some cells; a cell that does not end takes its scene along."""
    left = list(cells)
    while left:
        with _directory() as directory:
            scene = Scene(Path(directory), seed=seed)
            try:
                scene.begin()
                yield from _cells(scene, left)
            finally:
                for line in scene.dismantle():
                    print(line)


def _cells(scene: Scene, left: list[Cell]) -> Iterator[Outcome]:
    last: Played | None = None
    number = 0
    while left:
        number += 1
        cell = left.pop(0)
        try:
            played = play(scene, number, cell)
        except AssertionError as error:
            if last is not None:
                yield _told(looked_through(scene, last))
            yield _told(Outcome(cell=cell, ended="-", reason="", same=False, complaints=(str(error),)))
            return
        if last is not None:
            yield _told(looked_through(scene, last))
        last = played
    if last is not None:
        yield _told(looked_through(scene, last))


def other_faults(words: str, *, keeping: bool) -> int:
    """Play the other faults whose name has these words; the number of complaints."""
    complaints = 0
    left = [fault for fault in FAULTS if words in f"{fault.family} {fault.name}"]
    while left:
        with ExitStack() as stack:
            directory = Path(stack.enter_context(_directory()))
            if left[0].disk:
                stack.enter_context(small_disk(directory))
            for ended in _played(Scene(directory), left):
                complaints += len(ended.complaints)
                if keeping:
                    keep(ended)
    return complaints


def _played(scene: Scene, left: list[Fault]) -> Iterator[Ended]:
    """The outcomes of faults until one needs another scene, or does not end."""
    try:
        scene.begin()
        for number in count(1):
            fault = left.pop(0)
            try:
                ended = play_fault(scene, number, fault)
            except AssertionError as error:
                ended = Ended(
                    family=fault.family, name=fault.name, ended="-", reason="", complaints=(str(error),)
                )
            said = "; ".join(ended.complaints) or ended.reason
            print(
                f"{ended.family:<12} {ended.name:<52} {ended.ended:<12} {ended.failed:>3}  {said}", flush=True
            )
            yield ended
            if ended.ended == "-" or not left or alone(fault) or alone(left[0]):
                return
    finally:
        for line in scene.dismantle():
            print(line)


def _told(outcome: Outcome) -> Outcome:
    cell = outcome.cell
    said = "; ".join(outcome.complaints) or "-"
    print(
        f"{cell.strategy:<10} {cell.operation:<14} {cell.moment:<15} {cell.process:<17} {cell.signal:<8}"
        f" {outcome.ended:<11} {outcome.took:>5.1f} {outcome.recovered:>5.1f} {outcome.answered:>8}"
        f" {outcome.failed:>6} {outcome.inherent:>5}  {said}",
        flush=True,
    )
    return outcome


def _directory() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="crashes-", ignore_cleanup_errors=True)


def _asked(words: argparse.Namespace) -> list[Cell]:
    chosen = [
        cell
        for cell in matrix()
        if words.process in ("", cell.process)
        and words.moment in ("", cell.moment)
        and words.signal in ("", cell.signal)
        and words.strategy in ("", cell.strategy)
        and words.operation in ("", cell.operation)
    ]
    if words.missing:
        known = {outcome.cell for outcome in kept().cells if not outcome.complaints}
        chosen = [cell for cell in chosen if cell not in known]
    if words.quick:
        first = {(cell.process, cell.signal): cell for cell in reversed(chosen)}
        chosen = list(reversed(first.values()))
    return chosen


def _end(*_: object) -> None:
    raise SystemExit(130)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    parser = argparse.ArgumentParser(prog="benchmarks.crashes")
    for name in ("process", "moment", "signal", "strategy", "operation"):
        parser.add_argument(f"--{name}", default="", help=f"only cells of this {name}")
    parser.add_argument("--quick", action="store_true", help="each process and signal once")
    parser.add_argument("--missing", action="store_true", help="only cells of which no good outcome is kept")
    parser.add_argument("--keep", action="store_true", help=f"keep the outcomes in {RESULTS.name}")
    parser.add_argument("--write", type=Path, help="write the page from what was kept, and play nothing")
    parser.add_argument("--faults", action="store_true", help="the other faults instead of the matrix")
    parser.add_argument("--only", default="", help="only faults whose name has these words")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.write:
        asked.write.write_text(page(kept()))
        sys.exit(0)
    if asked.faults:
        sys.exit(1 if other_faults(asked.only, keeping=asked.keep) else 0)
    sys.exit(1 if main(_asked(asked), keeping=asked.keep, seed=asked.seed) else 0)
