"""Packages as lock files and bills of materials name them."""

import hashlib
import re
from typing import Literal, NamedTuple

from packageurl import PackageURL
from packaging.utils import canonicalize_name, canonicalize_version

from esclusa.core.value import Value

Ecosystem = Literal["PyPI", "npm"]


class Package(Value, frozen=True, kw_only=True):
    """One package at one version, and where that is said."""

    ecosystem: Ecosystem
    name: str
    """As the ecosystem compares names."""
    version: str
    file: str
    line: int = 0
    """From 1; 0 where the file does not tell lines."""
    licences: tuple[str, ...] | None = None
    """What is said of its licence, all of which holds. None where files of this kind do not say it."""

    @property
    def identity(self) -> tuple[Ecosystem, str, str]:
        """What it is, however its version is written."""
        return self.ecosystem, self.name, canonical_version(self.ecosystem, self.version)

    def fingerprint(self, rule: str) -> str:
        """Of a finding about it, wherever it is listed."""
        said = "\0".join((rule, self.ecosystem, self.name, self.version))
        digest = hashlib.sha256(said.encode()).hexdigest()
        return f"{digest[:16]}-{digest[16:18]}"


class Problem(Value, frozen=True, kw_only=True):
    """Something in a lock that says no package at a version."""

    line: int
    why: str
    mend: str = ""


def canonical(ecosystem: str, name: str) -> str:
    """The name as the ecosystem compares names."""
    return canonicalize_name(name) if ecosystem == "PyPI" else name


def canonical_version(ecosystem: str, version: str) -> str:
    """The version as its ecosystem compares it: `1` for 1.0; the same where it is none."""
    return canonicalize_version(version) if ecosystem == "PyPI" else version


class Product(NamedTuple):
    """What a package URL names; an empty version is any."""

    ecosystem: Ecosystem
    name: str
    version: str


_TYPES: dict[str, Ecosystem] = {"pypi": "PyPI", "npm": "npm"}
_NO_VERSION = re.compile(r"@(?:[?#]|\Z)")
"""Announced, and then not said: nobody knows which is meant."""


def of_purl(purl: str) -> Product | None:
    """None for another ecosystem, and for what is no package URL (https://github.com/package-url/purl-spec)."""
    if _NO_VERSION.search(purl):
        return None
    try:
        said = PackageURL.from_string(f"pkg:{purl[4:]}" if purl[:4].lower() == "pkg:" else purl)
    except ValueError:
        return None
    if said.type not in _TYPES or "vers" in said.qualifiers:  # a range, which is no version
        return None
    ecosystem = _TYPES[said.type]
    name = f"{said.namespace}/{said.name}" if said.namespace else said.name
    return Product(ecosystem, canonical(ecosystem, name), said.version or "")
