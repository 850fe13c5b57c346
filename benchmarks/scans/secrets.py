"""How many planted secrets are found, and how often what is none is called one, beside two engines alone.

    python -m benchmarks.scans.secrets [--half PART]

The corpus was written, and committed with its hash, before any rule (benchmarks.scans.corpus); nobody who
wrote a rule had seen its held-out half. Its files go into a repository: a fifth is deleted again, another
fifth lies on a branch that HEAD does not have. Secrets are in archives and in base64 too. One is found when a
finding overlaps its bytes; a finding that overlaps none is false. `gone` is the recall in what HEAD has not.

Clean text is what other people published: the standard library and the packages that are installed here.
Kingfisher alone looks at the same pieces; detect-secrets, if it is installed, at the files, with its usual
plugins. Ends with 1 when a target is missed:

    recall of at least 85 %
    at most one false alert in 3 MB of clean text
"""

import argparse
import json
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.scans.corpus.build import PARTS, build
from benchmarks.scans.halves import SEED, write
from esclusa.scans.detector import Detector
from esclusa.scans.piece import Piece
from esclusa.scans.request import Request
from esclusa.scans.search import surest
from esclusa.scans.secrets.kingfisher import Kingfisher
from esclusa.scans.secrets.rules import Rules
from esclusa.scans.source import source

RECALL, FALSE_PER_MB = 0.85, 1 / 3
MOST = 15_000_000
"""Bytes of clean text of each place."""
TEXTS = (".py", ".pyi", ".md", ".rst", ".txt", ".json", ".toml", ".cfg", ".yaml", ".js", ".css", ".html")
"""Endings of the files that are looked at as such."""


class Span(NamedTuple):
    """Some bytes of a file; or some lines, where they were decoded from what stands there."""

    file: str
    start: int
    end: int
    lines: bool = False


Look = Callable[[Sequence[Piece]], Iterable[Span]]


