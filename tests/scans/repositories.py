"""Real git repositories to look at, and reads in a form that tests compare."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from esclusa.scans.piece import Piece, Read

WHO = {
    **{"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"},
    **{"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"},
}


class Repo:
    """A repository, made where there is none."""

    def __init__(self, path: Path, *, bare: bool = False) -> None:
        self.path = path
        if not path.exists():
            path.mkdir(parents=True)
            self.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))

    def git(self, *words: str, stdin: bytes = b"") -> str:
        """Git's answer."""
        allowed = ("git", "-c", "protocol.file.allow=always", *words)
        done = subprocess.run(
            allowed, cwd=self.path, env={**os.environ, **WHO}, check=True, capture_output=True, input=stdin
        )
        return os.fsdecode(done.stdout).strip()

    def write(self, files: dict[str, bytes]) -> None:
        """Files in the work tree."""
        for name, data in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_bytes(data)

    def commit(self, files: dict[str, bytes], message: str = "change") -> str:
        """A commit of all there is; its SHA-1."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def pieces(reads: Iterable[Read]) -> dict[str, bytes]:
    """The pieces by name; every read has to be one."""
    found: dict[str, bytes] = {}
    for read in reads:
        assert isinstance(read, Piece), read
        assert read.name not in found, read
        found[read.name] = read.data
    return found


def told(reads: Iterable[Read]) -> list[object]:
    """Pieces as (name, data), and all else as it is."""
    return [(read.name, read.data) if isinstance(read, Piece) else read for read in reads]
