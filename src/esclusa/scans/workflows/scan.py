"""The scan of the files that build and deliver."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from esclusa.core.errors import UsageError
from esclusa.core.scan import Idle, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances, marks
from esclusa.scans.answered import Answered
from esclusa.scans.piece import Excluded, Piece
from esclusa.scans.request import Request
from esclusa.scans.search import worst_first
from esclusa.scans.tree import read_tree
from esclusa.scans.workflows.copies import Files, lay
from esclusa.scans.workflows.files import Sort, jenkins, refused, sort
from esclusa.scans.workflows.linter import Linter
from esclusa.scans.workflows.linters import LINTERS, NAMES
from esclusa.scans.workflows.looking import Looked, look
from esclusa.scans.workflows.remarks import findings

LARGEST = 1024 * 1024
"""Bytes of one file: those who run such files take none that is larger."""
INSTALL = "pip install 'esclusa[scan]'"
FIT = "name one that looks at such files, or leave `engines` out"


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What the linters say of the files that there are; none at all is clean, and said. Where none of them
    looks at any of the files, nothing was scanned.

    UsageError for the name of a linter that there is not.
    """
    return looked(request, acceptances, _named(request.engines))


def _named(names: Sequence[str]) -> Sequence[Linter]:
    """Those of some names; all of them where none is named."""
    for name in names:
        if name not in NAMES:
            raise UsageError(f"{name}: no such linter", mend=f"known are {', '.join(NAMES)}")
    return [one for one in LINTERS if not names or one.program in names]


def looked(request: Request, acceptances: Acceptances, linters: Sequence[Linter]) -> Report:
    """The same by some linters."""
    tree = _Files(request, frozenset(kind for one in linters for kind in one.sorts))
    needed = [one for one in linters if any(kind in one.sorts for kind, _ in tree.files)]
    report = Report(
        kind=request.kind,
        target=request.target,
        engines=tuple(one.engine for one in needed),
        excluded=tuple(tree.excluded),
        unseen=tuple(tree.unseen),
        notes=tuple(tree.notes),
    )
    if not tree.files and tree.left:
        return replace(report, ran=False, trouble=f"{tree.left}: none of `engines` looks at it", mend=FIT)
    if not tree.files:
        return replace(
            report, notes=(*report.notes, "there is no file of a workflow, a pipeline, a container")
        )
    programs = {one.name: one.found() for one in needed}
    if not any(programs.values()):
        names = ", ".join(one.name for one in needed)
        return replace(report, ran=False, trouble=f"{names}: not installed", mend=INSTALL)
    with TemporaryDirectory(prefix="esclusa-workflows-") as scratch:
        copies = lay(Path(scratch), tree.files, needed)
        results = anyio.run(_looked, needed, Path(scratch), copies, tree.files, programs)
    return _told(
        replace(report, seen=len(tree.files)), request, acceptances, needed, copies, results, tree.files
    )


async def _looked(
    linters: Sequence[Linter],
    directory: Path,
    copies: Mapping[str, Piece],
    files: Files,
    programs: Mapping[str, str | None],
) -> list[Looked]:
    results = [Looked()] * len(linters)

    async def one(number: int, linter: Linter) -> None:
        mine = _of(linter, copies, files)
        results[number] = await look(linter, directory, mine, programs[linter.name])

    async with anyio.create_task_group() as group:
        for number, linter in enumerate(linters):
            group.start_soon(one, number, linter)
    return results


def _of(linter: Linter, copies: Mapping[str, Piece], files: Files) -> list[str]:
    return [copy for copy, (kind, _) in zip(copies, files, strict=True) if kind in linter.sorts]


