"""A commit as a run names it: by its subject, in which a secret may stand that no output is to show."""

from pathlib import Path

from esclusa.core.value import replace
from esclusa.scans.masked import MASK
from esclusa.scans.piece import Piece
from esclusa.scans.search import surest
from esclusa.scans.secrets.rules import Rules
from esclusa.sources.git import Commit, find_commit


async def named_commit(root: Path, revision: str) -> Commit:
    """The commit that a revision names, without the secrets of its subject; UsageError if there is none."""
    commit = await find_commit(root, revision)
    return replace(commit, subject=without_secrets(commit.subject))


def without_secrets(text: str) -> str:
    """The text with what our rules call a secret masked."""
    data = text.encode(errors="replace")
    shown, at = b"", 0
    found = surest(Rules({}).find([Piece(name="commit message", data=data)]))
    for hit in sorted(found, key=lambda hit: hit.start):
        shown += data[at : hit.start] + MASK.encode()
        at = hit.end
    return (shown + data[at:]).decode(errors="replace")
