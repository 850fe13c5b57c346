"""An environment of Python: the packages that are installed in it, by what each says of itself.

Looked at is what installers leave: `*.dist-info`, `*.egg-info`. What comes from elsewhere, the system's own
packages, links and paths, is named as not looked at. Code that nobody installed is not seen.
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.package import Package, canonical

MARK = "pyvenv.cfg"
"""What makes a directory an environment."""
LARGEST = 10_000_000
"""Bytes of what a package says of itself."""
_PLACES = ("lib*/*/site-packages", "lib*/*/dist-packages", "Lib/site-packages")
_SYSTEM = re.compile(r"include-system-site-packages\s*=\s*true", re.IGNORECASE)
_CLASSIFIER = "License :: "
_GOES_ON = re.compile(r"\s*(?:and|or|with)\b", re.IGNORECASE)
_TEXT = re.compile(r"copyright|\(c\)|©", re.IGNORECASE)
"""How the text of a licence begins, where a name should stand."""
_AGAIN = "install it again"


def is_environment(directory: Path) -> bool:
    """Whether packages are installed in it."""
    return (directory / MARK).is_file()


def installed(directory: Path) -> Iterator[Package | Unseen]:
    """Each package in it; what cannot be read is `Unseen`. Places are relative to where packages are."""
    if is_environment(directory) and _SYSTEM.search((directory / MARK).read_text(errors="replace")):
        why = "the packages of the system belong to it too"
        yield Unseen(place=MARK, why=why, mend="make it without --system-site-packages")
    sites = {site.resolve() for place in _PLACES for site in directory.glob(place) if site.is_dir()}
    found = sorted((entry for site in sites for entry in site.iterdir()), key=lambda entry: entry.name)
    if not any(entry.suffix in (".dist-info", ".egg-info") for entry in found):
        yield Unseen(place=directory.name, why="nothing is installed in it", mend="install its lock first")
    for entry in found:
        yield from _entry(entry)


def _entry(entry: Path) -> Iterator[Package | Unseen]:
    match entry.suffix:
        case ".dist-info":
            yield _package(entry / "METADATA", f"{entry.name}/METADATA")
        case ".egg-info":
            inner = entry / "PKG-INFO" if entry.is_dir() else entry
            yield _package(inner, f"{entry.name}/PKG-INFO" if entry.is_dir() else entry.name)
        case ".egg" | ".egg-link":
            yield Unseen(place=entry.name, why="it is of a kind that is not read", mend="install it by pip")
        case ".pth" if not entry.name.startswith("__editable__"):
            yield from _path(entry)


def _path(entry: Path) -> Iterator[Unseen]:
    """A file that adds places; lines of code in it add none that could be told."""
    lines = entry.read_text(errors="replace").splitlines()
    if any(line.strip() and not line.startswith(("import ", "import\t", "#")) for line in lines):
        yield Unseen(place=entry.name, why="it adds packages from elsewhere", mend="install them by pip")


def _package(path: Path, shown: str) -> Package | Unseen:
    try:
        if path.stat().st_size > LARGEST:
            return Unseen(place=shown, why="it is larger than what a package says of itself")
        return package_of(path.read_bytes(), shown)
    except OSError as error:
        return Unseen(place=shown, why=f"it cannot be read: {error.strerror}", mend=_AGAIN)


def package_of(data: bytes, shown: str) -> Package | Unseen:
    """What a package says of itself in METADATA (core metadata specification), or PKG-INFO."""
    told = HeaderParser().parsestr(data.decode("utf-8-sig", errors="replace"))
    name, version = _header(told, "Name"), _header(told, "Version")
    if not name or not version:
        return Unseen(place=shown, why="it says no name and version", mend=_AGAIN)
    if any(len(told.get_all(key, ())) > 1 for key in ("Name", "Version", "License", "License-Expression")):
        return Unseen(place=shown, why="it says twice what may be said once", mend=_AGAIN)
    return Package(
        ecosystem="PyPI",
        name=canonical("PyPI", name),
        version=version,
        file=shown,
        licences=tuple(_licences(told)),
    )


def _licences(told: Message) -> Iterator[str]:
    """The expression (PEP 639) alone, or what the author wrote and the classifiers; all of it has to hold."""
    if expression := _header(told, "License-Expression"):
        yield " ".join(expression.split())
        return
    first, *more = _header(told, "License").splitlines() or [""]
    for line in more:
        if not _GOES_ON.match(line):
            break
        first += f" {line.strip()}"
    if first and not (more and _TEXT.search(first)):
        yield first.strip()
    for classifier in told.get_all("Classifier", ()):
        if str(classifier).startswith(_CLASSIFIER):
            yield str(classifier).rpartition(" :: ")[2]


def _header(told: Message, name: str) -> str:
    said = str(told.get(name, "")).strip()
    return "" if said.upper() == "UNKNOWN" else said