def _told(
    report: Report,
    request: Request,
    acceptances: Acceptances,
    linters: Sequence[Linter],
    copies: Mapping[str, Piece],
    results: Sequence[Looked],
    files: Files,
) -> Report:
    unseen = [*report.unseen]
    unread: set[str] = set()
    for linter, result in zip(linters, results, strict=True):
        whys = dict(result.told.unread)
        if result.missing:
            whys = dict.fromkeys(_of(linter, copies, files), "it is not installed")
        mend = INSTALL if result.missing else "correct the file, or exclude it"
        unread.update(whys)
        unseen += [
            Unseen(place=copies[copy].name, why=f"{linter.name}: {why}", mend=mend)
            for copy, why in whys.items()
        ]
    apart = Answered(acceptances, request.today)
    for copy, piece in copies.items():
        said = [one for result in results for one in result.told.remarks if one.copy == copy]
        for finding, text in findings(piece, said):
            apart.take(finding, text)
    troubles = [result.trouble for result in results if result.trouble]
    read = [piece for copy, piece in copies.items() if copy not in unread]
    report = replace(
        report,
        findings=tuple(sorted(apart.findings, key=worst_first)),
        accepted=tuple(apart.accepted),
        unseen=(*unseen, *apart.unseen),
        seen=len(read),
        size=sum(len(piece.data) for piece in read),
        trouble="; ".join(troubles),
        mend="reinstall it, or see what it says of the files by itself" if troubles else "",
    )
    rules = {copy: _rules(copy, linters, results, copies, files) for copy in copies if copy not in unread}
    marks = _idle_marks({copies[copy].name: (copies[copy], mine) for copy, mine in rules.items()}, apart)
    sure = request.whole and report.state in ("clean", "found")
    return replace(report, idle=(*marks, *(apart.idle() if sure else ())))


def _rules(
    copy: str,
    linters: Sequence[Linter],
    results: Sequence[Looked],
    copies: Mapping[str, Piece],
    files: Files,
) -> frozenset[str]:
    """How the rules begin of the linters that looked at a file."""
    return frozenset(
        linter.known.rule.partition("/")[0]
        for linter, result in zip(linters, results, strict=True)
        if not result.trouble and copy in _of(linter, copies, files)
    )


def _idle_marks(looked: Mapping[str, tuple[Piece, frozenset[str]]], apart: Answered) -> Iterator[Idle]:
    """What files say is accepted, on a line or in the comment above it, and was not found there."""
    for name, (piece, begins) in looked.items():
        for line, rule in marks(piece.data):
            near = {(name, line, rule), (name, line + 1, rule)}
            if rule.partition("/")[0] in begins and not near & apart.concerned:
                yield Idle(where=f"{name}:{line}", what=rule)


class _Files:
    """The files that there are; and what could not be read, or is left out."""

    def __init__(self, request: Request, understood: frozenset[Sort]) -> None:
        self._understood = understood
        self.files: list[tuple[Sort, Piece]] = []
        self.left = ""
        """One that no linter looks at; empty if there is none."""
        self.unseen: list[Unseen] = []
        self.excluded: list[Unseen] = []
        self.notes: list[str] = []
        root = Path(request.root)
        # One file that is asked for by name is told by the path that leads to it.
        self._above = f"{root.parent.as_posix()}/" if root.is_file() else ""
        largest = min(request.largest, LARGEST)
        for read in read_tree(root, request.excluded, largest, self._wanted, request.submodules):
            self._take(read)

    def _wanted(self, path: str) -> bool:
        return sort(self._above + path) is not None or jenkins(path)

    def _take(self, read: Piece | Unseen | Excluded) -> None:
        if isinstance(read, Unseen):
            self.unseen.append(read)
        elif isinstance(read, Excluded):
            self.excluded.append(Unseen(place=read.place, why=f"excluded by `{read.pattern}`"))
        elif kind := sort(self._above + read.name):
            if kind not in self._understood:
                self.left = self.left or read.name
                self.excluded.append(Unseen(place=read.name, why="none of `engines` looks at it"))
            elif why := refused(kind, read.data):
                self.unseen.append(Unseen(place=read.name, why=why, mend="correct the file, or exclude it"))
            else:
                self.files.append((kind, read))
        else:
            self.notes.append(f"{read.name} was not looked at: nothing here understands pipelines of Jenkins")
