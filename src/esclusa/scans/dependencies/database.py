"""A database of advisories: a directory, a zip or a file, in OSV JSON or as the YAML of the PyPA's database.

It is read whole, one advisory at a time; of each only what matching needs is kept. Its hash and the date of
its newest advisory say which one it was. What is missing, torn, empty or of another form is no database.
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import yaml

from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.core.value import Value
from esclusa.marked import refuse_depth, refuse_expansion
from esclusa.scans.dependencies.advisory import Advisory, Affected, of_json, of_plain
from esclusa.scans.dependencies.package import Ecosystem, canonical

LARGEST = 2_000_000
"""Bytes of one advisory."""
MOST = 2_000_000_000
"""Bytes of all of them, unpacked."""
ENTRIES = 500_000
_ENDINGS = (".json", ".yaml", ".yml")
_AGAIN = "download it again; OSV offers one for each ecosystem, `PyPI/all.zip`"
_ECOSYSTEMS: tuple[Ecosystem, ...] = ("PyPI", "npm")

Place = tuple[Ecosystem, str]
"""Ecosystem and name, as they are compared."""


class Database(Value, frozen=True, kw_only=True):
    """What is known, by package."""

    by_package: dict[Place, tuple[tuple[Advisory, Affected], ...]]
    sha256: str
    newest: str
    """The latest time at which an advisory was modified, in ISO 8601."""
    count: int
    """Advisories that were not withdrawn."""

    @property
    def told(self) -> str:
        """Which one it is, in words."""
        many = f"{self.count} advisor{'y' if self.count == 1 else 'ies'}"
        return f"{many}, the newest of {self.newest[:10]}, sha256 {self.sha256[:16]}"

    def about(self, ecosystem: Ecosystem, name: str) -> tuple[tuple[Advisory, Affected], ...]:
        """The advisories on a package, with the part of each that is about it."""
        return self.by_package.get((ecosystem, name), ())


def read_database(path: Path) -> Database:
    """The database at a path; OutsideError says why it is none."""
    total = hashlib.sha256()
    found: dict[Place, list[tuple[Advisory, Affected]]] = {}
    newest, count = "", 0
    for name, data in _files(path):
        total.update(f"{name}\0{len(data)}\0".encode() + data)
        for advisory in _advisories(name, data):
            _refuse_schema(name, advisory)
            newest = max(newest, _time(name, advisory.modified))
            if advisory.withdrawn:
                continue
            count += 1
            for affected in advisory.affected:
                for ecosystem in _ECOSYSTEMS:
                    if affected.package.ecosystem.partition(":")[0] == ecosystem:
                        key: Place = (ecosystem, canonical(ecosystem, affected.package.name))
                        found.setdefault(key, []).append((advisory, affected))
    if not found:
        raise OutsideError(f"{path.name} has no advisory on a package of PyPI or npm", mend=_AGAIN)
    return Database(
        by_package={key: tuple(pairs) for key, pairs in found.items()},
        sha256=total.hexdigest(),
        newest=newest,
        count=count,
    )


def merged(databases: Sequence[Database]) -> Database:
    """Several as one: as new as the oldest of them."""
    if len(databases) == 1:
        return databases[0]
    found: dict[Place, tuple[tuple[Advisory, Affected], ...]] = {}
    for one in databases:
        for key, pairs in one.by_package.items():
            found[key] = found.get(key, ()) + pairs
    return Database(
        by_package=found,
        sha256=hashlib.sha256("".join(one.sha256 for one in databases).encode()).hexdigest(),
        newest=min(one.newest for one in databases),
        count=sum(one.count for one in databases),
    )


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the database, in the order of their names."""
    if not path.exists():
        raise OutsideError(
            f"there is no database {path}", mend="correct `database`: a path is relative to the project"
        )
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix in _ENDINGS and file.is_file() and not file.is_symlink():
                    yield (
                        file.relative_to(path).as_posix(),
                        _within(file.name, file.stat().st_size, file.read_bytes),
                    )
        elif zipfile.is_zipfile(path):
            yield from _zipped(path)
        elif path.suffix in _ENDINGS:
            yield path.name, path.read_bytes()
        else:
            raise OutsideError(f"{path.name} is no database of advisories, or is cut off", mend=_AGAIN)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise OutsideError(f"{path.name} cannot be read: {error}", mend=_AGAIN) from error


def _zipped(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        entries = [one for one in archive.infolist() if one.filename.endswith(_ENDINGS)]
        if len(entries) > ENTRIES or sum(one.file_size for one in entries) > MOST:
            raise OutsideError(f"{path.name} is larger than any database of advisories", mend=_AGAIN)
        for one in sorted(entries, key=lambda entry: entry.filename):
            yield one.filename, _within(one.filename, one.file_size, partial(archive.read, one))


def _within(name: str, size: int, read: Callable[[], bytes]) -> bytes:
    if size > LARGEST:
        raise OutsideError(f"{name}, an advisory, is larger than {LARGEST // 10**6} MB", mend=_AGAIN)
    return read()


def _advisories(name: str, data: bytes) -> Iterator[Advisory]:
    try:
        if not name.endswith(".json"):
            yield of_plain(_yaml(data.decode(), name))
        elif data.lstrip().startswith(b"["):
            yield from (of_plain(one) for one in msgspec.json.decode(data))
        else:
            yield of_json(data)
    except (ValueError, yaml.YAMLError, RecursionError, ConfigurationError) as error:
        raise OutsideError(
            f"{name} is no advisory in the OSV format: {str(error)[:200]}", mend=_AGAIN
        ) from error


class _Loader(yaml.CSafeLoader):
    """A scalar is a text, or nothing: no version is a number (2.10 is not 2.1), and no time is a date."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _yaml(text: str, name: str) -> object:
    refuse_depth(text, name)
    if "&" in text:  # without an anchor there is nothing to repeat
        refuse_expansion(yaml.compose(text, Loader=_Loader), text, name)
    return yaml.load(text, Loader=_Loader)


def _refuse_schema(name: str, advisory: Advisory) -> None:
    version = advisory.schema_version
    if version.partition(".")[0] != "1":
        why = f"{name} is of version {version[:20]} of the OSV format, and only 1 is understood"
        raise OutsideError(why, mend="take a database of that version, or another Esclusa")


def _time(name: str, modified: str) -> str:
    try:
        return datetime.fromisoformat(modified).isoformat()
    except ValueError:
        raise OutsideError(f"{name} does not say when it was modified", mend=_AGAIN) from None
