"""pip-audit: asks a service on the network about packages of PyPI, and is believed only where it was told.

By itself it passes over what its service does not answer about, and ends well. So it is strict here, what it
says is held against what it was asked, and one package that is known to be vulnerable is always among it.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import msgspec
from packaging.version import InvalidVersion, Version

from esclusa import shell
from esclusa.core.errors import OutsideError
from esclusa.core.scan import Engine
from esclusa.scans.dependencies.package import Package, canonical, canonical_version
from esclusa.scans.dependencies.service import SERVICES, refuse_unknown
from esclusa.scans.dependencies.versions import UnknownVersion
from esclusa.scans.dependencies.vulnerability import Vulnerability, vulnerability

PROGRAM = "pip-audit"
KNOWN = Package(ecosystem="PyPI", name="jinja2", version="2.4.1", file="")
"""Vulnerable by CVE-2014-0012 and others, which both services know."""
TIMEOUT = 60
"""Seconds for which the service may be silent."""
LONGEST = 3_600.0
LARGEST = 64 * 1024 * 1024
_PASSED = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""Variables by which the network is reached; it gets no others."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_MEND = "see whether the network lets it through, or name a `database`"


class Known(msgspec.Struct, frozen=True):
    """A vulnerability, as it writes it."""

    id: str
    fix_versions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    description: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What it says of one package."""

    name: str
    version: str | None = None
    vulns: tuple[Known, ...] | None = None
    skip_reason: str | None = None


class _Said(msgspec.Struct, frozen=True):
    dependencies: tuple[Answer, ...]


class Audit:
    """What a service says of packages, asked once about all of them."""

    def __init__(self, service: str, packages: Iterable[Package]) -> None:
        """OutsideError where the service does not answer about each of them, or cannot be believed."""
        program = shutil.which(PROGRAM, path=str(Path(sys.executable).parent)) or shutil.which(PROGRAM)
        if program is None:
            raise OutsideError(f"{PROGRAM} is not installed", mend="pip install 'esclusa[audit]'")
        refuse_unknown(service)
        self.engine = Engine(name=PROGRAM, version=_version(), data=_shown(service))
        self._said: dict[tuple[str, str], tuple[Known, ...]] = {}
        for layer in _layers([KNOWN, *packages]):
            self._said |= _answers(_asked(program, service, layer), layer)
        if not self._said[KNOWN.name, canonical_version("PyPI", KNOWN.version)]:
            raise OutsideError(
                f"{PROGRAM} does not find what it has to find: {KNOWN.name} {KNOWN.version}", mend=_MEND
            )

    def about(self, package: Package) -> list[Vulnerability]:
        """What the package has; no service says how bad it is. UnknownVersion if it was not asked about."""
        if package.ecosystem != "PyPI":
            return []
        key = _key(package)
        if key is None:
            raise UnknownVersion(package.version)
        return [
            vulnerability(
                package,
                frozenset({known.id, *known.aliases}),
                None,
                (known.description or "").strip().partition("\n")[0][:200],
                known.fix_versions,
            )
            for known in self._said.get((key[0], canonical_version("PyPI", key[1])), ())
        ]


def _key(package: Package) -> tuple[str, str] | None:
    """What is asked about: the version without what somebody built locally, which no service knows. None for
    what is no name and version, and could say anything in a file of requirements."""
    if package.ecosystem != "PyPI" or not _NAME.fullmatch(package.name):
        return None
    try:
        return package.name, Version(package.version).public
    except InvalidVersion:
        return None


def _layers(packages: Iterable[Package]) -> list[dict[str, str]]:
    """Versions by name, as often as one name has several: no requirements file may name one twice."""
    layers: list[dict[str, str]] = []
    keys = (_key(one) for one in packages)
    for name, number in dict.fromkeys(key for key in keys if key is not None):
        layer = next((one for one in layers if name not in one), None)
        if layer is None:
            layers.append(layer := {})
        layer[name] = number
    return layers


def _asked(program: str, service: str, layer: Mapping[str, str]) -> bytes:
    """Its report. It tells nothing of what the program printed, for that is a page of Python."""
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "requirements.txt"
        listed.write_text("".join(f"{name}=={number}\n" for name, number in layer.items()))
        done = anyio.run(
            partial(
                shell.capture,
                (program, *_words(service), "--requirement", str(listed), "--cache-dir", f"{scratch}/cache"),
                directory=scratch,
                variables={**_passed(), "PATH": "/usr/bin:/bin", "HOME": scratch},
                timeout=LONGEST,
                largest=LARGEST,
            )
        )
    if done.timed_out or done.overflowed:
        raise OutsideError(f"{PROGRAM} {'took too long' if done.timed_out else 'said too much'}", mend=_MEND)
    if done.code not in (0, 1) or not done.output.strip():
        why = f"{PROGRAM} had no answer about every package from {_shown(service)}"
        raise OutsideError(why, mend=_MEND)
    return done.output


def _words(service: str) -> Sequence[str]:
    named = service in SERVICES
    asked = (
        "--vulnerability-service",
        service if named else "osv",
        *(() if named else ("--osv-url", service)),
    )
    how = ("--strict", "--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off")
    return (*how, "--desc", "on", "--aliases", "on", "--timeout", str(TIMEOUT), *asked)


def _answers(report: bytes, layer: Mapping[str, str]) -> dict[tuple[str, str], tuple[Known, ...]]:
    """By name and version; OutsideError unless there is one for each that was asked about."""
    try:
        listed = msgspec.json.decode(report, type=_Said).dependencies
    except msgspec.DecodeError:
        raise OutsideError(f"{PROGRAM} wrote a report that cannot be read", mend=_MEND) from None
    said: dict[tuple[str, str], tuple[Known, ...]] = {}
    for one in listed:
        if one.vulns is not None and one.skip_reason is None:
            key = (canonical("PyPI", one.name), canonical_version("PyPI", one.version or ""))
            said[key] = said.get(key, ()) + one.vulns
    missing = [
        f"{name} {number}"
        for name, number in layer.items()
        if (name, canonical_version("PyPI", number)) not in said
    ]
    if missing:
        raise OutsideError(f"{PROGRAM} says nothing about {', '.join(missing[:3])}", mend=_MEND)
    return said


def _shown(service: str) -> str:
    """A service without what an address may say of who asks."""
    return service if service in SERVICES else str(urlsplit(service).hostname)


def _passed() -> dict[str, str]:
    return {name: os.environ[name] for one in _PASSED for name in (one, one.lower()) if name in os.environ}


def _version() -> str:
    try:
        return version(PROGRAM)
    except PackageNotFoundError:  # installed elsewhere
        return ""
