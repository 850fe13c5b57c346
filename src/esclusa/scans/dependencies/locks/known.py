"""Which file is a lock, by its name, and what reads it."""

import re

from esclusa.scans.dependencies.locks.bills import bill
from esclusa.scans.dependencies.locks.npm import npm_lock, yarn_lock
from esclusa.scans.dependencies.locks.python import pipfile_lock, requirements, toml_lock
from esclusa.scans.dependencies.locks.texts import Reader


def reader_of(path: str) -> Reader | None:
    """What reads a file of that name; None if it is no lock."""
    directory, _, name = path.lower().rpartition("/")
    for pattern, reader in _READERS:
        if pattern.fullmatch(name):
            return reader
    in_requirements = directory.rpartition("/")[2] == "requirements" and name.endswith(".txt")
    return requirements if in_requirements else None


def is_unreadable(path: str) -> bool:
    """Whether it is a lock that is known by its name, and that nothing here reads."""
    return path.rpartition("/")[2].lower() in _UNREADABLE


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        re.compile(
            r".*requirements.*\.txt|.*requirements.*\.lock|lock of this run\.txt|.*constraints.*\.txt"
        ),
        requirements,
    ),
    (re.compile(r"poetry\.lock|uv\.lock|pdm\.lock|pylock(?:\..+)?\.toml"), toml_lock),
    (re.compile(r"pipfile\.lock"), pipfile_lock),
    (re.compile(r"package-lock\.json|npm-shrinkwrap\.json"), npm_lock),
    (re.compile(r"yarn\.lock"), yarn_lock),
    (re.compile(r"(?:.*[.-])?(?:bom|sbom)\.json|.*\.cdx\.json|.*\.spdx\.json"), bill),
)
_UNREADABLE = frozenset(
    {
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "deno.lock",
        "conda-lock.yml",
        "pixi.lock",
        "cargo.lock",
        "go.sum",
    }
    | {"gemfile.lock", "composer.lock", "mix.lock", "packages.lock.json", "gradle.lockfile", "pubspec.lock"}
)
