"""An environment of Python: the packages that are installed in it, by what each says of itself."""

from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.package import Package, canonical

MARK = "pyvenv.cfg"
"""What makes a directory an environment."""
LARGEST = 10_000_000
"""Bytes of what a package says of itself."""
_CLASSIFIER = "License :: "
_LONGEST = 200
_AGAIN = "install it again"


def is_environment(directory: Path) -> bool:
    """Whether packages are installed in it."""
    return (directory / MARK).is_file()


def installed(directory: Path) -> Iterator[Package | Unseen]:
    """Each package in it; what cannot be read is `Unseen`. Places are relative to the environment."""
    found = sorted(directory.glob("lib/python3*/site-packages/*.dist-info"))
    found += sorted(directory.glob("lib/python3*/site-packages/*.egg-info"))
    if not found:
        yield Unseen(place=directory.name, why="nothing is installed in it", mend="install its lock first")
    for place in found:
        name = "METADATA" if place.suffix == ".dist-info" else "PKG-INFO"
        path = place / name if place.is_dir() else place
        shown = f"{place.name}/{name}" if place.is_dir() else place.name
        yield _package(path, shown)


def _package(path: Path, shown: str) -> Package | Unseen:
    try:
        if path.stat().st_size > LARGEST:
            return Unseen(place=shown, why="it is larger than what a package says of itself")
        return package_of(path.read_bytes(), shown)
    except OSError as error:
        return Unseen(place=shown, why=f"it cannot be read: {error.strerror}", mend=_AGAIN)


def package_of(data: bytes, shown: str) -> Package | Unseen:
    """What a package says of itself in METADATA (core metadata specification), or PKG-INFO."""
    told = BytesHeaderParser().parsebytes(data)
    name, version = _header(told, "Name"), _header(told, "Version")
    if not name or not version:
        return Unseen(place=shown, why="it says no name and version", mend=_AGAIN)
    return Package(
        ecosystem="PyPI",
        name=canonical("PyPI", name),
        version=version,
        file=shown,
        licences=tuple(_licences(told)),
    )


def _licences(told: Message) -> Iterator[tuple[str, ...]]:
    """The expression (PEP 639), then what the author wrote, then the classifiers."""
    if expression := _header(told, "License-Expression"):
        yield (expression,)
    if written := _header(told, "License"):
        # Some put the whole text there; its first line says which.
        yield (written.strip().splitlines()[0].strip()[:_LONGEST],)
    listed = [str(one) for one in told.get_all("Classifier", ())]
    named = tuple(one.rpartition(" :: ")[2] for one in listed if one.startswith(_CLASSIFIER))
    if named:
        yield named


def _header(told: Message, name: str) -> str:
    said = str(told.get(name, "")).strip()
    return "" if said.upper() == "UNKNOWN" else said
