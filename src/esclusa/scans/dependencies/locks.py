"""Lock files and bills of materials: which packages each names, and what in it names none.

Each reader takes a text and the name of its file; what cannot be read at all is a `Problem` at its line. They
look at what is pinned: a range says nothing about what will be installed.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from esclusa.scans.dependencies.package import Ecosystem, Package, Problem, canonical, of_purl

Read = Package | Problem
Reader = Callable[[str, str], Iterable[Read]]
PIN = "pin it, `name==1.2.3`: a range says nothing about what is installed"
_PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*(?P<version>[^\s;,#*\\]+)\s*(?:[;\\#]|--|\Z)"
)
_OPTION = re.compile(r"-{1,2}[A-Za-z]")


def reader_of(path: str) -> Reader | None:
    """What reads a file of that name; None if it is no lock."""
    name = path.rpartition("/")[2].lower()
    for pattern, reader in _READERS:
        if pattern.fullmatch(name):
            return reader
    return None


def is_unreadable(path: str) -> bool:
    """Whether it is a lock that is known by its name, and that nothing here reads."""
    return path.rpartition("/")[2].lower() in _UNREADABLE


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
            yield _package("PyPI", pinned["name"], pinned["version"], file, number)
        else:
            yield Problem(line=number, why=f"`{said[:60]}` is not pinned", mend=PIN)


def toml_lock(text: str, file: str) -> Iterator[Read]:
    """poetry.lock, uv.lock, pdm.lock and pylock.toml: tables of packages."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        yield Problem(line=_line_of(str(error)), why=f"it is no TOML: {error}"[:200])
        return
    entries = document.get("package", document.get("packages"))
    if not isinstance(entries, list):
        yield Problem(line=1, why="it has no list of packages")
        return
    lines = _lines(text, re.compile(r'^name\s*=\s*"(?P<name>[^"]+)"'))
    for entry in entries:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
            yield Problem(line=1, why="a package without a name")
            continue
        name, version = entry["name"], entry.get("version")
        line = next(lines.get(name, iter(())), 0)
        source = entry.get("source")
        if isinstance(version, str):
            yield _package("PyPI", name, version, file, line)
        elif not (isinstance(source, Mapping) and {"virtual", "editable", "directory"} & set(source)):
            yield Problem(line=line, why=f"`{name}` has no version")


def pipfile_lock(text: str, file: str) -> Iterator[Read]:
    """Pipfile.lock."""
    document = _json(text)
    if isinstance(document, Problem):
        yield document
        return
    lines = _lines(text, re.compile(r'^\s*"(?P<name>[^"]+)":\s*\{'))
    for group in ("default", "develop"):
        entries = document.get(group, {})
        for name, entry in entries.items() if isinstance(entries, Mapping) else ():
            line = next(lines.get(name, iter(())), 0)
            version = entry.get("version") if isinstance(entry, Mapping) else None
            if isinstance(version, str) and version.startswith("=="):
                yield _package("PyPI", name, version.removeprefix("=="), file, line)
            else:
                yield Problem(line=line, why=f"`{name}` is not pinned", mend=PIN)


def npm_lock(text: str, file: str) -> Iterator[Read]:
    """package-lock.json and npm-shrinkwrap.json, of all three versions."""
    document = _json(text)
    if isinstance(document, Problem):
        yield document
        return
    lines = _lines(text, re.compile(r'^\s*"(?P<name>(?:[^"]*node_modules/)?[^"]+)":\s*\{'))
    packages = document.get("packages")
    if isinstance(packages, Mapping):
        for path, entry in packages.items():
            name = path.rpartition("node_modules/")[2]
            if "node_modules/" in path:
                yield _of_npm(name, entry, file, next(lines.get(path, iter(())), 0))
    elif isinstance(document.get("dependencies"), Mapping):
        yield from _nested(document["dependencies"], file, lines)
    elif document.get("lockfileVersion") is None:
        yield Problem(line=1, why="it has neither `packages` nor `dependencies`")


