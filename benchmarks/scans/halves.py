"""What both corpora do with their halves and further parts: write one, and say what one hashes to."""

import argparse
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

SEED = 20261126
HALVES = ("development", "held-out")
"""Each corpus has these, and parts written after the detectors, for an honest number."""


class Half(Protocol):
    """Anything that is written as documents, in order."""

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Each with its name below the folder it is written to."""


Made = TypeVar("Made", bound=Half)


def sha256(half: Half) -> str:
    """Of all documents, each with its name and length."""
    total = hashlib.sha256()
    for name, data in half.documents():
        total.update(f"{name}\x00{len(data)}\x00".encode() + data)
    return total.hexdigest()


def write(half: Half, out: Path) -> None:
    """All documents below a folder."""
    for name, data in half.documents():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def main(
    name: str,
    parts: Sequence[str],
    build: Callable[[str, int], Made],
    sums: Path,
    told: Callable[[Made], str],
) -> None:
    """The command of a corpus: write a half and tell what it is; or write down what the halves hash to."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    parser.add_argument("--half", choices=parts)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--sums", action="store_true", help=f"write {sums.name}, after a template was added")
    asked = parser.parse_args()
    if asked.sums:
        sums.write_text("".join(f"{sha256(build(half, SEED))}  {half}\n" for half in parts))
    elif asked.half is None or asked.out is None:
        parser.error("say --half and --out, or --sums")
    else:
        half = build(asked.half, asked.seed)
        write(half, asked.out)
        print(told(half))
