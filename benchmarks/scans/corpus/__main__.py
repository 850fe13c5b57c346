"""Writes a part of the corpus; see the package."""

from pathlib import Path

from benchmarks.scans.corpus.build import PARTS, Half, build
from benchmarks.scans.halves import main

SUMS = Path(__file__).parent / "corpus.sha256"


def told(half: Half) -> str:
    """What was written, counted."""
    kinds = {entry["kind"] for entry in half.truth}
    return (
        f"{len(half.files)} files, {len(half.truth)} secrets of {len(kinds)} kinds, {len(half.decoys)} decoys"
    )


if __name__ == "__main__":
    main("benchmarks.scans.corpus", PARTS, build, SUMS, told)
