"""Where a scan that is asked for by hand begins: so that a finding has one place and one fingerprint, whether
all of a project is looked at or a part."""

import os
from pathlib import Path
from typing import NamedTuple

from esclusa.core.errors import OutsideError
from esclusa.scans.repository import Repository, records, within


class Placed(NamedTuple):
    """The root of what is looked at, and the part of it, empty for all."""

    root: Path
    below: str
    remembered: bool
    """Whether git remembers more of it than there is."""


def place(project: Path, path: Path) -> Placed:
    """Of a path, both absolute: in the project, or in the repository that it is of, or by itself.

    What git ignores is by itself: it was named, so it is looked at, and git remembers nothing of it.
    """
    home = next((one for one in (path, *path.parents) if os.path.lexists(one / ".git")), None)
    ours = path.is_relative_to(project) and (home is None or project.is_relative_to(home))
    root = project if ours else home or path
    below = "" if path == root else path.relative_to(root).as_posix()
    if below and home is not None and _is_ignored(root, below):
        return Placed(path, "", False)
    return Placed(root, below, within(root))


def _is_ignored(root: Path, below: str) -> bool:
    whole = ("--directory",) if (root / below).is_dir() else ()
    words = ("--others", "--ignored", "--exclude-standard", *whole, "--", below)
    try:
        said = Repository(root).said("ls-files", "-z", *words)
    except OutsideError:
        return False
    ignored = {os.fsdecode(one).rstrip("/") for one in records(said.output)}
    return any(below == one or below.startswith(f"{one}/") for one in ignored)
