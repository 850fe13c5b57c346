"""Git as a source: names a commit, and lays its tree out clean. Never touches the user's own work tree."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from esclusa import shell
from esclusa.core.errors import OutsideError, UsageError
from esclusa.core.value import Value


class Commit(Value, frozen=True, kw_only=True):
    """A commit: its full SHA-1, the tree it stands for, and its first line."""

    sha: str
    tree: str
    subject: str


async def find_commit(root: Path, revision: str) -> Commit:
    """The commit a revision names; UsageError when there is none."""
    found = await _git(root, "log", "-1", "--format=%H%n%T%n%s", "--end-of-options", revision, "--")
    inside = any((above / ".git").exists() for above in (root.absolute(), *root.absolute().parents))
    if found.code != 0 and not inside:
        raise UsageError(
            f"{root.name} is in no git repository, and a run takes a commit",
            mend="git init, git add and git commit; then run again",
        )
    if found.code != 0:
        raise UsageError(
            f"no commit '{revision}' in {root.name}: {_last_line(found.errors)}",
            mend="name a commit, branch or tag that `git log` knows; commit first in a new repository",
        )
    # A message may be in any encoding; it is for people, and has to fit into JSON.
    sha, tree, subject = [*found.output.decode(errors="replace").rstrip("\n").split("\n"), "", ""][:3]
    return Commit(sha=sha, tree=tree, subject=subject)


async def uncommitted(root: Path) -> tuple[str, ...]:
    """The paths that differ from HEAD: changed, staged or untracked and not ignored."""
    listed = await _checked(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    return tuple(entry[3:] for entry in listed.split("\0") if entry)


async def ancestry(root: Path, revision: str, most: int) -> tuple[str, ...]:
    """The commit a revision names and those before it, newest first, at most so many; UsageError if none."""
    commit = await find_commit(root, revision)
    return tuple((await _checked(root, "rev-list", f"--max-count={most}", commit.sha)).split())


async def submodules(root: Path, commit: Commit) -> tuple[str, ...]:
    """The places in a commit where another repository's commit is named; laid out, nothing is there."""
    return _submodules_in(await _checked(root, "ls-tree", "-r", "-z", "--full-tree", commit.sha))


async def submodules_dirty(root: Path) -> tuple[str, ...]:
    """The same of the work tree, with the repositories in it that git does not track."""
    tracked = _submodules_in(await _checked(root, "ls-files", "-s", "-z"))
    others = (await _checked(root, "ls-files", "-z", "--others", "--exclude-standard")).split("\0")
    return (*tracked, *(path.removesuffix("/") for path in others if path.endswith("/")))


def _submodules_in(listed: str) -> tuple[str, ...]:
    entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
    return tuple(path for facts, _, path in entries if facts.startswith("160000 "))


async def lay_out(root: Path, commit: Commit, destination: Path) -> None:
    """Write the commit's tree to `destination`, all or nothing, by an index of its own."""
    with _Becoming(destination) as fresh:
        index = {"GIT_INDEX_FILE": str(fresh.with_name(f"{fresh.name}.index"))}
        try:
            await _checked(root, "read-tree", commit.sha, variables=index)
            await _checked(root, "checkout-index", "--all", f"--prefix={fresh}/", variables=index)
        finally:
            Path(index["GIT_INDEX_FILE"]).unlink(missing_ok=True)


async def lay_out_dirty(root: Path, destination: Path) -> str:
    """Write the work tree as it is now, without ignored files, to `destination`; gives its content hash."""
    listed = await _checked(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return _copied(root, {name for name in listed.split("\0") if name}, destination)


def lay_out_again(laid_out: Path, destination: Path) -> str:
    """Write what was laid out before to another place; gives the same content hash."""
    return _copied(laid_out, {str(path.relative_to(laid_out)) for path in laid_out.rglob("*")}, destination)


def _copied(root: Path, names: Iterable[str], destination: Path) -> str:
    content = hashlib.sha256()
    with _Becoming(destination) as fresh:
        for name in sorted(names):
            origin = root / name
            if origin.is_symlink() or origin.is_file():
                copy = fresh / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(origin, copy, follow_symlinks=False)
                content.update(os.fsencode(name) + b"\0" + _content(copy) + b"\0")
    return content.hexdigest()


def _content(path: Path) -> bytes:
    held = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    return hashlib.sha256(held).digest()


class _Becoming:
    """A directory that appears under its name only when the block ends well."""

    def __init__(self, destination: Path) -> None:
        self._destination = destination

    def __enter__(self) -> Path:
        self._destination.parent.mkdir(parents=True, exist_ok=True)
        self._fresh = Path(tempfile.mkdtemp(prefix=".laying-", dir=self._destination.parent))
        return self._fresh

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            shutil.rmtree(self._fresh, ignore_errors=True)
            return
        try:
            self._fresh.rename(self._destination)
        except OSError:
            # Somebody laid the same tree out meanwhile; theirs is as good.
            shutil.rmtree(self._fresh, ignore_errors=True)
            if not self._destination.is_dir():
                raise


async def _checked(root: Path, *words: str, variables: Mapping[str, str] | None = None) -> str:
    done = await _git(root, *words, variables=variables)
    if done.code != 0:
        raise OutsideError(
            f"git {words[0]} failed: {_last_line(done.errors)}", mend=f"run `git {' '.join(words)}` by hand"
        )
    return _text(done.output)


async def _git(root: Path, *words: str, variables: Mapping[str, str] | None = None) -> shell.Captured:
    # A hook or an outer git may have set GIT_DIR and friends, which would point at another repository.
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    return await shell.capture(("git", *words), directory=root, variables={**inherited, **(variables or {})})


def _text(output: bytes) -> str:
    # File names that are not UTF-8 survive the way Python itself carries them.
    return os.fsdecode(output)


def _last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return lines[-1] if lines else "no output"
