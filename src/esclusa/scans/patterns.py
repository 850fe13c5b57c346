"""Patterns of what a project wants left out, as in `.gitignore`: what is left out is said once."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from esclusa.core.errors import ConfigurationError
from esclusa.scans.piece import Excluded
from esclusa.scans.shown import shown

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Patterns:
    """Patterns, relative to a root; and what of it they left out so far."""

    def __init__(self, lines: Sequence[str], below: str = "") -> None:
        """`below`: where the root is in what is asked about, as `services/agent/`.

        ConfigurationError for a pattern that is none.
        """
        self._below = below
        self._lines = tuple(line for line in lines if line.strip() and not line.startswith("#"))
        for line in self._lines:
            _check(line)
        self._spec = _spec(self._lines)
        self._directories: dict[str, str] = {"": ""}
        self._said: set[str] = set()

    def excludes(self, path: str) -> bool:
        """Whether a path (`a/b.txt`; a directory as `a/b/`), or a directory above it, is left out."""
        if not self._lines or not path.startswith(self._below):
            return False
        return self._pattern(path.removeprefix(self._below)) != ""

    def said(self, path: str) -> Iterator[Excluded]:
        """What is to be said of a path that is left out: the uppermost directory that is, or it; once."""
        for place in _from_above(path.removeprefix(self._below)):
            if pattern := self._pattern(place):
                if place not in self._said:
                    self._said.add(place)
                    yield Excluded(place=shown(self._below + place), pattern=pattern)
                return

    def _pattern(self, path: str) -> str:
        """The pattern that leaves it out, or a directory above it; empty if none does."""
        above = path.removesuffix("/").rpartition("/")[0]
        pattern = self._directories.get(f"{above}/" if above else "")
        if pattern is None:
            for place in _from_above(f"{above}/"):
                pattern = self._directories[place] = pattern or self._own(place)
        return pattern or self._own(path)

    def _own(self, path: str) -> str:
        found = self._spec.check_file(path)
        if not found.include or found.index is None:
            return ""
        return self._lines[found.index]


def leave_out_everything(lines: Sequence[str]) -> bool:
    """Whether patterns leave nothing that could be looked at: also what has a name that nobody gives."""
    patterns = Patterns(lines)
    takes_back = any(line.startswith("!") for line in lines)
    return not takes_back and all(map(patterns.excludes, _NOBODYS))


_NOBODYS = ("q5f0d", "7q5f/z5f0d", ".5f0d")


def _from_above(path: str) -> list[str]:
    """The directories above a path, from the uppermost, and the path."""
    parts = path.removesuffix("/").split("/")
    return ["/".join(parts[:count]) + "/" for count in range(1, len(parts))] + [path]


def _check(line: str) -> None:
    try:
        _spec((line,))
    except ValueError as error:
        raise ConfigurationError(
            f"`{line}` is no pattern of what to leave out", mend="write it as in a .gitignore"
        ) from error


def _spec(lines: Sequence[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec  # slow to import, and most who read a project need none

    return GitIgnoreSpec.from_lines(lines)