def main() -> int:
    """Plant, look, print; 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scans.secrets")
    parser.add_argument("--half", choices=PARTS, default="held-out")
    half = parser.parse_args().half
    with tempfile.TemporaryDirectory() as scratch:
        return _measured(half, Path(scratch))


def _measured(half: str, scratch: Path) -> int:
    write(build(half, SEED), scratch / "half")
    truth, decoys = (
        json.loads((scratch / "half" / f"{one}.json").read_text()) for one in ("truth", "decoys")
    )
    gone = planted(scratch / "half" / "files", scratch / "repository")
    pieces = _pieces(scratch)
    clean = list(_clean())
    mb = sum(len(piece.data) for piece in clean) / 1e6
    kinds = len({one["kind"] for one in truth})
    print(f"{half}: {len(truth)} secrets of {kinds} kinds, {len(decoys)} decoys; {mb:.0f} MB of clean text\n")
    print(f"{'':<32}{'recall':>8}{'gone':>7}{'precision':>11}{'decoys':>8}{'false alerts':>16}{'MB/s':>7}")
    kingfisher = Kingfisher({"cache": str(scratch / "cache")})
    rows: dict[str, Look | None] = {
        "esclusa: kingfisher and rules": _by(kingfisher, Rules({})),
        "kingfisher alone": _by(kingfisher),
        "detect-secrets": _detect_secrets(),
    }
    short = False
    for name, look in rows.items():
        if look is None:
            print(f"{name:<32}not installed: pip install {name}")
            continue
        found = set(look(pieces))
        hit = [one for one in truth if any(_meet(span, one) for span in found)]
        away = [one for one in truth if one["file"].partition("!")[0] in gone]
        recall, there = len(hit) / len(truth), sum(one in hit for one in away) / len(away)
        true = sum(any(_meet(span, one) for one in truth) for span in found)
        bad = sum(any(_meet(span, one) for span in found) for one in decoys)
        began = time.process_time()
        false = sum(1 for _ in look(clean))
        rate = mb / (time.process_time() - began)
        print(
            f"{name:<32}{recall:>8.1%}{there:>7.0%}{true / len(found):>11.1%}{bad:>8}"
            f"{f'{false} in {mb:.0f} MB':>16}{rate:>7.1f}",
            flush=True,
        )
        if name.startswith("esclusa"):
            short = recall < RECALL or false / mb > FALSE_PER_MB
    print("\nSHORT of a target" if short else "\nevery target is met")
    return 1 if short else 0


def planted(files: Path, repository: Path) -> set[str]:
    """The files in a repository; which of them HEAD does not have."""
    names = sorted(path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file())
    side, deleted = set(names[1::5]), set(names[3::5])
    repository.mkdir()
    _git(repository, "init", "-q", "-b", "main")
    _commit(files, repository, [name for name in names if name not in side])
    _git(repository, "checkout", "-qb", "side")
    _commit(files, repository, sorted(side))
    _git(repository, "checkout", "-q", "main")
    _git(repository, "rm", "-q", *sorted(deleted))
    _commit(files, repository, [])
    return side | deleted


def _commit(files: Path, repository: Path, names: Sequence[str]) -> None:
    for name in names:
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((files / name).read_bytes())
    if names:
        _git(repository, "add", "-f", *names)
    _git(repository, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "files")


def _git(repository: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=repository, check=True)


def _pieces(scratch: Path) -> list[Piece]:
    asked = Request(
        kind="secrets",
        root=str(scratch / "repository"),
        repository=str(scratch / "repository"),
        target="the corpus",
        today=date.today(),
        cache=str(scratch / "cache"),
    )
    return [read for read in source(asked) if isinstance(read, Piece)]


def _clean() -> Iterator[Piece]:
    for place in ("stdlib", "purelib"):
        root, left = Path(sysconfig.get_path(place)), MOST
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            nested = place == "stdlib" and "site-packages" in inside.parts
            ours = "esclusa" in inside.parts[0] or nested or "__pycache__" in inside.parts
            if path.suffix in TEXTS and not ours and path.is_file():
                data = path.read_bytes()
                left -= len(data)
                if left < 0:
                    break
                yield Piece(name=inside.as_posix(), data=data)


def _by(*detectors: Detector) -> Look:
    def look(pieces: Sequence[Piece]) -> Iterator[Span]:
        for piece in pieces:
            for hit in surest([hit for detector in detectors for hit in detector.find([piece])]):
                if piece.line:
                    yield Span(piece.name, piece.line, piece.line, lines=True)
                else:
                    yield Span(piece.name, hit.start, hit.end)

    return look


def _detect_secrets() -> Look | None:
    """With its usual plugins and filters, over files of the same names."""
    try:
        from detect_secrets.core.scan import scan_file
        from detect_secrets.settings import default_settings
    except ImportError:
        return None

    def look(pieces: Sequence[Piece]) -> Iterator[Span]:
        with default_settings(), tempfile.TemporaryDirectory() as scratch:
            for piece in pieces:
                path = Path(scratch) / piece.name.replace("/", "_")[-200:]
                path.write_bytes(piece.data)
                lines = piece.data.splitlines(keepends=True)
                for found in scan_file(str(path)):
                    at = sum(map(len, lines[: found.line_number - 1]))
                    line = lines[found.line_number - 1] if found.line_number <= len(lines) else b""
                    value = (found.secret_value or "").encode()
                    start = at + max(0, line.find(value))
                    yield Span(piece.name, start, start + max(1, len(value)))
                path.unlink()

    return look


def _meet(span: Span, planted: dict[str, Any]) -> bool:
    if span.file != planted["file"]:
        return False
    if span.lines:
        return bool(planted["line"] <= span.start <= planted["end_line"])
    return bool(span.start < planted["end"] and planted["start"] < span.end)


if __name__ == "__main__":
    sys.exit(main())
