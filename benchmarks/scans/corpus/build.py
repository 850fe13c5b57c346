"""One part of the corpus: its files and what is planted in them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.scans.corpus.archives import gzipped, pickled, tarred, zipped
from benchmarks.scans.corpus.slots import Planted, fill
from benchmarks.scans.halves import HALVES, SEED

PARTS = (*HALVES, "later", "latest")
_TEMPLATES = Path(__file__).parent / "templates"
_PACKERS = {".zip": zipped, ".tar.gz": tarred}
"""A folder of templates with such a name becomes an archive."""
Entry = Mapping[str, object]


@dataclass(frozen=True)
class Half:
    """Files by name, and the entries of truth.json and decoys.json."""

    files: Mapping[str, bytes]
    truth: tuple[Entry, ...]
    decoys: tuple[Entry, ...]

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Everything that is written, in order."""
        for name, data in sorted(self.files.items()):
            yield f"files/{name}", data
        for name, entries in (("truth.json", self.truth), ("decoys.json", self.decoys)):
            yield name, (json.dumps(entries, indent=1) + "\n").encode()


def templates(half: str) -> Iterator[tuple[str, str]]:
    """The name of each file in a half, and its template."""
    root = _TEMPLATES / half
    for path in sorted(root.rglob("*.tmpl")):
        yield path.relative_to(root).as_posix().removesuffix(".tmpl"), path.read_text(encoding="utf-8")


def build(half: str, seed: int = SEED) -> Half:
    """Every template of a half, filled and packed."""
    files: dict[str, bytes] = {}
    packed: dict[str, dict[str, bytes]] = {}
    truth: list[Entry] = []
    decoys: list[Entry] = []
    for name, template in templates(half):
        filled = fill(template, seed, half, name)
        data, shown, planted = filled.text.encode(), name, filled.planted
        if archive := _archive(name):
            member = name.removeprefix(archive + "/")
            packed.setdefault(archive, {})[member] = data
            shown = f"{archive}!{member}"
        elif name.endswith(".gz"):
            files[name], shown = gzipped(data), f"{name}!{Path(name).stem}"
        elif name.endswith(".pkl"):
            files[name] = pickled(filled.text)
            planted = tuple(map(partial(_found, files[name]), planted))
        else:
            files[name] = data
        for one in planted:
            (decoys if one.decoy else truth).append(_entry(shown, one))
    for archive, members in packed.items():
        files[archive] = next(pack for end, pack in _PACKERS.items() if archive.endswith(end))(members)
    return Half(files, tuple(truth), tuple(decoys))


def _archive(name: str) -> str | None:
    """The folder in a name that becomes an archive."""
    folders = [str(parent) for parent in Path(name).parents]
    return next((folder for folder in folders if folder.endswith(tuple(_PACKERS))), None)


def _found(data: bytes, planted: Planted) -> Planted:
    """The same value where it stands in a pickle."""
    raw = json.loads(f'"{planted.shown}"').encode()
    start = data.index(raw)
    first = data.count(b"\n", 0, start) + 1
    last = first + raw.count(b"\n")
    return replace(planted, start=start, end=start + len(raw), line=first, end_line=last, written="plain")


def _entry(file: str, one: Planted) -> Entry:
    return {
        "file": file,
        "line": one.line,
        "end_line": one.end_line,
        "kind": one.kind,
        "start": one.start,
        "end": one.end,
        "written": one.written,
        "sha256": one.sha256,
    }
