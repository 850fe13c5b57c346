"""The history of a repository as pieces: each version of each file that the tree does not hold any more, or
never held, and what commits and tags say.

Every ref counts, and so does the stash. Git says what it does not have: what came before a shallow clone, and
what a partial one left out.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.core.scan import Unseen
from esclusa.scans.changes import FILES, MISSING, Change, changes
from esclusa.scans.objects import AT_ONCE, Object, Objects
from esclusa.scans.patterns import Patterns
from esclusa.scans.piece import Piece, Read
from esclusa.scans.repository import Repository, records, unseen
from esclusa.scans.shown import shown
from esclusa.scans.tree import pointer, too_large

Held = Callable[[str, str], bool]
"""Whether a path, with an object, is looked at elsewhere."""
_UNSHALLOW = "git fetch --unshallow; in CI, fetch-depth: 0"
_COMMIT = "commit what is to be looked at, or leave history out: --history none"
_FORMAT = "--format=%(objectname) %(objecttype) %(refname)"


def read_history(
    repository: Path,
    since: str,
    largest: int,
    excluded: Sequence[str],
    *,
    held: Held | None = None,
    below: str = "",
) -> Iterator[Read]:
    """What of the history is not in HEAD's tree, or not `held`; `since` a commit only what others brought.

    An empty `since` is all of it. Patterns are relative to `below`, a directory of the repository. At once, a
    ConfigurationError for a `since` that names no commit and for a pattern that is none.
    """
    git = Repository(repository)
    patterns = Patterns(excluded, below)
    try:
        git.asked("rev-parse", "--git-dir")
        base = _base(git, since)
    except OutsideError as error:
        return iter((unseen("history", error),))
    return _History(git, largest, patterns, held).read(base)


def _base(git: Repository, since: str) -> str:
    if not since:
        return ""
    found = git.said("rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
    if found.code != 0:
        raise ConfigurationError(
            f"no commit '{since}' to look at history since",
            mend="name a commit, branch or tag that is here; in CI, fetch it first (fetch-depth: 0)",
        )
    return found.output.decode("ascii").strip()


class _History:
    """A history that is read."""

    def __init__(self, git: Repository, largest: int, patterns: Patterns, held: Held | None) -> None:
        self._git = git
        self._largest = largest
        self._patterns = patterns
        self._held = held
        self._done: set[bytes] = set()

    def read(self, base: str) -> Iterator[Read]:
        try:
            commits = self._commits(base)
            held = self._held or self._in_head()
            refs = self._git.asked("for-each-ref", _FORMAT)
            yield from self._shallow(commits)
            if not (commits or refs or base):
                yield Unseen(place="history", why="the repository has no commits", mend=_COMMIT)
        except OutsideError as error:
            yield unseen("history", error)
            return
        objects = Objects(self._git, self._largest)
        wanted = self._wanted(changes(self._git, commits), held)
        yield from self._pieces(objects, wanted, self._file)
        messages = (Change("commit message", commit, commit) for commit in commits)
        yield from self._pieces(objects, messages, _message)
        yield from self._refs(objects, refs, base, set(commits))

    def _commits(self, base: str) -> list[str]:
        """Those of every ref, of HEAD and of the stash, the oldest first."""
        stash = self._git.said("rev-list", "--walk-reflogs", "refs/stash", "--")
        stashed = stash.output if stash.code == 0 else b""
        less = f"^{base}\n".encode() if base else b""
        found = self._git.asked(
            "rev-list", "--topo-order", "--reverse", "--all", "--stdin", stdin=stashed + less
        )
        return found.decode("ascii").split()

    def _in_head(self) -> Held:
        found = self._git.said("ls-tree", "-r", "-z", "--full-tree", "HEAD")
        held: set[tuple[str, str]] = set()
        for record in records(found.output):
            facts, _, path = record.partition(b"\t")
            held.add((os.fsdecode(path), facts.split(b" ")[2].decode("ascii")))
        return lambda path, name: (path, name) in held

    def _shallow(self, commits: Sequence[str]) -> Iterator[Unseen]:
        path = os.fsdecode(self._git.asked("rev-parse", "--git-path", "shallow").rstrip(b"\n"))
        try:
            ends = set((self._git.directory / path).read_text("ascii").split())
        except OSError:
            return
        if count := len(ends.intersection(commits)):
            which = "1 commit" if count == 1 else f"{count} commits"
            why = f"a shallow clone: what came before {which} is not here"
            yield Unseen(place="history", why=why, mend=_UNSHALLOW)

    def _wanted(self, found: Iterable[Change | Unseen], held: Held) -> Iterator[Change | Read]:
        for change in found:
            if isinstance(change, Unseen):
                yield change
            elif self._patterns.excludes(change.path):
                yield from self._patterns.said(change.path)
            elif not held(change.path, change.object) and self._first(change.object):
                yield change

    def _first(self, name: str) -> bool:
        """Whether an object was not asked for yet."""
        key = bytes.fromhex(name)
        known = key in self._done
        self._done.add(key)
        return not known

    def _pieces(
        self,
        objects: Objects,
        wanted: Iterable["Change | Read"],
        told: "Callable[[Change, Object], Iterator[Read]]",
    ) -> Iterator[Read]:
        """What is wanted, by as many at once as git is asked for."""
        source = iter(wanted)
        while batch := list(islice(source, AT_ONCE)):
            asked = [one for one in batch if isinstance(one, Change)]
            yield from (one for one in batch if not isinstance(one, Change))
            for change, found in zip(asked, objects.read([one.object for one in asked]), strict=True):
                yield from told(change, found)

    def _refs(self, objects: Objects, refs: bytes, base: str, commits: set[str]) -> Iterator[Read]:
        """Annotated tags, and refs to a file or a tree that no commit holds."""
        waiting = deque(line.split(b" ", 2) for line in refs.splitlines())
        while waiting:
            name, kind, ref = waiting.popleft()
            one = Change(os.fsdecode(ref), name.decode("ascii"), name.decode("ascii"))
            if kind == b"tree":
                yield from self._pieces(objects, self._below(one), self._file)
            elif kind in (b"blob", b"tag") and self._first(one.object):
                (found,) = objects.read([one.object])
                if kind == b"blob":
                    yield from self._file(one, found)
                    continue
                target = dict(line.split(b" ", 1) for line in (found.data or b"").split(b"\n")[:2] if line)
                at, of = target.get(b"object", b""), target.get(b"type", b"")
                if not base or of != b"commit" or at.decode("ascii") in commits:
                    tag = f"tag message {shown(ref.removeprefix(b'refs/tags/'))}"
                    yield from _message(msgspec.structs.replace(one, path=tag), found)
                waiting.append([at, of, ref])

    def _below(self, tree: Change) -> Iterator[Change | Read]:
        try:
            listing = self._git.asked("ls-tree", "-r", "-z", "--full-tree", tree.object)
        except OutsideError as error:
            yield unseen(shown(tree.path), error)
            return
        for record in records(listing):
            facts, _, path = record.partition(b"\t")
            mode, _, name = facts.decode("ascii").split(" ")
            if mode in FILES and self._first(name):
                yield Change(os.fsdecode(path), name, tree.commit)

    def _file(self, change: Change, found: Object) -> Iterator[Read]:
        name = shown(change.path)
        place = f"{name} in {change.commit[:12]}"
        if not found.kind:
            yield Unseen(place=place, why="git does not have it, or it is broken", mend=MISSING)
        elif found.data is None:
            yield too_large(place, found.size, self._largest)
        elif pointer(found.data):
            yield self._pointed(name, place, change.commit, found.data)
        else:
            yield Piece(name=name, data=found.data, commit=change.commit)

    def _pointed(self, name: str, place: str, commit: str, data: bytes) -> Read:
        """What a pointer of git LFS points at, if it was fetched."""
        digest = data.partition(b"oid sha256:")[2][:64].decode("ascii", "replace")
        why = "a pointer of git LFS: the content is elsewhere"
        try:
            store = os.fsdecode(self._git.asked("rev-parse", "--git-path", "lfs/objects").rstrip(b"\n"))
            kept = self._git.directory / store / digest[:2] / digest[2:4] / digest
            if len(digest) == 64 and digest.isalnum() and kept.is_file():
                if (size := kept.stat().st_size) > self._largest:
                    return too_large(place, size, self._largest)
                return Piece(name=name, data=kept.read_bytes(), commit=commit)
        except OSError as error:
            why = f"what git LFS has of it cannot be read: {error.strerror}"
        return Unseen(place=place, why=why, mend="git lfs fetch --all")


def _message(change: Change, found: Object) -> Iterator[Read]:
    if found.data is None:
        yield Unseen(place=f"{change.path} in {change.object[:12]}", why="git does not have it", mend=MISSING)
        return
    yield Piece(name=change.path, data=found.data.partition(b"\n\n")[2], commit=change.commit)
