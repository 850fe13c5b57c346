"""Locks of npm and yarn."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from esclusa.scans.dependencies.locks.texts import Read, lines_of, read_json
from esclusa.scans.dependencies.package import Package, Problem, canonical

_YARN = re.compile(r"^# yarn lockfile|^__metadata:")
"""How every version of yarn begins a lock."""
_ENTRY = re.compile(r'(?:"?(?P<name>@?[^@"\s]+)@.*:|\? "?(?P<long>@?[^@"\s]+)@.*)\s*$')
"""A key. A very long one stands behind a question mark, and its colon on the next line."""


def npm_lock(text: str, file: str) -> Iterator[Read]:
    """package-lock.json and npm-shrinkwrap.json, of all three versions."""
    document = read_json(text)
    if isinstance(document, Problem):
        yield document
        return
    lines = lines_of(text, re.compile(r'^\s*"(?P<name>(?:[^"]*node_modules/)?[^"]+)":\s*\{'))
    packages = document.get("packages")
    if isinstance(packages, Mapping):
        for path, entry in packages.items():
            name = path.rpartition("node_modules/")[2]
            if "node_modules/" in path:
                yield _of_npm(name, entry, file, next(lines.get(path, iter(())), 0), tells=True)
    elif isinstance(document.get("dependencies"), Mapping):
        yield from _nested(document["dependencies"], file, lines)
    elif document.get("lockfileVersion") is None:
        yield Problem(line=1, why="it has neither `packages` nor `dependencies`")


def yarn_lock(text: str, file: str) -> Iterator[Read]:
    """yarn.lock of yarn 1, and of the later ones as far as it says npm."""
    name, line, told = "", 0, False
    for number, said in enumerate(text.splitlines(), 1):
        told = told or _YARN.search(said) is not None
        if said and said.rstrip() != ":" and not said.startswith((" ", "#", "_")):
            head = _ENTRY.match(said)
            if name or head is None:
                yield _not_yarn(line if name else number)
            name, line = (head["name"] or head["long"], number) if head else ("", 0)
        version = re.match(r'\s{2}version:?\s+"?(?P<version>[^"\s]+)"?\s*$', said)
        if version and name:
            told = True
            if "0.0.0-use.local" not in version["version"]:
                yield _package(name, version["version"], file, line, None)
            name = ""
    if name or not told:
        yield _not_yarn(line or 1)


def _not_yarn(line: int) -> Problem:
    why = "it is no lock of yarn, or is cut off: expected a package and its version"
    return Problem(line=line, why=why, mend="have yarn write it anew: `yarn install`")


def _nested(dependencies: Mapping[str, Any], file: str, lines: Mapping[str, Iterator[int]]) -> Iterator[Read]:
    for name, entry in dependencies.items():
        yield _of_npm(name, entry, file, next(lines.get(name, iter(())), 0), tells=False)
        if isinstance(entry, Mapping) and isinstance(entry.get("dependencies"), Mapping):
            yield from _nested(entry["dependencies"], file, lines)


def _of_npm(name: str, entry: Any, file: str, line: int, *, tells: bool) -> Read:
    """`tells`: whether locks of this version say licences."""
    said = entry if isinstance(entry, Mapping) else {}
    version = said.get("version")
    if isinstance(version, str) and re.match(r"\d", version):
        licences = _licences(said) if tells else None
        return _package(str(said.get("name") or name), version, file, line, licences)
    if said.get("link") is True:
        return Problem(
            line=line, why=f"`{name}` is a link to a directory", mend="look at that directory's own lock"
        )
    return Problem(line=line, why=f"`{name}` has no version of the registry")


def _licences(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """As package.json says it today, or said it once: an object, or a list to choose from."""
    said = entry.get("license", entry.get("licenses"))
    listed = said if isinstance(said, list) else [said]
    words = [str(one.get("type", "")) if isinstance(one, Mapping) else str(one or "") for one in listed]
    named = [one for one in words if one]
    return (" OR ".join(named),) if named else ()


def _package(name: str, version: str, file: str, line: int, licences: tuple[str, ...] | None) -> Package:
    return Package(
        ecosystem="npm",
        name=canonical("npm", name),
        version=version,
        file=file,
        line=line,
        licences=licences,
    )
