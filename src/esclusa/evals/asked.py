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

    def __enter__(self) -> Self:
        if self._path is None:
            return self
        try:
            earlier, asked = self._read(self._path)
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

    def notes(self) -> tuple[str, ...]:
        """In words, what was lost."""
        if not self.again:
            return ()
        what = "1 case" if self.again == 1 else f"{self.again} cases"
        return (f"{what} may have been asked twice: the run was broken off before the answer was kept",)

    def _read(self, path: Path) -> tuple[int, set[str]]:
        """How many answers earlier passages had lost, and what the last one asked."""
        lines = path.read_bytes().split(b"\n") if path.is_file() else []
        lost, asked, ours = 0, set[str](), False
        for line in lines:
            try:
                entry = msgspec.json.decode(line, type=Passage | str)
            except msgspec.DecodeError:
                continue  # torn by a power cut, or empty
            if isinstance(entry, str):
                asked.add(entry)
                continue
            ours = entry.subject == self._subject
            lost, asked = (lost + entry.lost if ours else 0), set()
        return (lost, asked) if ours else (0, set())  # else of another suite or release

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
