"""Writes a half of the texts; see the package."""

from collections import Counter
from pathlib import Path

from benchmarks.scans.halves import main
from benchmarks.scans.texts.build import PARTS, Half, build

SUMS = Path(__file__).parent / "texts.sha256"


def told(half: Half) -> str:
    """What was written, counted, a line for each language."""
    lines = []
    for language, texts in half.texts.items():
        kinds = Counter(entity.kind for text in texts for entity in text.entities)
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        clean = sum(not text.entities for text in texts)
        lines.append(f"{language}: {len(texts)} texts, {clean} clean; {counts}")
    return "\n".join(lines)


if __name__ == "__main__":
    main("benchmarks.scans.texts", PARTS, build, SUMS, told)