def yarn_lock(text: str, file: str) -> Iterator[Read]:
    """yarn.lock of yarn 1, and of the later ones as far as it says npm."""
    name, line = "", 0
    for number, said in enumerate(text.splitlines(), 1):
        head = re.match(r'"?(?P<name>@?[^@"\s]+)@', said)
        if head and not said.startswith((" ", "#", "_")):
            name, line = head["name"], number
        version = re.match(r'\s{2}version:?\s+"?(?P<version>[^"\s]+)"?\s*$', said)
        if version and name:
            if "0.0.0-use.local" not in version["version"]:
                yield _package("npm", name, version["version"], file, line)
            name = ""


def bill(text: str, file: str) -> Iterator[Read]:
    """A bill of materials in CycloneDX or SPDX JSON."""
    document = _json(text)
    if isinstance(document, Problem):
        yield document
        return
    lines = _lines(text, re.compile(r'"(?:purl|referenceLocator)"\s*:\s*"(?P<name>[^"]+)"'))
    found = list(_purls(document))
    if not found and "components" not in document and "packages" not in document:
        yield Problem(line=1, why="it is neither CycloneDX nor SPDX")
    for purl in found:
        known, line = of_purl(purl), next(lines.get(purl, iter(())), 0)
        if known is None:
            yield Problem(
                line=line, why=f"`{purl[:80]}` is of an ecosystem that is not looked at, or has no version"
            )
        else:
            yield Package(ecosystem=known[0], name=known[1], version=known[2], file=file, line=line)


def _purls(document: Mapping[str, Any]) -> Iterator[str]:
    for component in _all(document.get("components")):
        if isinstance(component.get("purl"), str):
            yield component["purl"]
        yield from _purls(component)
    for package in _all(document.get("packages")):
        for reference in _all(package.get("externalRefs")):
            if reference.get("referenceType") == "purl" and isinstance(
                reference.get("referenceLocator"), str
            ):
                yield reference["referenceLocator"]


def _all(entries: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in (entries if isinstance(entries, list) else ()) if isinstance(one, Mapping))


def _nested(dependencies: Mapping[str, Any], file: str, lines: Mapping[str, Iterator[int]]) -> Iterator[Read]:
    for name, entry in dependencies.items():
        yield _of_npm(name, entry, file, next(lines.get(name, iter(())), 0))
        if isinstance(entry, Mapping) and isinstance(entry.get("dependencies"), Mapping):
            yield from _nested(entry["dependencies"], file, lines)


def _of_npm(name: str, entry: Any, file: str, line: int) -> Read:
    said = entry if isinstance(entry, Mapping) else {}
    version = said.get("version")
    if isinstance(version, str) and re.match(r"\d", version):
        return _package("npm", str(said.get("name") or name), version, file, line)
    if said.get("link") is True:
        return Problem(
            line=line, why=f"`{name}` is a link to a directory", mend="look at that directory's own lock"
        )
    return Problem(line=line, why=f"`{name}` has no version of the registry")


def _package(ecosystem: Ecosystem, name: str, version: str, file: str, line: int) -> Package:
    return Package(
        ecosystem=ecosystem, name=canonical(ecosystem, name), version=version, file=file, line=line
    )


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


def _json(text: str) -> dict[str, Any] | Problem:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return Problem(line=error.lineno, why=f"it is no JSON: {error.msg}")
    except (ValueError, RecursionError):
        return Problem(line=1, why="it is no JSON that can be read")
    return document if isinstance(document, dict) else Problem(line=1, why="expected a JSON object")


def _lines(text: str, pattern: re.Pattern[str]) -> dict[str, Iterator[int]]:
    """The lines on which each name stands, in order."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := pattern.search(line):
            found.setdefault(match["name"], []).append(number)
    return {name: iter(numbers) for name, numbers in found.items()}


def _line_of(message: str) -> int:
    told = re.search(r"line (\d+)", message)
    return int(told[1]) if told else 1


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
