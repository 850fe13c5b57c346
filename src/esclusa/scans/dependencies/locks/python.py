"""Locks of Python: requirements files, poetry, uv, pdm, pylock and Pipenv."""

import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping

from esclusa.scans.dependencies.locks.texts import Read, line_in, lines_of, read_json
from esclusa.scans.dependencies.package import Package, Problem, canonical

PIN = "pin it, `name==1.2.3`: a range says nothing about what is installed"
_PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*(?P<version>[^\s;,#*\\]+)\s*(?:[;\\#]|--|\Z)"
)
_INCLUDED = re.compile(r"(?:-r\s*|--requirement[\s=]\s*)(?P<file>\S+)")
_OPTION = re.compile(r"-{1,2}[A-Za-z]")


def requirements(text: str, file: str) -> Iterator[Read]:
    """A requirements file of pip, ours and pip-compile's among them."""
    for number, line in _joined(text):
        said = line.partition(" #")[0].strip()
        if not said or said.startswith("#") or _OPTION.match(said):
            if re.match(r"(?:-e|--editable)\b", said):
                yield Problem(line=number, why=f"`{said[:60]}` is no version of a package", mend=PIN)
            continue
        pinned = _PINNED.match(said)
        if pinned:
            yield _package(pinned["name"], pinned["version"], file, number)
        else:
            yield Problem(line=number, why=f"`{said[:60]}` is not pinned", mend=PIN)


def included(text: str, file: str) -> Iterator[tuple[int, str]]:
    """The files that a requirements file takes in (`-r`), with the lines that say so."""
    for number, line in _joined(text):
        named = _INCLUDED.match(line.partition(" #")[0].strip())
        if named:
            yield number, posixpath.normpath(posixpath.join(posixpath.dirname(file), named["file"]))


def toml_lock(text: str, file: str) -> Iterator[Read]:
    """poetry.lock, uv.lock, pdm.lock and pylock.toml: tables of packages."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        yield Problem(line=line_in(str(error)), why=f"it is no TOML: {error}"[:200])
        return
    entries = document.get("package", document.get("packages"))
    if not isinstance(entries, list):
        yield Problem(line=1, why="it has no list of packages")
        return
    lines = lines_of(text, re.compile(r'^name\s*=\s*"(?P<name>[^"]+)"'))
    for entry in entries:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
            yield Problem(line=1, why="a package without a name")
            continue
        name, version = entry["name"], entry.get("version")
        line = next(lines.get(name, iter(())), 0)
        source = entry.get("source")
        if isinstance(version, str):
            yield _package(name, version, file, line)
        elif not (isinstance(source, Mapping) and {"virtual", "editable", "directory"} & set(source)):
            yield Problem(line=line, why=f"`{name}` has no version")


def pipfile_lock(text: str, file: str) -> Iterator[Read]:
    """Pipfile.lock."""
    document = read_json(text)
    if isinstance(document, Problem):
        yield document
        return
    if not any(isinstance(document.get(group), Mapping) for group in ("default", "develop")):
        yield Problem(line=1, why="it has neither `default` nor `develop`")
        return
    lines = lines_of(text, re.compile(r'^\s*"(?P<name>[^"]+)":\s*\{'))
    for group in ("default", "develop"):
        entries = document.get(group, {})
        for name, entry in entries.items() if isinstance(entries, Mapping) else ():
            line = next(lines.get(name, iter(())), 0)
            version = entry.get("version") if isinstance(entry, Mapping) else None
            if isinstance(version, str) and version.startswith("=="):
                yield _package(name, version.removeprefix("=="), file, line)
            else:
                yield Problem(line=line, why=f"`{name}` is not pinned", mend=PIN)


def _package(name: str, version: str, file: str, line: int) -> Package:
    return Package(ecosystem="PyPI", name=canonical("PyPI", name), version=version, file=file, line=line)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines: one that ends in a backslash goes on."""
    start, held = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        start = start or number
        if line.rstrip().endswith("\\"):
            held += line.rstrip()[:-1] + " "
            continue
        yield start, held + line
        start, held = 0, ""
    if held:
        yield start, held
