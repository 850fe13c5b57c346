"""A dependency lock: every package an agent runs with, by version and hash. Resolved once, by pip itself.

The lock is a `requirements.txt` with hashes, so that any tool can read it. It holds for the Python version
and the platform it was resolved on.
"""

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from esclusa import shell
from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.core.value import Value


class Package(Value, frozen=True, kw_only=True):
    """One locked package; `digests` are SHA-256, any of which its file may have."""

    name: str
    version: str
    digests: tuple[str, ...]


class Lock(Value, frozen=True, kw_only=True):
    """All packages, by name. Its hash names the environment made from it."""

    packages: tuple[Package, ...] = ()
    python: str = f"{sys.version_info.major}.{sys.version_info.minor}"

    @property
    def text(self) -> str:
        """The lock as a requirements file with hashes."""
        head = f"# python {self.python}\n"
        return head + "".join(_written(package) for package in self.packages)

    @property
    def hash(self) -> str:
        """The SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


async def resolve(
    source: Path,
    requirements: Sequence[str],
    no_dependencies: Sequence[str],
    say: Callable[[str], None],
) -> Lock:
    """Lock what the requirements files ask for; those of `no_dependencies` without what they depend on."""
    found: dict[str, Package] = {}
    for names, flags in ((requirements, ()), (no_dependencies, ("--no-deps",))):
        if names:
            _all_there(source, names)
            for package in await _resolved(source, names, flags, say):
                found[package.name] = package
    return Lock(packages=tuple(sorted(found.values(), key=lambda package: package.name)))


def question(source: Path, requirements: Sequence[str], no_dependencies: Sequence[str]) -> str:
    """The SHA-256 of what `resolve` would be asked: the files, those that they include, and the Python."""
    asked = hashlib.sha256(Lock().python.encode())
    for kind, names in ((b"\0with\0", requirements), (b"\0without\0", no_dependencies)):
        for path in _with_included([source / name for name in names]):
            held = path.read_bytes() if path.is_file() else b""
            name = os.path.relpath(path, source).encode()
            asked.update(kind + name + b"\0" + hashlib.sha256(held).digest())
    return asked.hexdigest()


def parse(text: str) -> Lock:
    """The lock that `Lock.text` wrote; ConfigurationError for a line that is not pinned and hashed."""
    python, packages = Lock().python, []
    for number, line in enumerate(text.replace("\\\n", " ").splitlines(), 1):
        words = line.split()
        if line.startswith("# python "):
            python = words[-1]
        elif words and not words[0].startswith("#"):
            packages.append(_parsed(words, number))
    return Lock(packages=tuple(packages), python=python)


def _with_included(paths: list[Path]) -> Iterator[Path]:
    """Requirements files, and what their `-r` and `-c` lines name, each once."""
    seen: set[Path] = set()
    while paths:
        path = paths.pop(0)
        if path in seen:
            continue
        seen.add(path)
        yield path
        text = path.read_text(errors="replace") if path.is_file() else ""
        paths += [Path(os.path.normpath(path.parent / name)) for name in _INCLUDED.findall(text)]


_INCLUDED = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?=\S))(\S+)", re.MULTILINE)


async def _resolved(
    source: Path, names: Sequence[str], flags: Sequence[str], say: Callable[[str], None]
) -> list[Package]:
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        asked = [word for name in names for word in ("-r", name)]
        argv = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        argv += ["--only-binary", ":all:", "--report", str(report), *flags, *asked]
        finished = await shell.run(argv, directory=source, variables=dict(os.environ), say=say)
        if finished.code != 0 or not report.exists():
            raise OutsideError(
                f"the dependencies of {', '.join(names)} could not be resolved",
                mend="read pip's own words in the step's log; a package without wheels cannot be locked",
            )
        return [_installed(item) for item in json.loads(report.read_text())["install"]]


def _installed(item: dict[str, Any]) -> Package:
    metadata, archive = item["metadata"], item["download_info"].get("archive_info", {})
    sha = archive.get("hashes", {}).get("sha256")
    if sha is None:
        raise OutsideError(
            f"{metadata['name']} {metadata['version']} comes without a SHA-256 hash",
            mend="install it from a package index instead of a directory or a repository",
        )
    return Package(name=canonicalize_name(metadata["name"]), version=metadata["version"], digests=(sha,))


def _all_there(source: Path, names: Sequence[str]) -> None:
    for name in names:
        if not (source / name).is_file():
            raise ConfigurationError(
                f"the requirements file '{name}' is not in the commit", mend="commit it, or mend its name"
            )


def _written(package: Package) -> str:
    hashes = " \\\n".join(f"    --hash=sha256:{digest}" for digest in package.digests)
    return f"{package.name}=={package.version} \\\n{hashes}\n"


_PINNED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")


def _parsed(words: list[str], number: int) -> Package:
    pinned = _PINNED.fullmatch(words[0])
    digests = tuple(word.removeprefix("--hash=sha256:") for word in words[1:])
    if pinned is None or not digests or any(not re.fullmatch("[0-9a-f]{64}", digest) for digest in digests):
        raise ConfigurationError(
            f"'{words[0]}' is not pinned with a SHA-256 hash", line=number, mend="make the lock again"
        )
    return Package(name=canonicalize_name(pinned["name"]), version=pinned["version"], digests=digests)
