"""Building a release: its parts collected from a clean source into one directory with the same bytes always.

release/
  release.json      the manifest: part -> path -> digest
  agent/            the files of the repository, as the agent is served from them
  lock.txt          the dependency lock
  served.json       how the agent and its services are started and asked
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from esclusa.core.errors import ConfigurationError, StateError
from esclusa.core.project import Agent, ServiceSpec
from esclusa.core.release import PARTS, File, Manifest, Part
from esclusa.core.value import Value, decode, encode

MANIFEST = "release.json"
AGENT = "agent"
LOCK = "lock.txt"
SERVED = "served.json"


class Served(Value, frozen=True, kw_only=True):
    """What of the project file belongs to the release: a rollback brings it back with the code."""

    agent: Agent
    services: tuple[ServiceSpec, ...] = ()


def build(source: Path, lock: str, served: Served, destination: Path, *, exclude: Sequence[str]) -> Manifest:
    """Collect the release into `destination`, which must not exist. Same input, same bytes.

    `exclude` are paths of the repository that do not shape behaviour: tests, eval sets, `esclusa.yaml`.
    ConfigurationError when a declared behaviour path is not in the source, the flags are excluded, or a name
    is not UTF-8, so that no manifest can hold it.
    """
    _declared_paths_exist(source, served.agent.behaviour)
    parts: dict[Part, dict[str, File]] = {part: {} for part in PARTS}
    for path in _files(source, exclude):
        name = path.relative_to(source).as_posix()
        _refuse_name(name)
        copy = destination / AGENT / name
        parts[part_of(name, served.agent.behaviour)][f"{AGENT}/{name}"] = _copied(path, copy)
    _flags_are_in(parts, served.agent.flags)
    destination.mkdir(parents=True, exist_ok=True)
    parts["lock"][LOCK] = _written(lock.encode(), destination / LOCK)
    parts["configuration"][SERVED] = _written(encode(served), destination / SERVED)
    manifest = Manifest(parts=parts)
    (destination / MANIFEST).write_bytes(encode(manifest))
    return manifest


def file_of(manifest: Manifest, name: str) -> File | None:
    """A file of the repository as it was sealed; None when the release has none of that name."""
    found = (files.get(f"{AGENT}/{name}") for files in manifest.parts.values())
    return next((file for file in found if file is not None), None)


def manifest_of(release: Path) -> Manifest:
    """The manifest of a built release; StateError when it cannot be read."""
    return decode(Manifest, _read(release / MANIFEST))


def served_of(release: Path) -> Served:
    """How a built release is served; StateError when it cannot be read."""
    return decode(Served, _read(release / SERVED))


def part_of(name: str, behaviour: Mapping[str, Iterable[str]]) -> Part:
    """The part a file belongs to: the one whose declared path is the longest that holds it, else the code."""
    best, part = -1, "code"
    for candidate, paths in behaviour.items():
        for path in paths:
            if _holds(path, name) and len(path) > best:
                best, part = len(path), candidate
    return next(known for known in PARTS if known == part)


def part_digests(manifest: Manifest) -> dict[str, str]:
    """One digest for each part, so that two releases can be told apart at a glance."""
    return {part: hashlib.sha256(encode(files)).hexdigest()[:16] for part, files in manifest.parts.items()}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StateError(
            f"the release cannot be read: {path}: {error.strerror}",
            mend="run its commit again to build it anew",
        ) from error


def _files(source: Path, exclude: Sequence[str]) -> Iterable[Path]:
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        hidden = ".git" in path.relative_to(source).parts or "__pycache__" in path.parts
        if not hidden and (path.is_file() or path.is_symlink()) and not any(_holds(e, name) for e in exclude):
            yield path


def _refuse_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        told = os.fsencode(name).decode(errors="backslashreplace")
        raise ConfigurationError(
            f"a release holds no file whose name is not UTF-8: {told}",
            mend="give it another name, or exclude its directory from the artifact",
        ) from None


def _holds(path: str, name: str) -> bool:
    declared = PurePosixPath(path)
    return declared == PurePosixPath(name) or declared in PurePosixPath(name).parents


def _copied(path: Path, copy: Path) -> File:
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        copy.symlink_to(path.readlink())
        return File(digest=hashlib.sha256(os.fsencode(path.readlink())).hexdigest())
    executable = bool(path.stat().st_mode & 0o100)
    shutil.copyfile(path, copy)
    copy.chmod(0o755 if executable else 0o644)
    return File(digest=hashlib.sha256(copy.read_bytes()).hexdigest(), executable=executable)


def _written(content: bytes, path: Path) -> File:
    path.write_bytes(content)
    path.chmod(0o644)
    return File(digest=hashlib.sha256(content).hexdigest())


def _declared_paths_exist(source: Path, behaviour: Mapping[str, Iterable[str]]) -> None:
    for part, paths in behaviour.items():
        for path in paths:
            if not (source / path).exists():
                raise ConfigurationError(
                    f"'{path}' is declared as {part}, but the commit has no such file or directory",
                    key=f"agent.behaviour.{part}",
                    mend="commit it, or take it out of agent.behaviour",
                )


def _flags_are_in(parts: Mapping[Part, Mapping[str, File]], flags: str) -> None:
    if flags and file_of(Manifest(parts=parts), flags) is None:
        raise ConfigurationError(
            f"'{flags}' holds the flags, and the release leaves it out",
            key="agent.flags",
            mend="take it out of the artifact's `exclude`, and name no path through a symbolic link",
        )
