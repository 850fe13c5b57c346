"""The page on reliability is what was kept of the crash benchmark, and nothing is left out of its table."""

from pathlib import Path

from benchmarks.crashes.catalogue import ELSEWHERE, FAULTS
from benchmarks.crashes.cells import MOMENTS, OPERATIONS, PROCESSES, RESTORE, matrix
from benchmarks.crashes.page import page
from benchmarks.crashes.results import kept

from esclusa.deploy.stops import EFFECTS, POINTS

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_is_written_from_what_was_kept() -> None:
    mend = "python -m benchmarks.crashes --write docs/reliability.md"
    assert (ROOT / "docs" / "reliability.md").read_text() == page(kept()), mend


def test_every_stop_point_of_the_product_is_a_moment_of_every_operation_of_the_table() -> None:
    assert sorted(MOMENTS) == sorted((*POINTS, *EFFECTS))
    played = {(cell.operation, cell.moment) for cell in matrix() if cell.strategy == "canary"}
    operations = (*OPERATIONS["canary"], RESTORE)
    assert played >= {(operation, moment) for operation in operations for moment in MOMENTS}
    assert {cell.process for cell in matrix()} >= set(PROCESSES)


def test_every_cell_and_every_fault_was_played_and_ended_as_promised() -> None:
    known = kept()
    cells = {outcome.cell: outcome.complaints for outcome in known.cells}
    assert cells == dict.fromkeys(matrix(), ())
    faults = {(ended.family, ended.name): ended.complaints for ended in known.faults}
    assert faults == {(fault.family, fault.name): () for fault in FAULTS}


def test_what_the_page_says_is_tested_elsewhere_is() -> None:
    for _, file, test in ELSEWHERE:
        assert f"def {test}(" in (ROOT / file).read_text(), f"{test} is not in {file}"
