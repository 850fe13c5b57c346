"""Packages as lock files and bills of materials name them."""

import re
from typing import Literal, NamedTuple
from urllib.parse import unquote

from packaging.utils import canonicalize_name

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
    licences: tuple[tuple[str, ...], ...] | None = None
    """What is said of its licence, the surest first; of what stands together, all holds. None where files of
    this kind do not say it."""


class Problem(Value, frozen=True, kw_only=True):
    """Something in a lock that says no package at a version."""

    line: int
    why: str
    mend: str = ""


def canonical(ecosystem: str, name: str) -> str:
    """The name as the ecosystem compares names."""
    return canonicalize_name(name) if ecosystem == "PyPI" else name


_PURL = re.compile(r"pkg:(?P<type>[a-z]+)/(?P<name>[^@?#]+)(?:@(?P<version>[^?#]+))?")
_TYPES: dict[str, Ecosystem] = {"pypi": "PyPI", "npm": "npm"}


class Product(NamedTuple):
    """What a package URL names; an empty version is any."""

    ecosystem: Ecosystem
    name: str
    version: str


def of_purl(purl: str) -> Product | None:
    """None for another ecosystem."""
    found = _PURL.match(purl)
    if found is None or found["type"] not in _TYPES:
        return None
    ecosystem = _TYPES[found["type"]]
    return Product(ecosystem, canonical(ecosystem, unquote(found["name"])), unquote(found["version"] or ""))
