"""Packages as lock files and bills of materials name them."""

import re
from typing import Literal

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


class Problem(Value, frozen=True, kw_only=True):
    """Something in a lock that says no package at a version."""

    line: int
    why: str
    mend: str = ""


def canonical(ecosystem: str, name: str) -> str:
    """The name as the ecosystem compares names."""
    return canonicalize_name(name) if ecosystem == "PyPI" else name


_PURL = re.compile(r"pkg:(?P<type>[a-z]+)/(?P<name>[^@?#]+)@(?P<version>[^?#]+)")
_TYPES: dict[str, Ecosystem] = {"pypi": "PyPI", "npm": "npm"}


def of_purl(purl: str) -> tuple[Ecosystem, str, str] | None:
    """Ecosystem, name and version of a package URL; None for another ecosystem, or without a version."""
    found = _PURL.match(purl)
    if found is None or found["type"] not in _TYPES:
        return None
    ecosystem = _TYPES[found["type"]]
    name = found["name"].replace("%40", "@").replace("%2F", "/").replace("%2f", "/")
    return ecosystem, canonical(ecosystem, name), found["version"].replace("%2B", "+").replace("%2b", "+")
