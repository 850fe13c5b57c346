"""A git repository that is not trusted: nothing that its own configuration names is run, nothing is fetched,
and neither replaced nor grafted commits hide anything."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from esclusa import pipe
from esclusa.core.errors import OutsideError
from esclusa.core.scan import Unseen

_GIT = (
    *("git", "--no-replace-objects", "--no-pager", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("-c", "core.commitGraph=false"),
)
_ALONE = {
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
NONE = "not a git repository"


class Repository:
    """Git, asked in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # A hook or an outer git may have set GIT_DIR and friends, which would point at another repository.
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
        self._variables = {**inherited, **_ALONE}

    def said(self, *words: str, stdin: bytes = b"") -> pipe.Said:
        """What git answers. OutsideError when there is no git."""
        return pipe.said((*_GIT, *words), directory=self.directory, variables=self._variables, stdin=stdin)

    def asked(self, *words: str, stdin: bytes = b"") -> bytes:
        """The answer; OutsideError when git cannot give it."""
        answer = self.said(*words, stdin=stdin)
        if answer.code != 0:
            raise OutsideError(f"git {words[0]}: {answer.errors}", mend=_mend(answer.errors))
        return answer.output

    def running(self, *words: str, stdin: bytes = b"") -> AbstractContextManager[pipe.Piped]:
        """Git, while it runs."""
        return pipe.piped((*_GIT, *words), directory=self.directory, variables=self._variables, stdin=stdin)


def within(directory: Path) -> bool:
    """Whether a directory looks as if it were in a work tree."""
    absolute = directory.absolute()
    return any(os.path.lexists(above / ".git") for above in (absolute, *absolute.parents))


def unseen(place: str, error: OutsideError) -> Unseen:
    """A failure of git, as what is not looked at because of it."""
    return Unseen(place=place, why=error.message, mend=error.mend)


def records(output: bytes) -> Iterator[bytes]:
    """The parts of an answer given with `-z`."""
    return (part for part in output.split(b"\0") if part)


def _mend(errors: str) -> str:
    if "dubious ownership" in errors or "safe.directory" in errors:
        return "git config --global --add safe.directory, with the repository's path"
    if NONE in errors:
        return "name a git repository, or `history: none`"
    return "run `git fsck`"
