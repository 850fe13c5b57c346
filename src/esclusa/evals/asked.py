"""What was asked: a line for each question before it is asked, so that a resumed suite knows which answers
were lost with the process that waited for them.

It is a file and not the case log, because a line costs microseconds there and a transaction does not. What a
killed process had written to a file is in it. After a power cut its newest lines may be missing: then a few
more were asked twice than it says.
"""

import os
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from esclusa.core.errors import OutsideError


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a passage: what it is about, and how many answers its predecessor had lost."""

    subject: str
    lost: int


class Asked:
    """Entered while a suite is asked. Without a file nothing is known, and nothing is lost."""

    def __init__(self, path: Path | None, subject: str, logged: Collection[str]) -> None:
        """`logged`: the questions that the case log knows of."""
        self._path = path
        self._subject = subject
        self._logged = logged
        self._file = -1
        self.again = 0
        """Questions that this and earlier passages had to ask again because their answers were lost. One that
        waited for its turn with the endpoint as its process ended counts too.
        """
        self.lost_by_workers = 0
        """Questions that were asked again within a passage, since the worker that had asked was gone."""

    def __enter__(self) -> Self:
        if self._path is None:
            return self
        try:
            earlier, asked, self.lost_by_workers = self._read(self._path)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise self._unwritable(error) from error
        lost = len(asked.difference(self._logged))
        self.again = earlier + lost
        self._write(b"\n" + msgspec.json.encode(Passage(subject=self._subject, lost=lost)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file >= 0:
            os.close(self._file)

    def note(self, question: str) -> None:
        """It is about to be asked. OutsideError when that cannot be written."""
        if self._file >= 0:
            self._write(msgspec.json.encode(question))

    def lost(self, question: str) -> None:
        """A worker was lost before it gave the answer back: the question is about to be asked again."""
        self.lost_by_workers += 1
        if self._file >= 0:
            self._write(msgspec.json.encode([question]))

    def notes(self) -> tuple[str, ...]:
        """In words, what was lost."""
        causes = (
            (self.again, "the run was broken off before the answer was kept"),
            (self.lost_by_workers, "a worker was lost before it gave the answer back"),
        )
        return tuple(
            f"{'1 case' if count == 1 else f'{count} cases'} may have been asked twice: {why}"
            for count, why in causes
            if count
        )

    def _read(self, path: Path) -> tuple[int, set[str], int]:
        """How many answers earlier passages had lost, what the last one asked, and how many answers were lost
        with workers.
        """
        lines = path.read_bytes().split(b"\n") if path.is_file() else []
        lost, asked, ours, by_workers = 0, set[str](), False, 0
        for line in lines:
            try:
                entry = msgspec.json.decode(line, type=Passage | str | list[str])
            except msgspec.DecodeError:
                continue  # torn by a power cut, or empty
            if isinstance(entry, str):
                asked.add(entry)
                continue
            if isinstance(entry, list):
                by_workers += len(entry)
                continue
            asked, ours = set(), entry.subject == self._subject
            lost, by_workers = (lost + entry.lost, by_workers) if ours else (0, 0)
        return (lost, asked, by_workers) if ours else (0, set(), 0)  # else of another suite or release

    def _write(self, line: bytes) -> None:
        try:
            os.write(self._file, line + b"\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutsideError:
        return OutsideError(
            f"{self._path} cannot be written: {error.strerror}",
            mend="free some space (`esclusa prune` helps), see who owns it",
        )
