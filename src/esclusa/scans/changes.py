"""What commits brought: each version of each file once, with the oldest commit that has it.

Of merges, what is in none of their parents.
"""

import os
from collections.abc import Iterator, Sequence
from typing import IO

import msgspec

from esclusa.core.scan import Unseen
from esclusa.scans.repository import Repository

FILES = ("100644", "100755", "100664")
_RESTARTS = 50
MISSING = "git fetch --refetch, or clone it again in full"
_DIFF = (
    *("diff-tree", "--stdin", "--always", "-c", "--root", "-r", "--raw", "-z"),
    *("--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all"),
)


class Change(msgspec.Struct, frozen=True):
    """A version of a file, by its object and the commit that brought it."""

    path: str
    object: str
    commit: str


def changes(git: Repository, commits: Sequence[str]) -> Iterator[Change | Unseen]:
    """What each of the commits, in their order, brought. A commit that git cannot read is unseen."""
    left, restarts = list(commits), 0
    while left:
        seen = 0
        with git.running(*_DIFF, stdin="".join(f"{one}\n" for one in left).encode()) as program:
            commit = ""
            for change in _read(program.output):
                if isinstance(change, str):
                    commit, seen = change, seen + 1
                else:
                    yield Change(*change, commit)
            if program.ended() == 0:
                return
            errors = program.errors
        # A commit is named once all that it changed is known: git ended at the first that it did not name.
        place = f"commit {left[seen]}" if seen < len(left) else "history"
        yield Unseen(place=place, why=f"git cannot tell what it changed: {errors}", mend=MISSING)
        restarts += 1
        left = left[seen + 1 :]
        if left and restarts == _RESTARTS:
            yield Unseen(place="history", why=f"git broke off {restarts} times", mend=MISSING)
            return


def _read(output: IO[bytes]) -> Iterator[str | tuple[str, str]]:
    """Commits, and after each the paths and objects that it brought."""
    records = _records(output)
    for record in records:
        if not record.startswith(b":"):
            yield record.decode("ascii")
            continue
        parents = len(record) - len(record.lstrip(b":"))
        words = record.lstrip(b":").decode("ascii").split(" ")
        path = next(records, b"")
        mode, brought = words[parents], words[2 * parents + 1]
        if mode in FILES:
            yield os.fsdecode(path), brought


def _records(output: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while part := output.read1(1 << 16):  # type: ignore[attr-defined]
        *whole, rest = (rest + part).split(b"\0")
        yield from whole
